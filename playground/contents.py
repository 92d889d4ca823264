"""The table of contents: every lesson once, for the navigation and for the home page."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from playground.language import text as _


@dataclass(frozen=True)
class Lesson:
    """A page of `pages/`: its name there and in the address, its icon, what it promises; `module` has its `cover`."""

    name: str
    title: str
    icon: str
    promise: str
    module: str
    alt: str

    @property
    def file(self) -> str:
        return f"pages/{self.name}.py"

    def cover(self) -> np.ndarray:
        """A picture of the lesson, computed by its graphs: uint8 RGB, about 8:3."""
        return import_module(f"playground.{self.module}").cover()


def sections() -> dict[str, list[Lesson]]:
    """The lessons by section, in the language of the page."""
    return {
        _("Networks"): [
            Lesson("digits", _("Digits"), "draw",
                   _("Draw a digit: three nets read it at once, and LeNet-5 shows how each of its numbers came to be."),
                   "digits", _("A drawn 7 and the six maps that LeNet-5's first convolution makes of it")),
            Lesson("architectures", _("Architectures"), "account_tree",
                   _("From LeNet to MobileNet: blocks, costs, receptive fields, and what each trick of the lectures saves."),
                   "architectures", _("The maps of VGG-16, ResNet-50 and MobileNet v2, layer by layer")),
            Lesson("duel", _("Duel"), "compare",
                   _("One photo through several nets side by side: what they answer, where they look, and what it costs."),
                   "duel", _("A church behind a golf ball, and where a net sees the one and the other")),
            Lesson("localization", _("Where is it?"), "crop_free",
                   _("One box and its loss, how two boxes agree, and a window that slides until it becomes a convolution."),
                   "sliding_window", _("Three drawn digits, and maps of where the window saw each of them")),
            Lesson("detection", _("Detection"), "select_all",
                   _("Draw digits or send a photo: every cell of a grid answers at once, and of its boxes the best stay."),
                   "detection", _("Drawn digits, how sure each cell of the grid is, and the boxes that stay")),
            Lesson("xray", _("X-ray"), "schema",
                   _("Look into any ONNX graph, ours or yours: its picture, its costs, every tensor, every receptive field."),
                   "xray_page", _("A photo, and one map of it at each depth of a net")),
        ],
        _("Operations"): [
            Lesson("image", _("An image as a tensor"), "image",
                   _("Pixels are numbers: three planes of them, taken apart, mixed and put in order."),
                   "image_tensor", _("A photo and its three channels")),
            Lesson("neuron", _("Neuron"), "timeline",
                   _("A neuron is a line. Drag lines into polygons, or let the net find them."),
                   "halfplanes", _("A half-plane, a triangle and an octagon, each cut out by lines")),
            Lesson("activations", _("Activations"), "show_chart",
                   _("The bend between the layers: curves, slopes, dying neurons, and fifty layers in a row."),
                   "deep_net", _("How values spread through fifty layers of tanh, ReLU and SELU")),
            Lesson("convolution", _("Convolution"), "grid_on",
                   _("A window slides, patch times kernel: on the slides' numbers, on drawings, on photos."),
                   "convolution_photo", _("One photo under four kernels")),
            Lesson("layers", _("Many filters, many layers"), "layers",
                   _("How far a number sees, what pooling drops, how maps grow again."),
                   "layers_grids", _("A photo made small and grown again in three ways")),
            Lesson("backpropagation", _("Backpropagation"), "undo",
                   _("Where the gradient of a weight comes from, place by place, and a slide set right."),
                   "backpropagation", _("Gradients of input and kernel as grids of colour")),
            Lesson("batch_norm", _("Batch normalisation"), "equalizer",
                   _("Shape a batch and see it centred and scaled; what it does to a deep net."),
                   "batch_norm", _("A batch of numbers before and after normalisation")),
        ],
        _("Training"): [
            Lesson("fit", _("Fit a line, fit a plane"), "trending_down",
                   _("Learning is a search. Blind tries against the gradient, and the lecture's first model digit by digit."),
                   "fit_line", _("Descent into a valley of error at three rates")),
            Lesson("autograd", _("Autograd"), "device_hub",
                   _("Type an expression: its graph, values forward, gradients backward, and how it trains itself."),
                   "autograd_page", _("A function of the plane and its two derivatives, from one run of a graph")),
            Lesson("training", _("Training playground"), "model_training",
                   _("A net learns in front of you: its data, its weights, its gradients, all to touch."),
                   "training_cover", _("What a net answers over the plane of a spiral, as it learns")),
            Lesson("deep_nets", _("Why deep nets failed"), "stacked_line_chart",
                   _("Up to forty layers learn side by side: see the gradient vanish, and what brought it back."),
                   "deep_cover", _("Decision maps and gradients by layer of three nets of twenty layers after their training")),
            Lesson("lenet_live", _("LeNet-5 learns"), "school",
                   _("A real training run in front of you: kernels take shape while the net learns to read what you drew."),
                   "lenet_live", _("Six kernels after a hundred steps, and the maps they make of a 2")),
        ],
    }  # fmt: skip
