"""What people fill in on the convolution's page: how a kernel is applied, numbers typed as text, an answer to a question."""

import numpy as np
import streamlit as st

from playground import convolution_scenes as scenes
from playground import lesson, links, window
from playground.convolution import CALLED, Setting, convolve, size_formula
from playground.language import text as _


def chosen_setting(name, scene):
    """The controls of a scene: how the kernel is applied."""
    own = scene.setting

    def pick(key, label, options, default):
        then = (lambda: links.forget("kernel", "look")) if key == "groups" else (lambda: links.forget("look"))
        return links.choice(st.segmented_control, label, options, default, key, f"{name}-", then, required=True)

    stride = pick("stride", _("Stride $s$"), {code: code for code in "1234"}, str(own.stride))
    paddings = {"valid": "0 · valid", "same": "same", **{code: code for code in "123"}}
    padding = pick("padding", _("Padding $p$"), paddings, own.padding)
    fill = own.fill
    if own.op == "conv":
        fill = pick("fill", _("The padding is"), {"zero": _("zeros"), "reflect": _("a reflection")}, own.fill)
    with st.popover(_("More"), icon=":material/tune:"):
        dilation = pick("dilation", _("Dilation $d$"), {code: code for code in "123"}, str(own.dilation))
        groups = "1"
        if (channels := scene.x.shape[0]) > 1:
            groups = pick("groups", _("Groups"), {"1": "1", str(channels): str(channels)}, str(own.groups))
        activations = {name or "none": title or _("no activation") for name, title in CALLED.items()}
        activation = pick("activation", _("Activation after the sum"), activations, own.activation or "none")
        type_in(name, scene, int(groups))
    activation = "" if activation == "none" else activation
    return Setting(own.op, int(stride), padding, fill, int(dilation), int(groups), activation)


def type_in(name, scene, groups):
    """Image, kernel and biases as text: any size, pasted from anywhere."""
    linked = {part: links.kept(f"window-{name}", part) for part in ("input", "kernel", "bias")}
    x, w, b, _damaged = scenes.from_link(scene, groups, linked)
    b = np.zeros(scenes.filters(scene)) if b is None else b
    labels = {"input": _("Image, row by row"), "kernel": _("Kernel, row by row"), "bias": _("Bias $b$")}
    for part, values in {"input": x, "kernel": w, "bias": b.reshape(-1, 1, 1)}.items():
        key = f"typed-{part}-{name}"
        if not st.session_state.get(f"refused-{key}"):
            st.session_state[key] = window.write(values).replace("/", "\n/\n").replace(";", "\n")
        st.text_area(
            labels[part], key=key, height=68 if part == "bias" else 150, on_change=take, args=(part, key, scene, groups)
        )
        if st.session_state.get(f"refused-{key}"):
            st.error(
                _("These are no matrices of numbers: up to 16 × 16 for the image, 7 × 7 for a kernel, parted by / where there "
                  "are several.")
            )  # fmt: skip


def take(part, key, scene, groups):
    """What was typed goes into the address, unless it is no matrix: then it stays as it is, to be mended."""
    code = st.session_state[key].replace("\n", ";").replace(";/;", "/").strip(";")
    x, w, b, damaged = scenes.from_link(scene, groups, {part: code})
    st.session_state[f"refused-{key}"] = damaged
    if not damaged:
        links.forget("look")
        values = {"input": x, "kernel": w, "bias": b}[part]
        links.put(part, window.write(values[:, None, None] if part == "bias" else values))


def kernel_of_link(view, default):
    """One kernel [h, w] as the address has it."""
    code = links.kept(view, "kernel")
    try:
        kernel = default if code is None else window.stack(code, (7, 7))
        return kernel.reshape(kernel.shape[-2:])
    except ValueError:
        st.warning(_("Numbers in this link are damaged; here are the scene's own instead."))
        return default


def question(x, w, b, setting):
    """The same image and kernel under another setting: its size and one of its numbers, graded by the graph."""
    st.header(_("What comes out?"))
    linked = st.query_params.get("ask", "0")
    seed = int(linked) if linked.isdecimal() and len(linked) < 5 else 0
    other = scenes.asked(x, w, setting, seed)
    y = convolve(x, w, b, other)["y"][0]
    row, column = scenes.spot(y, seed)
    padding = "0" if other.padding == "valid" else other.padding
    st.markdown(
        _("The numbers of the stage, but with stride **{stride}**, padding **{padding}** and dilation **{dilation}**. How "
          "large is the output, and what stands in row {row}, column {column} (counted from 0) of its first map?").format(
            stride=other.stride, padding=padding, dilation=other.dilation, row=row, column=column)
    )  # fmt: skip
    fields = st.container(horizontal=True, vertical_alignment="bottom")
    facts = {
        "rows": (_("Rows"), y.shape[1]),
        "columns": (_("Columns"), y.shape[2]),
        "value": (_("The number"), float(y[0, row, column])),
    }
    guesses = {
        key: fields.number_input(label, value=None, step=1 if key != "value" else None, key=f"guess-{key}-{seed}", width=120)
        for key, (label, _fact) in facts.items()
    }
    fields.button(_("Another question"), on_click=lambda: links.put("ask", str((seed + 1) % 1000)))
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    held = {key: guesses[key] is not None and abs(guesses[key] - fact) < 0.01 for key, (_label, fact) in facts.items()}
    for key, (label, fact) in facts.items():
        st.markdown(f"{lesson.mark(held[key], True)} {label}: **{round(fact, 4):g}**")
    st.markdown(f"$${size_formula(x.shape, w.shape, y.shape, other)}$$")
    st.markdown(_("You foresaw {right} of {all}.").format(right=sum(held.values()), all=len(held)))
