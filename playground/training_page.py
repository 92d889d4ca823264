"""What the training playground shows and says: its view, its controls, its scenes."""

from functools import cache

import numpy as np
import streamlit as st

from playground import components, links, training_points
from playground.figures import CLASSES
from playground.language import current, number
from playground.language import text as _
from playground.training import ACTIVATIONS, Run, Setup
from playground.training_data import DATA, FEATURES, sample
from playground.training_live import SMALL, Live, small, text
from playground.training_words import differences, settings, texts
from playground.training_scene import (
    CHOICES, LARGEST, LOSSES, MOST_EPOCHS, MOST_LAYERS, MOST_NEURONS, MOST_SEED, NAMES, OF_A_NET, OF_THE_SECOND, OWN, RUNNING,
    USUAL, Edit, Scene, read, write_edits,
)  # fmt: skip

VIEW = "training"
LIVE, HEARD, CONTROLS_TOO, ROUND = "training-live", "training-heard", "training-all", "training-round"
TWO_COLOURS = ("#2166ac", "#d95f0e")
THUMBNAIL = 90  # points


def scene() -> tuple[Scene, list[str]]:
    """The scene of the address, and what in it is damaged."""
    return read({name: links.kept(VIEW, name) for name in NAMES})


def live(seen: Scene) -> Live:
    """The training in progress, begun anew if the address says another one."""
    going = st.session_state.get(LIVE)
    if going is None or going.start != seen.start or going.linked != (seen.epoch, seen.edits):
        going = st.session_state[LIVE] = Live(seen)
    return going


@st.fragment
def stage() -> None:
    """The view, and an answer to what it asked."""
    if st.session_state.pop(CONTROLS_TOO, False):
        st.rerun()
    seen, damaged = scene()
    if damaged:
        names = ", ".join(f"`{name}`" for name in damaged)
        st.warning(_("Part of this link is damaged: {names}. The rest of the scene is as it was meant.").format(names=names))
    before = st.session_state.get(LIVE)
    going, heard = live(seen), st.session_state.pop(HEARD, {})
    frames, answer = [], {}
    if heard.get("round") == going.round and heard["kind"] == "more":
        going.at(heard["after"])
        frames = list(going.frames(heard["count"], heard["speed"], seen.stop))
        answer = {"turn": heard["turn"]}
    elif heard.get("round") == going.round and heard["kind"] == "stand":
        answer = {"turn": heard["turn"]}
    elif before is not going or heard.get("kind") != "edit":
        answer = {"curves": going.curves()}
    data = {
        **_still(seen, going), **answer, "id": heard.get("id"), "round": going.round,
        "frames": frames or [going.frame()], "ended": going.ended(seen.stop),
    }  # fmt: skip
    components.training(key=VIEW, data=data, on_act_change=hear)


def hear() -> None:
    """A callback: what a person did in the view, written into the address."""
    said = st.session_state[VIEW]["act"]
    st.session_state[HEARD] = said
    going, kind, suffix = st.session_state.get(LIVE), said["kind"], "2" if said.get("run_index") else ""
    if going is None or (kind in ("stand", "edit") and said["round"] != going.round):
        return
    if kind == "stand" or kind == "edit":
        going.at(said["at"])
        if kind == "edit":
            going.edit(Edit(going.epoch, said["run_index"], said["layer"], said["i"], said["j"], float(f"{said['value']:.4g}")))
        going.linked = (going.epoch, tuple(going.edits))
        links.put("epoch", str(going.epoch))
        if going.edits:
            links.put("edits", write_edits(going.edits))
        else:
            links.forget("edits")
    elif kind == "restart":
        from_the_start()
    elif kind in ("features", "layers", "activations"):
        links.put(kind + suffix, ",".join(map(str, said["value"])) or "-")
        from_the_start()
    elif kind == "two":
        links.forget("two", *OF_THE_SECOND)
        if said["on"]:
            links.put("two", "1")
        from_the_start()
        st.session_state[CONTROLS_TOO] = True
    elif kind in ("data", "points"):
        if kind == "data":
            links.put("data", said["value"])
            links.forget("points")
        else:
            rows = np.array(said["points"], float).reshape(-1, 3)
            take_points(training_points.points_of(rows[:, :2], rows[:, 2], said["task"]))
        from_the_start()
        st.session_state[CONTROLS_TOO] = True


