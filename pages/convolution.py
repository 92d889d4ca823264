"""Lesson: convolution, number by number: by hand, as a search for a pattern, over a photo."""

import streamlit as st

from playground import components, convolution, drawing, images, lesson, links, photo_input, window
from playground import convolution_form as form
from playground import convolution_photo as photos
from playground import convolution_scenes as scenes
from playground import convolution_search as searches
from playground.language import current
from playground.language import text as _

SETTINGS = ("stride", "padding", "fill", "dilation", "groups", "activation")
EDITED = ("input", "kernel", "bias", "look", "ask")


def page():
    st.title(_("A kernel slides over an image"))
    st.markdown(
        _("Near pixels have to do with one another, far ones hardly. A convolution weighs each pixel's neighbours with one "
          "small kernel and adds them up, ${y_{p,q} = b + \\sum_{i,j} w_{i,j}\\, x_{sp+i,\\,sq+j}}$: "
          "the same few weights at every place.")
    )  # fmt: skip
    sections = {"hand": _("By hand"), "search": _("Find a pattern"), "photo": _("On a photo")}
    section = links.choice(
        st.segmented_control, _("Part of the lesson"), sections, "hand", "section", required=True, label_visibility="collapsed",
        then=lambda: links.forget(*SETTINGS, *EDITED),
    )  # fmt: skip
    {"hand": by_hand, "search": find_a_pattern, "photo": on_a_photo}[section]()


@st.fragment
def by_hand():
    name = links.choice(
        st.pills, _("Scenes"), scenes.titles(), "first", "scene", required=True, wrap=True, label_visibility="collapsed",
        then=lambda: links.forget(*SETTINGS, *EDITED),
    )  # fmt: skip
    scene, view = scenes.SCENES[name], f"window-{name}"
    grids, controls = st.columns([7, 3], gap="large")
    with controls:
        setting = form.chosen_setting(name, scene)
    linked = {part: links.kept(view, part) for part in ("input", "kernel", "bias")}
    x, w, b, damaged = scenes.from_link(scene, setting.groups, linked)
    if damaged:
        st.warning(_("Numbers in this link are damaged; here are the scene's own instead."))
    try:
        answer = convolution.convolve(x, w, b, setting, slash=name == "slash")
    except convolution.Impossible as refusal:
        st.warning(str(refusal))
        x, w, b, setting = scene.x, scene.w, scene.b, scene.setting
        answer = convolution.convolve(x, w, b, setting, slash=name == "slash")
    with grids:
        components.window(
            key=view,
            data=window.data(
                setting.op, x, answer["y"][0], w=w, bias=b, sums=answer["sums"][0],
                activation=convolution.CALLED[setting.activation], stride=(setting.stride,) * 2,
                pads=setting.pads(w.shape[2:]), padding=setting.fill,
                dilation=(setting.dilation,) * 2, groups=setting.groups, editable=("input", "kernel", "bias"),
                brush=scene.brush, names=scenes.names(name), look=links.kept(view, "look"), play=True,
            ),
            **{f"on_{part}_change": links.keep(view, part) for part in ("input", "kernel", "bias", "look")},
        )  # fmt: skip
    with controls:
        st.markdown(f"$${convolution.size_formula(x.shape, w.shape, answer['y'][0].shape, setting)}$$")
        tell_scene(name, scene, x, w, b, answer)
    form.question(x, w, b, setting)
    lesson.look_inside_and_take_home_operators(
        "convolution", convolution.file(setting, w.shape[2:], b is not None, name == "slash"), convolution.inputs(x, w, b),
        convolution.in_torch(x, w, b, setting), __file__,
    )  # fmt: skip


def tell_scene(name, scene, x, w, b, answer):
    """What this scene shows, beside its numbers."""
    if name == "padding":
        compare_with_slide(scene)
    elif name == "slash":
        slashes(x, answer)
    elif name == "curve":
        patches()
    elif name == "layer":
        weights, dense = convolution.parameters(x, w, b, answer["y"])
        st.markdown(
            _("{outputs} numbers come out of {weights} parameters, which all places share. A dense layer between the same "
              "numbers has {dense}.").format(outputs=answer["y"].size, weights=weights, dense=dense)
        )  # fmt: skip
    else:
        st.markdown(scenes.notes()[name])


