"""Lesson: an image is a tensor: pixels, channels, memory, and what a grey picture is made of."""

import numpy as np
import streamlit as st

from playground import components, image_tensor, images, lesson, links, operators, photo_input
from playground.language import number
from playground.language import text as _

BEGIN = (0.3, 0.457)  # where to look first, as shares of the height and the width
TAKE_HOME = """\
import numpy as np, torch
from PIL import Image

image = torch.from_numpy(np.array(Image.open("photo.jpg").convert("RGB")))[None]  # uint8 [1, height, width, 3]
red, green, blue = image.permute(0, 3, 1, 2).float().split(1, dim=1)  # channels first, as torch wants them
swapped = torch.cat([blue, green, red], dim=1)  # the order in which OpenCV reads files
Image.fromarray(swapped.byte().permute(0, 2, 3, 1)[0].numpy()).save("swapped.png")
"""


def page():
    st.title(_("An image as a tensor"))
    st.markdown(
        _("To a computer a picture is an array of numbers: each pixel is a triple of red, green and blue from 0 to 255, so a "
          "photo is $x \\in \\{0, \\dots, 255\\}^{H \\times W \\times 3}$. Point at the photo and read it.")
    )  # fmt: skip
    stage()
    inputs = image_tensor.channel_inputs(image_tensor.photo("parachute"), (1, 1, 1), "BGR", tinted=False)
    lesson.look_inside_and_take_home_operators(
        "channels", operators.graph(image_tensor.CHANNELS), inputs, code=TAKE_HOME, page=__file__
    )


@st.fragment
def stage():
    view, controls = st.columns([8, 3], gap="large")  # the view comes first on a telephone
    with controls:
        picture, described = photo_input.choose("parachute", image_tensor.small)
        sizes(picture)
    linked = links.kept("pixels", "at")
    pin = image_tensor.place(linked, picture)
    if linked and pin is None:
        view.warning(_("This link points outside of the photo; here is another place in it."))
    pin = pin or tuple(int(share * size) for share, size in zip(BEGIN, picture.shape, strict=False))
    with view:
        components.pixels(
            key="pixels",
            data={"picture": images.data_url(opaque(picture)), "pin": pin, "texts": pixel_texts(described)},
            on_at_change=links.keep("pixels", "at"),
        )
    channel_story(picture)
    memory_story(picture, pin)
    grey_story(picture)