def take_points(points: training_points.Points) -> None:
    """Train on these from now on, if there are at least two."""
    if len(points.x) < 2:
        return
    links.put("data", OWN)
    links.put("points", training_points.encode(points))


def from_the_start() -> None:
    """Begin the training anew: what it depends on has changed."""
    links.forget(*RUNNING)
    st.session_state.pop(LIVE, None)


def _still(seen: Scene, going: Live) -> dict:
    """What the view shows beside the frames."""
    points, task = (going.train, going.test), going.train.task
    outputs = going.train.classes if task == "classes" else 1
    rows = np.concatenate([np.column_stack([part.x, training_points.labels_of(part)]) for part in points])
    setups = seen.start.setups
    return {
        "nets": [{"features": setup.features, "layers": setup.layers, "activations": setup.activations} for setup in setups],
        "task": task, "outputs": outputs, "points": text(rows.astype(np.float32)), "train": len(going.train.x), "data": seen.start.data,
        "colours": list(CLASSES[:training_points.MOST_CLASSES]) if task == "classes" else list(TWO_COLOURS),
        "colours_of_pens": [*TWO_COLOURS, CLASSES[2]] if task == "binary" else list(CLASSES[:training_points.MOST_CLASSES]),
        "most_classes": training_points.MOST_CLASSES, "most_layers": MOST_LAYERS, "most_neurons": MOST_NEURONS, "largest": LARGEST,
        "feature_maps": _feature_maps(), "offered": [[name, FEATURES[name]] for name in FEATURES],
        "bends": list(bends().items()), "sets": _sets(), "palette": _palette(), "differs": differences(setups),
        "texts": texts(), "language": current(),
    }  # fmt: skip


@cache
def _feature_maps() -> str:
    """A small map of each feature, as a net without hidden layers has them."""
    points = sample("xor", 0.0, 0, 10)
    run = Run(Setup(**{**vars(USUAL), "features": tuple(FEATURES), "layers": (), "activations": ()}), points, points)
    return text(small(run.frame().features, SMALL))


@cache
def _thumbnail(name: str) -> str:
    """Points of a data set as bytes: x, y, and the number of their colour in `_palette`."""
    points = sample(name, 0.05, 0, THUMBNAIL)
    places = np.rint((points.x.clip(-6, 6) + 6) / 12 * 255)
    labels = training_points.labels_of(points)
    shades = {"binary": labels, "classes": labels + 2, "regression": 8 + np.rint((points.y.clip(-1, 1) + 1) * 8)}[points.task]
    return text(np.column_stack([places, shades]).astype(np.uint8))


def _palette() -> list[str]:
    ends = np.array([[33, 102, 172], [217, 95, 14]])
    mixed = [255 + (ends[int(share > 0)] - 255) * abs(share) for share in np.linspace(-1, 1, 17)]
    return [*TWO_COLOURS, *CLASSES[:6], *("#%02x%02x%02x" % tuple(np.rint(rgb).astype(int)) for rgb in mixed)]


def _sets() -> list[dict]:
    titles = {"binary": _("Two classes"), "classes": _("Several classes"), "regression": _("Regression: a number at each point")}
    names = data_names()
    return [{"title": title, "names": [[name, names.get(name, name), _thumbnail(name)] for name in DATA if DATA[name] == task]}
            for task, title in titles.items()]  # fmt: skip


