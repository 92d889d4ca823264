"""The stage of the lesson on deep nets: what a person sets and does, what is in the address, and what the server answers."""

from dataclasses import replace

import numpy as np
import streamlit as st

from playground import components, deep_words, lesson, links
from playground.components import packed
from playground.deep_live import Race
from playground.deep_scene import (
    BATCHES,
    DATA,
    DEEPEST,
    MOST,
    MOST_EPOCHS,
    NAMES,
    RATES,
    SCENES,
    SHALLOWEST,
    Scene,
    read,
    whole,
    write_nets,
)  # fmt: skip
from playground.deep_training import COUNT, SIDE, Net, played, points
from playground.figures import CLASSES
from playground.language import current, number
from playground.language import text as _
from playground.training_data import EDGE

VIEW = "deep_nets"
RACE, ASKED = "deep-race", "deep-asked"


def scene() -> Scene:
    """The scene of the address; what is damaged in it is told."""
    found, damaged = read({name: linked for name in NAMES if (linked := links.kept(VIEW, name)) is not None})
    if damaged:
        names = ", ".join(f"`{name}`" for name in damaged)
        st.warning(_("This link is damaged at {names}; what is usual stands there instead.").format(names=names))
    return found


def linked_epoch() -> int:
    try:
        return whole(links.kept(VIEW, "epoch", "0"), MOST_EPOCHS)
    except ValueError:
        st.warning(_("This link names an epoch that the training does not have; here is its start."))
        return 0


@st.fragment
def stage(seen: Scene) -> None:
    """The view, and an answer to what it asked."""
    epoch, before = linked_epoch(), st.session_state.get(RACE)
    race = before
    if race is None or (race.scene, race.linked) != (seen, epoch):
        with st.spinner(_("Training up to epoch {epoch} …").format(epoch=epoch), show_time=True) if epoch else st.empty():
            race = st.session_state[RACE] = Race(seen, epoch)
    frames, answer, asked = [], {"curves": race.curves}, st.session_state.pop(ASKED, None)
    if asked and asked["run"] == race.round:
        race.at(asked["after"])
        frames, answer = race.frames(asked["count"], asked["every"]), {"turn": asked["turn"]}
    known = points(seen.common.data, seen.common.seed)
    data = {
        **answer, "round": race.round, "frames": frames or [race.frame()], "ended": race.ended, "axes": race.axes,
        "nets": [{"title": deep_words.title(net), "colour": colour} for net, colour in zip(seen.nets, CLASSES, strict=False)],
        "depth": seen.common.depth, "points": packed(np.column_stack([known.x, known.y])), "edge": EDGE, "side": SIDE,
        "texts": deep_words.texts(), "language": current(),
    }  # fmt: skip
    components.deep_nets(key=VIEW, data=data, on_more_change=ask, on_stopped_change=stop, on_restart_change=begin_again)


def ask() -> None:
    """A callback: the view wants more frames."""
    st.session_state[ASKED] = st.session_state[VIEW]["more"]


def stop() -> None:
    """A callback: the view stands at an epoch, which belongs into the link."""
    place, race = st.session_state[VIEW]["stopped"], st.session_state.get(RACE)
    if race is None or place["run"] != race.round:
        return
    race.at(place["at"])
    race.linked = race.epoch
    links.put("epoch", str(race.epoch))


def begin_again() -> None:
    """A callback: from epoch 0, since what the training depends on has changed."""
    links.forget("epoch")
    st.session_state.pop(RACE, None)


def scenes(seen: Scene) -> str | None:
    """The scenes, each one click away; returns which one this is, if any."""
    name, titles = deep_words.named(seen), {name: title for name, (title, _told) in deep_words.scenes().items()}
    _setting("scene", name)
    st.pills(
        _("Scenes from history"), list(titles), format_func=titles.get, key="deep-scene", on_change=_show, args=(name,),
        label_visibility="collapsed",
    )  # fmt: skip
    return name


def _show(before: str | None) -> None:
    links.forget(*NAMES)
    for name, value in SCENES[st.session_state["deep-scene"] or before].items():  # a second click: from the start
        links.put(name, value)
    begin_again()


# ---- what is set; every widget shows what the address says, so that links, scenes and hands agree


