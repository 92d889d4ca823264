"""Views in JavaScript (Streamlit components v2): each is a .html, .css and .js file of one name beside this one."""

import json
from base64 import b64encode
from pathlib import Path

import numpy as np
from streamlit.components.v2 import component

_HERE = Path(__file__).parent


def _view(name: str, *shared: str):
    """A function that mounts the view: data is what its JavaScript shows, the rest as Streamlit has it.

    What all views share, mount.js, and what several do, files of the names `shared`, is put before their own.
    """
    html = (_HERE / f"{name}.html").read_text()
    files = {kind: [_HERE / f"{part}.{kind}" for part in ("mount", *shared, name)] for kind in ("css", "js")}
    css, js = ("\n".join(file.read_text() for file in files[kind] if file.is_file()) for kind in files)
    mount = component(f"playground.{name}", html=html, css=css, js=js)

    def view(*, key: str, data: dict, **options):
        # as bytes, since Streamlit would look into each value for data frames, and load pandas for it
        return mount(key=key, data=json.dumps(data).encode(), **options)

    return view


def packed(values: np.ndarray) -> str:
    """Numbers as the views read them: float32 in base64."""
    return b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()


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
functions = _view("functions", "axes")
dying = _view("dying", "axes")
softmax = _view("softmax", "axes")
depth = _view("depth", "axes")
deep_nets = _view("deep_nets", "axes", "player")
halfplanes = _view("halfplanes", "board")
learning = _view("learning", "board")
rectangles = _view("rectangles", "axes")
sweep = _view("sweep", "axes")
shrinking = _view("shrinking", "axes")
detector = _view("detector", "axes", "boxes")
suppression = _view("suppression", "axes", "boxes")
cell_loss = _view("cell_loss", "axes", "boxes")
precision = _view("precision", "axes")
training = _view("training", "player", "training_net", "training_plane")
lenet_live = _view("lenet_live", "player")
line = _view("line", "axes", "descent")
plane = _view("plane", "axes", "descent")
expression = _view("expression", "axes", "descent")