def compare_with_slide(scene):
    """The slide's sum, as printed and as it is."""
    right = convolution.convolve(scene.x, scene.w, scene.b, scene.setting)["y"][0, 0]
    differs = right != scene.printed
    st.markdown(
        _("The slide prints the left result; its numbers give the right one. {count} of {all} differ:").format(
            count=int(differs.sum()), all=differs.size
        )
    )
    st.markdown(f"${convolution.matrix(scene.printed, differs)} \\ne {convolution.matrix(right)}$")


def slashes(x, answer):
    largest = float(answer["largest"])
    kind = "\\\\" if answer["backslash"] else "/" if largest else _("empty")
    st.markdown(_("The largest number is **{largest}**: this is **{kind}**").format(largest=f"{largest:g}", kind=kind))
    st.caption(_("Draw a slash with the mouse, or move this one: the place changes, the maximum does not."))
    row = st.container(horizontal=True, gap="small")
    places = {"\\": scenes.SLASHES["backslash"][None], "/": scenes.SLASHES["slash"][None]}
    for label, (down, right) in {"←": (0, -1), "↑": (-1, 0), "↓": (1, 0), "→": (0, 1)}.items():
        places[label] = scenes.moved(x, down, right)
    for label, picture in places.items():
        row.button(label.replace("\\", "\\\\"), key=f"slash-{label}", on_click=put, args=("input", picture))


def patches():
    titles = {"curve": _("a curve of the mouse"), "ear": _("the mouse's ear")}
    sums = {code: float(scenes.detected(patch)) for code, patch in scenes.PATCHES.items()}
    st.markdown(
        _("On the slide the filter meets two patches of a drawing: **{curve}** on the curve, **{ear}** on the ear.").format(
            curve=f"{sums['curve']:g}", ear=f"{sums['ear']:g}"
        )
    )
    for code, label in titles.items():
        st.button(label, key=f"patch-{code}", on_click=put, args=("input", scenes.PATCHES[code][None]), width="stretch")
    st.caption(_("Paint in the patch or in the filter. To search a whole drawing, choose “Find a pattern”."))


def put(part, values):
    links.put(part, window.write(values))


@st.fragment
def find_a_pattern():
    st.markdown(
        _("The lecture's curve detector goes over a whole drawing. Draw what you like, paint another filter, and see where the "
          "sum is largest: there, the filter says, is its pattern.")
    )  # fmt: skip
    paper, grids = st.columns([3, 7], gap="large")
    linked = links.kept("search-canvas", "drawing", searches.MOUSE)
    if not drawing.is_valid(linked):
        st.warning(_("The drawing in this link is damaged; here is the mouse instead."))
        linked = searches.MOUSE
    kernel = form.kernel_of_link("search", scenes.CURVE)
    picture = drawing.picture(linked)
    answer = searches.search(picture, kernel)
    row, column = searches.place(answer)
    largest = float(answer["sums"].max())
    with paper:
        components.canvas(
            key="search-canvas",
            data={"drawing": linked, "samples": [(_("mouse"), searches.MOUSE)], "texts": lesson.canvas_texts(),
                  "limit": drawing.MAX_BYTES, "language": current(), "picture": ""},
            on_drawing_change=kept_anew("search-canvas", "drawing"),
        )  # fmt: skip
        st.markdown(
            _("Largest sum: **{largest}**, row {row}, column {column}").format(largest=f"{largest:g}", row=row, column=column)
        )
        seen = answer["ink"][0, 0, row : row + kernel.shape[0], column : column + kernel.shape[1]]
        buttons = st.container(horizontal=True)
        buttons.button(_("The found patch as filter"), on_click=put, args=("kernel", seen))
        buttons.button(_("The lecture's curve"), on_click=links.forget, args=("kernel", "look"))
    with grids:
        components.window(
            key="search",
            data=window.data(
                "conv", answer["ink"][0], answer["sums"][0], w=kernel[None, None], editable=("kernel",), brush={"kernel": 30},
                names={"input": [_("Drawing, {side} × {side}").format(side=searches.SIDE)], "kernel": [_("Filter: paint it")],
                       "output": [_("Sums")]},
                look=links.kept("search", "look") or f"0.{row}.{column}", announce=True,
            ),
            on_kernel_change=kept_anew("search", "kernel"), on_look_change=links.keep("search", "look"),
        )  # fmt: skip
    lesson.look_inside_and_take_home_operators(
        "search", searches.file(), searches.inputs(picture, kernel),
        searches.in_numpy(kernel), __file__,
    )  # fmt: skip


