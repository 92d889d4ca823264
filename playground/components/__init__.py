"""Views in JavaScript (Streamlit components v2): each is a .html, .css and .js file of one name beside this one."""

from pathlib import Path

from streamlit.components.v2 import component

_HERE = Path(__file__).parent


def _view(name: str):
    html, css, js = ((_HERE / f"{name}.{kind}").read_text() for kind in ("html", "css", "js"))
    return component(f"playground.{name}", html=html, css=css, js=js)


canvas = _view("canvas")
probabilities = _view("probabilities")
layers = _view("layers")
link = _view("link")