def opaque(picture: np.ndarray) -> np.ndarray:
    """With an alpha channel, so that its URL is a PNG and the browser gets these very numbers."""
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def sizes(picture):
    """What the photo weighs, in three forms."""
    height, width, _depth = picture.shape
    forms = {
        _("in colour"): picture,
        _("in grey"): image_tensor.grey(picture)["grey"],
        _("for a net"): np.empty(picture.shape, np.float32),
    }
    rows = [f"| {name} | {form.shape[-1]} × {form.dtype} | {number(form.nbytes)} |" for name, form in forms.items()]
    head = "| {height} × {width} | {pixel} | {bytes} |".format(height=height, width=width, pixel=_("a pixel"), bytes=_("bytes"))
    table = [head, "|---|---|--:|", *rows]
    st.markdown("\n".join(line.replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}") for line in table))


@st.fragment
def channel_story(picture):
    st.header(_("Channels: taken apart and put together"))
    st.markdown(
        _("A colour picture is three grey ones. Multiply a channel, switch it off with 0, or put the three back in another "
          "order: $y_c = \\min(255,\\; g_{\\pi(c)}\\, x_{\\pi(c)})$.")
    )  # fmt: skip
    shown = st.container()
    named = {"red": _("Gain of red"), "green": _("Gain of green"), "blue": _("Gain of blue")}
    gain = [
        column.slider(label, 0.0, 2.0, 1.0, 0.1, key=name, bind="query-params")
        for column, (name, label) in zip(st.columns(3, gap="large"), named.items(), strict=True)
    ]
    row = st.container(horizontal=True, gap="large", vertical_alignment="bottom")
    with row:
        order = links.choice(
            st.segmented_control, _("Order of the channels"), {name: name for name in image_tensor.ORDERS}, "RGB", "order",
            required=True,
        )  # fmt: skip
        tinted = st.toggle(_("Tint the channels"), True, key="tint", bind="query-params")
    answer = image_tensor.channels(picture, gain, order, tinted)
    titles = [_("red"), _("green"), _("blue"), _("put together as {order}").format(order=order)]
    pictures = [*answer["planes"], answer["picture"][0]]
    with shown:
        components.gallery(
            key="channels",
            data={"pictures": [{"src": images.data_url(picture), "title": title}
                               for picture, title in zip(pictures, titles, strict=True)], "least": 220},
        )  # fmt: skip
    st.caption(lesson.answered_by(answer))


@st.fragment
def memory_story(picture, pin):
    st.header(_("A 3-D array, and the one line that memory is"))
    st.markdown(
        _("The patch around the pixel that you clicked, as three planes. Memory has no planes: its cells are numbered from 0 "
          "on, and **strides** say how far apart neighbours lie along each axis. Layouts differ in who stands next to whom.")
    )  # fmt: skip
    layouts = {
        "nhwc": _("NHWC: a pixel's channels together (files, cameras)"),
        "nchw": _("NCHW: a channel's pixels together (torch)"),
    }
    layout = links.choice(
        st.segmented_control, _("Layout"), layouts, "nhwc", "layout", required=True, label_visibility="collapsed"
    )
    answer = image_tensor.memory(picture, *pin)
    values = answer["channels_last"][0]
    if layout == "nhwc":
        line, (_batch, *strides) = answer["last_in_memory"], image_tensor.strides(answer["channels_last"])
    else:
        line, (_batch, c, y, x) = answer["first_in_memory"], image_tensor.strides(answer["channels_first"])
        strides = [y, x, c]
    components.memory(
        key="memory",
        data={
            "size": values.shape, "values": values.tolist(), "memory": line.tolist(), "strides": strides, "order": layout,
            "texts": {
                "space": _("Three planes of numbers. Drag, or press the arrow keys, to turn them."),
                "hint": _("Drag to turn; point at a number."),
                "line": _("The numbers in the order in which memory has them. Arrow keys walk along it."),
                "title": _("Memory, cell after cell ({cells} cells)").format(cells=len(line)),
                "memory": _("memory"),
            },
        },
    )  # fmt: skip


@st.fragment
def grey_story(picture):
    """Grey is a weighted sum of the channels; two questions about this photo, graded by the graphs."""
    st.header(_("What will change?"))
    channels = {"red": _("red"), "green": _("green"), "blue": _("blue")}
    left, right = st.columns(2, gap="large")
    brightest = left.pills(
        _("Which channel is the brightest of this photo, on average?"),
        list(channels),
        format_func=channels.get,
        key="brightest",
    )
    ways = {"brighter": _("brighter"), "same": _("as bright as before"), "darker": _("darker")}
    way = right.pills(
        _("Red and blue change places, then the photo turns grey. It will be, on average:"), list(ways), format_func=ways.get,
        key="way",
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    left, right = st.columns(2, gap="large")
    with left:
        answer = image_tensor.brightest(picture)
        best = list(channels)[int(answer["brightest"][0])]
        means = zip(channels.values(), answer["means"].tolist(), strict=True)
        told = ", ".join(f"{name} {number(round(mean, 1))}" for name, mean in means)
        st.markdown(f"{lesson.mark(brightest, best)} {told}")
    with right:
        swapped = image_tensor.channels(picture, order="BGR")["picture"][0]
        before, after = (image_tensor.grey(photo) for photo in (picture, swapped))
        was, now = (round(float(answer["brightness"]), 1) for answer in (before, after))
        truth = "same" if was == now else "brighter" if now > was else "darker"
        st.markdown(f"{lesson.mark(way, truth)} {number(was)} → {number(now)}")
        for column, answer, alt in zip(
            st.columns(2), (before, after), (_("The photo in grey"), _("Grey after red and blue changed places")), strict=True
        ):
            column.image(images.data_url(answer["grey"][0].repeat(3, -1)), caption=alt, alt=alt, width="stretch")
    red, green, blue = (number(weight) for weight in image_tensor.LUMA)
    left.markdown(
        _("The eye sees green as the brightest and blue as the darkest, so grey is not the mean: "
          "${red}\\,R + {green}\\,G + {blue}\\,B$ (ITU-R BT.601). That is a 1×1 convolution with three weights.").format(
            red=red.replace(",", "{,}"), green=green.replace(",", "{,}"), blue=blue.replace(",", "{,}")
        )
    )  # fmt: skip


def pixel_texts(described):
    return {
        "photo": _("{name}. Arrow keys move the magnifier, Enter keeps the pixel.").format(name=described),
        "hint": _("Each cell is a pixel: R, G, B from top to bottom. Click to keep one; arrow keys work too."),
        "at": _("x[{row}, {column}] = ({colour})"),
    }


lesson.tell(page)