def kept_anew(view, name):
    """What was looked at is no longer there: the window goes to the best match."""
    keep = links.keep(view, name)

    def write():
        keep()
        links.forget("look")

    return write


@st.fragment
def on_a_photo():
    titles = photos.titles()
    effect = links.choice(
        st.pills, _("Kernels"), titles, "edges", "effect", required=True, wrap=True, label_visibility="collapsed",
        then=lambda: links.forget("kernel", "gain", "offset", "shown"),
    )  # fmt: skip
    row = st.container(horizontal=True, gap="small")
    with row:
        kinds = {"plain": _("the sums"), "absolute": _("their magnitudes")}
        default, looks = "absolute" if effect in photos.SIGNED else "plain", {"required": True, "label_visibility": "collapsed"}
        shown = links.choice(st.segmented_control, _("Shown are"), kinds, default, "shown", f"{effect}-", **looks)
        colours = {"red": _("Red"), "green": _("Green"), "blue": _("Blue")}
        colour = links.choice(st.segmented_control, _("The numbers of"), colours, "red", "colour", **looks)
        with st.popover(_("Another photo"), icon=":material/image:"):
            picture, described = photo_input.choose("church_and_ball", photos.fitted)
    filtered_photo(picture, {"before": described, "after": titles[effect]}, effect, shown, list(colours).index(colour))


@st.fragment  # of its own and small, as each move of a slider runs it
def filtered_photo(picture, named, effect, shown, channel):
    stage, numbers = st.columns([9, 10], gap="large")
    kernel = form.kernel_of_link("photo-window", photos.KERNELS[effect])
    gain, offset = (photos.knob(links.kept("filtered", name), *facts) for name, facts in photos.KNOBS.items())
    row, column = photos.pixel(links.kept("filtered", "pixel"), picture)
    answer = photos.filtered(picture, kernel, gain, offset, shown)
    patch, box = photos.patch(picture, row, column, channel)
    with stage:  # first, as it is what people wait for
        components.filtered(
            key="filtered",
            data={"before": images.data_url(picture), "after": images.data_url(answer["filtered"][0]), "gain": gain,
                  "offset": offset, "box": box, "height": picture.shape[0], "width": picture.shape[1], "language": current(),
                  "texts": photo_texts() | named},
            **{f"on_{name}_change": links.keep("filtered", name) for name in ("gain", "offset", "pixel")},
        )  # fmt: skip
    sums = convolution.convolve(patch, kernel[None, None], None, convolution.Setting())
    with numbers:
        components.window(
            key="photo-window",
            data=window.data("conv", patch, sums["y"][0], w=kernel[None, None], editable=("kernel",), height=250,
                             names={"input": [_("In the frame")], "output": [_("Sums")]}, look="0.{}.{}".format(
                                 *(side // 2 for side in sums["y"].shape[2:]))),
            on_kernel_change=links.keep("photo-window", "kernel"),
        )  # fmt: skip
        st.caption(f"{photos.notes()[effect]} · {lesson.answered_by(answer)}")
    lesson.look_inside_and_take_home_operators(
        "filter", photos.file(kernel.shape, shown), photos.inputs(picture, kernel, gain, offset),
        photos.in_numpy(kernel, gain, offset), __file__,
    )  # fmt: skip


def photo_texts():
    return {
        "gain": _("times"), "offset": _("plus"), "split": _("Where the original ends"),
        "click": _("Click a place to see its numbers"),
    }  # fmt: skip


lesson.tell(page)
