"""The controls of the training playground: what a run depends on beside its data set and its net."""

import streamlit as st

from playground import links
from playground.language import number
from playground.language import text as _
from playground.training_page import ROUND, from_the_start, scene, show
from playground.training_scene import CHOICES, LOSSES, MOST_EPOCHS, MOST_SEED, Scene
from playground.training_words import scenes, settings


def offer_scenes() -> None:
    """Scenes that are one click away."""
    offered, key = scenes(), f"scenes-{_round()}"  # a new widget after each: one may be chosen again
    titles = {name: title for name, (title, _address) in offered.items()}
    st.pills(
        _("Scenes"), list(titles), format_func=titles.get, key=key, label_visibility="collapsed", wrap=True,
        on_change=lambda: show(offered[st.session_state[key]][1]),
    )  # fmt: skip


def controls() -> None:
    """What a run depends on beside data and net: five at hand, the rest behind a button. Of one run or the other."""
    seen, _damaged = scene()
    task, two = seen.start.all_points().task, len(seen.start.setups) > 1
    wide = st.columns([1.5, 2, 2, 2, 2, 2, 1.6] if two else [2, 2, 2, 2, 2, 1.6], vertical_alignment="bottom", gap="small")
    suffix = ""
    if two:
        with wide[0]:
            which = links.choice(st.segmented_control, _("Settings of run"), {"A": "A", "B": "B"}, "B", "run", required=True)
            suffix = "2" if which == "B" else ""
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
        with right:
            setting("batch_norm", suffix, seen)
            setting("shortcuts", suffix, seen)
            setting("share", "", seen)
        with left:
            whole("seed", suffix, seen.start.setups[1 if suffix else 0].seed, MOST_SEED)
        with right:
            whole("sample", "", seen.start.sample, MOST_SEED)
            whole("stop", "", seen.stop, MOST_EPOCHS)


def setting(name: str, suffix: str, seen: Scene, options: tuple[str, ...] = ()) -> None:
    """One word among several; a change begins the training anew."""
    label, explanation, words = settings()[name]
    codes = options or (CHOICES[name] if words else sorted(CHOICES[name], key=float))
    shown = {code: words.get(code, code) if words else number(float(code)) for code in codes}
    held = vars(seen.start.setups[0]) | {"noise": seen.start.noise, "share": seen.start.share}
    default = held[name] if isinstance(held[name], str) else f"{held[name]:g}"  # True is "1"
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
