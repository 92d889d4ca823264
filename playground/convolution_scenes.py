"""The lecture's convolutions, number by number: decks 002 (5x5, padding, slashes, layer) and 004 (6x6, curve detector)."""

from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from playground import window
from playground.convolution import Setting, convolve, refusal
from playground.language import text as _


def numbers(rows: list) -> np.ndarray:
    return np.array(rows, np.float32)


@dataclass(frozen=True)
class Scene:
    """An image [C, H, W], kernels (see `window.data`), biases [M] or none, and how they are applied.

    Attributes:
        brush: what dragging paints, by grid; without it, cells are typed into.
        printed: the result [P, Q] as the slide prints it, right or wrong; None where the lecture prints none.
    """

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray | None = None
    setting: Setting = field(default_factory=Setting)
    brush: dict[str, float] = field(default_factory=dict)
    printed: np.ndarray | None = None


SLASH = numbers([[1, 0], [0, 1]])
SLASHES = {
    "backslash": numbers([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    "slash": numbers([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]),
}
CURVE = np.zeros((7, 7), np.float32)
CURVE[[0, 1, 2, 3, 4, 5], [5, 4, 3, 3, 3, 3]] = 30
PATCHES = {
    "curve": numbers([[0, 0, 0, 0, 0, 0, 30], [0, 0, 0, 0, 50, 50, 50], [0, 0, 0, 20, 50, 0, 0], [0, 0, 0, 50, 50, 0, 0],
                      [0, 0, 0, 50, 50, 0, 0], [0, 0, 0, 50, 50, 0, 0], [0, 0, 0, 50, 50, 0, 0]]),
    "ear": numbers([[0, 0, 0, 0, 0, 0, 0], [0, 40, 0, 0, 0, 0, 0], [40, 0, 40, 0, 0, 0, 0], [40, 20, 0, 0, 0, 0, 0],
                    [0, 50, 0, 0, 0, 0, 0], [0, 0, 50, 0, 0, 0, 0], [25, 25, 0, 50, 0, 0, 0]]),
}  # fmt: skip
SIX = numbers(
    [[3, 3, 5, 1, 2, 3], [3, 4, 0, 1, 4, 5], [5, 1, 2, 3, 2, 0], [5, 0, 4, 5, 2, 1], [3, 4, 3, 1, 0, 2], [2, 0, 4, 3, 5, 1]]
)
FIVE = numbers([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
PADDED = numbers([[2, 2, 3, 3, 3], [0, 1, 3, 0, 3], [2, 3, 0, 1, 3], [3, 3, 2, 1, 2], [3, 3, 0, 2, 3]])
SPOTS = numbers([
    [[4, 4, 4, 0, 0], [4, 4, 4, 0, 0], [4, 4, 4, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
    [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 4, 4, 4], [0, 0, 4, 4, 4], [0, 0, 4, 4, 4]],
    [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]],
])  # fmt: skip
FILTERS = np.zeros((3, 3, 3, 3), np.float32)  # yellow edges; what is red and not green; a corner of the mean
FILTERS[0, 0] = FILTERS[0, 1] = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
FILTERS[1, :2, 1, 1] = 1, -1
FILTERS[2] = [[-1, -1, -1], [-1, 1, 1], [-1, 1, 2]]
TENT = numbers([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4

SCENES = {
    "first": Scene(SIX[None], numbers([[[[0, 1, 0], [-1, 2, -1], [0, 1, 0]]]]),
                   printed=numbers([[9, 2, 2, 6], [-1, 4, 8, 7], [-4, 8, 8, 0], [2, 9, 7, 4]])),
    "second": Scene(FIVE[None], numbers([[[[0, 1, 2], [2, 2, 0], [0, 1, 2]]]]),
                    printed=numbers([[12, 12, 17], [10, 17, 19], [9, 6, 14]])),
    "padding": Scene(PADDED[None], numbers([[[[2, 0, 1], [1, 0, 0], [0, 1, 1]]]]), setting=Setting(stride=2, padding="1"),
                     printed=numbers([[1, 6, 5], [7, 10, 9], [7, 10, 8]])),
    "slash": Scene(SLASHES["backslash"][None], SLASH[None, None], brush={"input": 1}),
    "curve": Scene(PATCHES["curve"][None], CURVE[None, None], brush={"input": 50, "kernel": 30}),
    "layer": Scene(numbers([[[0, 1, 0], [1, 1, 0], [1, 0, 1]]]), numbers([[[[1, -1, 0], [0, 2, -1], [-1, 1, 1]]]]),
                   numbers([-1]), Setting(padding="same", activation="sigmoid")),
    "channels": Scene(SPOTS, FILTERS, numbers([0, 0, -4]), Setting(activation="relu")),
    "transposed": Scene(numbers([[[1, 0, 2], [0, 3, 0], [4, 0, 1]]]), TENT[None, None],
                        setting=Setting("transposed", stride=2)),
}  # fmt: skip


def titles() -> dict[str, str]:
    """What people read for each scene."""
    return {
        "first": _("Image 6×6"),
        "second": _("Image 5×5"),
        "padding": _("Padding and stride"),
        "slash": _("Slashes"),
        "curve": _("Curve detector"),
        "layer": _("A layer: 10 parameters"),
        "channels": _("Channels and filters"),
        "transposed": _("Transposed"),
    }


def notes() -> dict[str, str]:
    """What to see in the scenes that only show their numbers."""
    return {
        "first": _("Each number of the output is a sum of neighbours, weighed by the kernel. Point at one to see its sum; "
                   "click a number of the image or the kernel and type another."),
        "second": _("The small numbers in the window are the weights: the kernel lies on the image, nine products are added, "
                    "the window moves on."),
        "channels": _("A filter has one kernel for each channel and adds up all that it sees; three filters give three maps. "
                      "With 3 groups (under More) each filter sees a single channel: a depthwise convolution."),
        "transposed": _("Backwards: each number of the input stamps the kernel, times itself, onto the output, a stride apart; "
                        "where stamps overlap, they add up. So it enlarges."),
    }  # fmt: skip


def names(name: str) -> dict[str, list[str]]:
    """What stands above a scene's grids, where it is not the usual."""
    return {"input": [_("Red"), _("Green"), _("Blue")]} if name == "channels" else {}


def detected(patch: np.ndarray) -> np.ndarray:
    """What the curve detector sums to over a patch [7, 7]."""
    return convolve(patch[None], CURVE[None, None], None, Setting())["y"][0, 0, 0, 0]


def in_groups(scene: Scene, groups: int) -> np.ndarray:
    """The scene's kernels, of which each keeps the channels of its own group: [M, C / groups, h, w]; transposed as they are."""
    if scene.setting.op == "transposed" or groups == 1:
        return scene.w
    filters, channels = scene.w.shape[0], scene.w.shape[1] // groups
    first = [filter * groups // filters * channels for filter in range(filters)]
    return np.stack([kernel[at : at + channels] for kernel, at in zip(scene.w, first, strict=True)])


def from_link(
    scene: Scene, groups: int, linked: dict[str, str | None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, bool]:
    """x, w and b as the address has them (see `window.stack`), the scene's own where it has none; whether any was damaged."""
    own = {"input": scene.x, "kernel": in_groups(scene, groups), "bias": scene.b}
    count = {"input": scene.x.shape[0], "kernel": own["kernel"].shape[0] * own["kernel"].shape[1], "bias": filters(scene)}
    most = {"input": (16, 16), "kernel": (7, 7), "bias": (1, 1)}
    damaged = False
    for name, code in linked.items():
        if code is None:
            continue
        try:
            values = window.stack(code, most[name])
            if len(values) != count[name]:
                raise ValueError(f"{len(values)} matrices instead of {count[name]}")
            own[name] = values.reshape(
                {"input": values.shape, "bias": -1}.get(name, (*own["kernel"].shape[:2], *values.shape[1:]))
            )
        except ValueError:
            damaged = True
    return own["input"], own["kernel"], own["bias"], damaged


def filters(scene: Scene) -> int:
    return scene.w.shape[1 if scene.setting.op == "transposed" else 0]


def moved(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """A picture [1, H, W] moved by a pixel; as it was, where ink would leave it."""
    leaving = [picture.take(0 if step < 0 else -1, axis) for axis, step in ((1, down), (2, right)) if step]
    return picture if np.any(leaving) else np.roll(picture, (down, right), (1, 2))


def asked(x: np.ndarray, w: np.ndarray, setting: Setting, seed: int) -> Setting:
    """Another stride, padding and dilation by chance, of those that fit; if possible one that gives more than one number."""
    choices = list(product((1, 2, 3, 4), dict.fromkeys(["valid", "1", "2", setting.padding]), (1, 2)))
    first = setting
    for at in np.random.default_rng(seed).permutation(len(choices)):
        stride, padding, dilation = choices[at]
        other = replace(setting, stride=stride, padding=padding, dilation=dilation)
        if other != setting and refusal(x.shape, w.shape, other) is None:
            if convolve(x, w, None, other)["y"][0, 0].size > 1:
                return other
            first = other
    return first


def spot(y: np.ndarray, seed: int) -> tuple[int, int]:
    """Row and column of a number of the map [M, P, Q], by chance."""
    random = np.random.default_rng(seed)
    return int(random.integers(y.shape[1])), int(random.integers(y.shape[2]))
