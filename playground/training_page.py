"""The stage of the training playground: what a person does in the view, and what the server answers."""

from contextlib import nullcontext
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from playground import components, links, training_points
from playground.language import current, number
from playground.language import text as _
from playground.training_data import Points
from playground.training_live import Live, text
from playground.training_scene import NAMES, OF_THE_SECOND, OWN, RUNNING, Edit, Scene, read, write_edits
from playground.training_view import still

VIEW = "training"
LIVE, HEARD, CONTROLS_TOO, ROUND = "training-live", "training-heard", "training-all", "training-round"
LONG = 500  # epochs of a link that are worth a word while they are trained


def scene() -> tuple[Scene, list[str]]:
    """The scene of the address, and what in it is damaged."""
    return read({name: links.kept(VIEW, name) for name in NAMES})


def live(seen: Scene) -> Live:
    """The training in progress, begun anew if the address says another one."""
    now = holder().get("live")
    if now is None or now.start != seen.start or now.linked != (seen.epoch, seen.edits):
        patience = _("Training the net up to epoch {epoch}").format(epoch=number(seen.epoch))
        with st.spinner(patience) if seen.epoch >= LONG else nullcontext():
            now = holder()["live"] = Live(seen)
    return now


def holder() -> dict[str, Live]:
    """Where the session has its training, as "live": for what is made later, outside of a run of the page."""
    return st.session_state.setdefault(LIVE, {})


def going() -> Live:
    """The training in progress on this page."""
    return live(scene()[0])


def iframe() -> str:
    """HTML that embeds this scene."""
    query = urlencode({**st.query_params.to_dict(), "lang": current(), "embed": "true"})
    return f'<iframe src="{st.context.url}?{query}" width="100%" height="640" style="border: 0"></iframe>'


@st.fragment
def stage() -> None:
    """The view, and an answer to what it asked."""
    if st.session_state.pop(CONTROLS_TOO, False):
        st.rerun()
    seen, damaged = scene()
    notice = st.container()  # always there, so that the view keeps its place, and with it what it shows
    if damaged:
        told = _("Part of this link is damaged: {names}. The rest of the scene is as it was meant.")
        notice.warning(told.format(names=", ".join(f"`{name}`" for name in damaged)))
    before = holder().get("live")
    with notice:
        now, heard = live(seen), st.session_state.pop(HEARD, {})
    frames, answer = [], {"ended": now.ended()}
    if heard.get("round") == now.round and heard["kind"] == "more":
        now.at(heard["after"])
        frames = list(now.frames(heard["count"], heard["speed"], seen.stop))
        answer = {"turn": heard["turn"], "ended": now.ended(seen.stop)}
    elif heard.get("round") == now.round and heard["kind"] == "stand":
        answer["turn"] = heard["turn"]
    elif before is not now or heard.get("kind") != "edit":
        answer |= {"curves": [text(np.array(curve, np.float32)) for curve in now.curves]}
    data = {
        **still(seen, now), **answer, "id": heard.get("id"), "full": heard.get("full", False), "round": now.round,
        "frames": frames or [now.frame()],
    }  # fmt: skip
    components.training(key=VIEW, data=data, on_act_change=hear)


def hear() -> None:
    """A callback: what a person did in the view, written into the address."""
    said = st.session_state[VIEW]["act"]
    st.session_state[HEARD] = said
    now, kind, suffix = holder().get("live"), said["kind"], "2" if said.get("run_index") else ""
    if now is None or (kind in ("stand", "edit") and said["round"] != now.round):
        return
    if kind == "stand" or kind == "edit":
        now.at(said["at"])
        if kind == "edit":
            said["full"] = not now.edit(
                Edit(now.epoch, said["run_index"], said["layer"], said["i"], said["j"], float(f"{said['value']:.4g}"))
            )
        now.linked = (now.epoch, tuple(now.edits))
        links.put("epoch", str(now.epoch))
        if now.edits:
            links.put("edits", write_edits(now.edits))
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


def take_points(points: Points) -> None:
    """Train on these from now on, if there are at least two."""
    if len(points.x) < 2:
        return
    links.put("data", OWN)
    links.put("points", training_points.encode(points))


def from_the_start() -> None:
    """Begin the training anew: what it depends on has changed."""
    links.forget(*RUNNING)
    holder().pop("live", None)


def show(address: dict[str, str]) -> None:
    """A callback: a scene that is one click away."""
    links.forget(*NAMES)
    for name, value in address.items():
        links.put(name, value)
    holder().pop("live", None)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
