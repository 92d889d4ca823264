"""The lecture's convolutions, number by number: decks 002 (5x5, padding, slashes, layer) and 004 (6x6, curve detector)."""

from dataclasses import dataclass, field

import numpy as np

from playground.convolution import Setting
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
    setting: Setting = Setting()
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
    "transposed": Scene(numbers([[[1, 0, 2], [0, 3, 0], [4, 0, 1]]]), TENT[None, None], setting=Setting("transposed", stride=2)),
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


def in_groups(scene: Scene, groups: int) -> np.ndarray:
    """The scene's kernels, of which each keeps the channels of its own group: [M, C / groups, h, w]; transposed as they are."""
    if scene.setting.op == "transposed" or groups == 1:
        return scene.w
    filters, channels = scene.w.shape[0], scene.w.shape[1] // groups
    first = [filter * groups // filters * channels for filter in range(filters)]
    return np.stack([kernel[at : at + channels] for kernel, at in zip(scene.w, first, strict=True)])
