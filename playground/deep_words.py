"""What the lesson on deep nets says: its nets by name, its scenes, the words of its view."""

from playground.deep_scene import SCENES, Scene, read
from playground.deep_training import Net
from playground.language import text as _


def activations() -> dict[str, str]:
    return {"sigmoid": "σ", "tanh": "tanh", "relu": "ReLU"}


def initialisations() -> dict[str, str]:
    return {
        "small": _("small, std 0.01"),
        "xavier": _("Xavier, 2/(n + m)"),
        "he": _("He, 2/n"),
        "large": _("large, std 3"),
    }


def optimisers() -> dict[str, str]:
    return {"sgd": "SGD", "momentum": "momentum", "adam": "Adam"}


def title(net: Net) -> str:
    """A net in a few words."""
    weights = {"small": _("small weights"), "xavier": _("Xavier"), "he": _("He"), "large": _("large weights")}
    parts = [activations()[net.activation], weights[net.initialisation]]
    parts += [_("batch norm")] if net.batch_norm else []
    parts += [_("shortcuts")] if net.shortcuts else []
    parts += [optimisers()[net.optimiser]] if net.optimiser != "sgd" else []
    return " · ".join(parts)


def data_titles() -> dict[str, str]:
    return {"moons": _("two moons"), "circle": _("a disc in a ring"), "xor": "XOR", "spiral": _("two spirals")}


def scenes() -> dict[str, tuple[str, str]]:
    """Of each scene what its button says, and what there is to see."""
    return {
        "nineties": (
            _("1990s: sigmoid"),
            _("At twenty layers σ does not learn, with small weights or Xavier's: what reaches layer 1 of the gradient is less "
              "than a rounding error, and nothing there moves. 50 % right and a loss of $\\ln 2$, 0.69, is what a coin "
              "reaches. Set the depth to 2, and σ with Xavier's weights learns too: so nets stayed shallow for twenty years."),
        ),
        "xavier": (
            _("Xavier, 2010"),
            _("The same tanh, two beginnings. Small weights shrink signal and gradient in each layer; with a variance of "
              "$2/(n+m)$ both keep their size "
              "([Glorot & Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html))."),
        ),
        "he": (
            _("ReLU and He, 2015"),
            _("ReLU's slope is 1 where it is not 0. But half of the neurons are off, so Xavier's weights halve the mean square "
              "in each layer, $2^{20}$ times here; He's variance of $2/n$ makes up for it "
              "([He et al. 2015](https://arxiv.org/abs/1502.01852))."),
        ),
        "batch_norm": (
            _("Batch norm, 2015"),
            _("The same σ and the same weights. Normalised before each σ, the numbers stay where it is steep, and dividing by "
              "a small spread makes up for its small slope "
              "([Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167))."),
        ),
        "shortcuts": (
            _("Shortcuts, 2015"),
            _("The same ReLU and the same weights, as small as in the 1990s. With $h = x + f(xW + b)$ a net of small weights "
              "is nearly the identity: points and gradients pass unharmed, and each layer learns a correction "
              "([He et al. 2015](https://arxiv.org/abs/1512.03385))."),
        ),
        "too_deep": (
            _("Too deep: plain against residual"),
            _("He's weights and batch norm, and still forty plain layers do worse than ten (try the depth): not by "
              "overfitting, they fail on the points they learn from. Batch norm alone makes the gradient grow towards layer 1 "
              "([Yang et al. 2019](https://arxiv.org/abs/1902.08129)); shortcuts even it out."),
        ),
        "exploding": (
            _("Exploding"),
            _("The other end: each ReLU layer multiplies by about $3\\sqrt{10/2}$, by 6.7. The loss begins at more than a "
              "billion, and one step takes the weights beyond all numbers. tanh does not let values grow; its gradient "
              "does."),
        ),
    }  # fmt: skip


def named(scene: Scene) -> str | None:
    """Which of the scenes this is, if any."""
    return next((name for name, address in SCENES.items() if read(address)[0] == scene), None)


def texts() -> dict[str, str]:
    """What the view says."""
    return {
        "play": _("Train them"), "pause": _("Pause"), "step": _("One epoch"), "restart": _("From the start"),
        "epoch": _("epoch"), "speed": _("epochs a picture"),
        "gradient": _("Gradient of each layer's weights, root mean square"),
        "moved": _("How far the weights have moved, as a share of their size at the beginning"),
        "spread": _("Spread of a neuron's answers from point to point"),
        "layer": _("layer {layer}"), "output": _("output"),
        "loss": _("loss"), "right": _("{right} % right"),
        "lost": _("After epoch {epoch} the numbers grew beyond all bounds. Nothing is left to train; this was its last state."),
        "beyond": _("beyond all bounds"), "nothing": _("0 in float32"),
        "bars": _("Bars by layer. The arrow keys choose a layer."), "map": _("What the net answers over the plane"),
        "curve": _("Loss by epoch"),
    }  # fmt: skip