def data_names() -> dict[str, str]:
    return {"circle": _("Circle"), "xor": "XOR", "gauss": _("Two clouds"), "spiral": _("Spiral"), "moons": _("Moons"),
            "blobs3": _("Three clouds"), "rings3": _("Three rings"), "spiral3": _("Three arms of a spiral"),
            "plane": _("A slope"), "bumps": _("Bumps"), "ripple": _("A ripple")}  # fmt: skip


def bends() -> dict[str, str]:
    known = {"tanh": "tanh", "relu": "ReLU", "sigmoid": "σ", "linear": _("linear"), "leaky_relu": "leaky ReLU", "elu": "ELU",
             "selu": "SELU", "gelu": "GELU", "swish": "swish", "softplus": "softplus", "sine": "sin"}  # fmt: skip
    return {name: known.get(name, name) for name in sorted(ACTIVATIONS, key=list(known).index)}


# ---- controls


def controls() -> None:
    """What a run depends on beside data and net: five at hand, the rest behind a button. Of one run or the other."""
    seen, _damaged = scene()
    task, two = seen.start.all_points().task, len(seen.start.setups) > 1
    wide = st.columns([1.5, 2, 2, 2, 2, 2, 1.6] if two else [2, 2, 2, 2, 2, 1.6], vertical_alignment="bottom", gap="small")
    suffix = ""
    if two:
        with wide[0]:
            runs = {"A": "A", "B": "B"}
            suffix = "2" if links.choice(st.segmented_control, _("Settings of run"), runs, "B", "run", required=True) == "B" else ""
    first = wide[int(two) :]
    with first[0]:
        setting("rate", suffix, seen)
    with first[1]:
        setting("optimiser", suffix, seen)
    with first[2]:
        setting("batch", suffix, seen)
    with first[3]:
        setting("penalty", suffix, seen)
    with first[4]:
        setting("noise", "", seen)
    with first[5], st.popover(_("More"), width="stretch"):
        left, right = st.columns(2)
        with left:
            setting("loss", suffix, seen, LOSSES[task])
            setting("strength", suffix, seen)
            setting("dropout", suffix, seen)
            setting("initialisation", suffix, seen)
            whole("seed", suffix, seen.start.setups[1 if suffix else 0].seed, MOST_SEED)
        with right:
            setting("share", "", seen)
            whole("sample", "", seen.start.sample, MOST_SEED)
            whole("stop", "", seen.stop, MOST_EPOCHS)


def setting(name: str, suffix: str, seen: Scene, options: tuple[str, ...] = ()) -> None:
    """One word among several; a change begins the training anew."""
    label, explanation, words = settings()[name]
    codes = options or (CHOICES[name] if words else sorted(CHOICES[name], key=float))
    shown = {code: words.get(code, code) if words else number(float(code)) for code in codes}
    held = vars(seen.start.setups[0]) | {"noise": seen.start.noise, "share": seen.start.share}
    default = held[name] if isinstance(held[name], str) else f"{held[name]:g}"
    links.choice(
        st.selectbox, label, shown, default if default in shown else codes[0], name + suffix, scene=_round(),
        then=from_the_start, help=explanation,
    )  # fmt: skip


def whole(name: str, suffix: str, value: int, most: int) -> None:
    label, explanation, _words = settings()[name]
    key = f"{name}{suffix}-{_round()}"

    def write() -> None:
        links.put(name + suffix, str(st.session_state[key]))
        if name != "stop":
            from_the_start()

    st.number_input(label, 0, most, value, key=key, on_change=write, help=explanation)


def _round() -> str:
    """After a scene was chosen the controls are others, which begin with what the address has."""
    times = st.session_state.get(ROUND, 0)
    return f"{times}-" if times else ""


def show(address: dict[str, str]) -> None:
    """A callback: a scene that is one click away."""
    links.forget(*NAMES)
    for name, value in address.items():
        links.put(name, value)
    st.session_state.pop(LIVE, None)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
