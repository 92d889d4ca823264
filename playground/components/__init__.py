"""Views in JavaScript (Streamlit components v2): each is a .html, .css and .js file of one name beside this one."""

import json
from pathlib import Path

from streamlit.components.v2 import component

_HERE = Path(__file__).parent


def _view(name: str):
    """A function that mounts the view: data is what its JavaScript shows, the rest as Streamlit has it."""
    html, css, js = ((_HERE / f"{name}.{kind}").read_text() for kind in ("html", "css", "js"))
    mount = component(f"playground.{name}", html=html, css=css, js=js)

    def view(*, key: str, data: dict, **options):
        # as bytes, since Streamlit would look into each value for data frames, and load pandas for it
        return mount(key=key, data=json.dumps(data).encode(), **options)

    return view


canvas = _view("canvas")
probabilities = _view("probabilities")
layers = _view("layers")
link = _view("link")
duelists = _view("duelists")
stages = _view("stages")
graph = _view("graph")
maps = _view("maps")
pixels = _view("pixels")
memory = _view("memory")
window = _view("window")
filtered = _view("filtered")
gallery = _view("gallery")
cone = _view("cone")
backpropagation = _view("backpropagation")
batch = _view("batch")