def controls(seen: Scene) -> None:
    """Depth, rate, the nets, and what they have in common."""
    common = seen.common
    _setting("depth", common.depth)
    st.slider(_("Hidden layers"), SHALLOWEST, DEEPEST, key="deep-depth", on_change=_write, args=("depth",))
    _setting("rate", str(common.rate).removesuffix(".0"))
    st.select_slider(
        _("Learning rate η"),
        RATES,
        format_func=lambda rate: number(float(rate)),
        key="deep-rate",
        on_change=_write,
        args=("rate",),
    )
    for n, net in enumerate(seen.nets):
        with st.popover(f"{'ABC'[n]}: {deep_words.title(net)}", width="stretch"):
            _choices(seen.nets, n)
    with st.popover(_("Points, batch, seed"), width="stretch"):
        _setting("data", common.data)
        st.segmented_control(
            _("Points to learn"), DATA, format_func=deep_words.data_titles().get, key="deep-data", required=True,
            on_change=_write, args=("data",),
        )  # fmt: skip
        _setting("batch", str(common.batch))
        st.segmented_control(
            _("Points a step, of {count}").format(count=COUNT), BATCHES, key="deep-batch", required=True,
            on_change=_write, args=("batch",),
        )  # fmt: skip
        _setting("seed", common.seed)
        st.number_input(_("Seed of points, weights and order"), 0, 9999, key="deep-seed", on_change=_write, args=("seed",))
        if len(seen.nets) < MOST:
            st.button(_("Add a third net"), on_click=_write_nets, args=((*seen.nets, seen.nets[-1]),), icon=":material/add:")
        else:
            st.button(_("Take the third net away"), on_click=_write_nets, args=(seen.nets[:-1],), icon=":material/remove:")


def _setting(name: str, value: object) -> None:
    st.session_state[f"deep-{name}"] = value


def _write(name: str) -> None:
    links.put(name, str(st.session_state[f"deep-{name}"]))
    begin_again()


def _write_nets(nets: tuple[Net, ...]) -> None:
    links.put("nets", write_nets(nets))
    begin_again()


def _choices(nets: tuple[Net, ...], n: int) -> None:
    """What can be chosen of net n."""
    chosen = {
        "activation": (_("Activation"), deep_words.activations()),
        "initialisation": (_("Initial weights, variance for n inputs and m outputs"), deep_words.initialisations()),
        "optimiser": (_("Optimiser"), deep_words.optimisers()),
    }
    switched = {"batch_norm": _("Batch norm before each activation"), "shortcuts": _("Shortcuts, h = x + f(xW + b)")}

    def write(field: str) -> None:
        changed = replace(nets[n], **{field: st.session_state[f"deep-{field}-{n}"]})
        _write_nets((*nets[:n], changed, *nets[n + 1 :]))

    for field, (label, options) in chosen.items():
        _setting(f"{field}-{n}", getattr(nets[n], field))
        st.segmented_control(
            label,
            list(options),
            format_func=options.get,
            key=f"deep-{field}-{n}",
            required=True,
            on_change=write,
            args=(field,),
        )
    for field, label in switched.items():
        _setting(f"{field}-{n}", getattr(nets[n], field))
        st.toggle(label, key=f"deep-{field}-{n}", on_change=write, args=(field,))


# ---- the question


@st.fragment
def foresee(seen: Scene, goal: float, epochs: int) -> None:
    """Which nets will be below a loss after so many epochs; graded by training them."""
    titles = {str(n): f"{'ABC'[n]}: {deep_words.title(net)}" for n, net in enumerate(seen.nets)}
    asked = _("Which of these nets will have a loss below {goal} after {epochs} epochs?")
    guess = st.pills(
        asked.format(goal=number(goal), epochs=epochs),
        list(titles),
        format_func=titles.get,
        selection_mode="multi",
        key="deep-guess",
    )
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    with st.spinner(_("Training {count} nets for {epochs} epochs …").format(count=len(titles), epochs=epochs)):
        runs = [played(net, seen.common, epochs)[0] for net in seen.nets]
    hits = 0
    for n, run in enumerate(runs):
        loss = float(run.measured()["loss"])
        learned = not run.lost and loss < goal
        hits += learned == (str(n) in guess)
        told = _("beyond all bounds after epoch {epoch}").format(epoch=run.epoch) if run.lost else number(float(f"{loss:.3g}"))
        verdict = _("below {goal}") if learned else _("not below {goal}")
        st.markdown(
            f"{lesson.mark(str(n) in guess, learned)} **{titles[str(n)]}**: {told}, {verdict.format(goal=number(goal))}"
        )
    st.markdown(_("You foresaw {right} of {all}.").format(right=hits, all=len(runs)))
