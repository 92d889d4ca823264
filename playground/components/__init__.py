"""Views in JavaScript (Streamlit components v2): each is a .html, .css and .js file of one name beside this one."""

import json
from pathlib import Path

from streamlit.components.v2 import component

_HERE = Path(__file__).parent


def _view(name: str, shared: str = ""):
    """A function that mounts the view: data is what its JavaScript shows, the rest as Streamlit has it.

    What several views share (`shared`.css, `shared`.js) is put before their own.
    """
    html = (_HERE / f"{name}.html").read_text()
    css, js = ("".join((_HERE / f"{part}.{kind}").read_text() for part in (shared, name) if part) for kind in ("css", "js"))
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
halfplanes = _view("halfplanes", shared="board")
learning = _view("learning", shared="board")
window = _view("window")
filtered = _view("filtered")
