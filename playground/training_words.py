"""What the training playground says: the names of its settings and what each does, the words of its view, its scenes."""

from playground.language import number
from playground.language import text as _
from playground.training import Setup
from playground.training_scene import MOST_EDITS

Words = tuple[str, str, dict[str, str]]


def settings() -> dict[str, Words]:
    """Of each setting its name, what it does, and the words for its values where they are no numbers."""
    return {
        "rate": (_("Learning rate"), _("The step: $w \\leftarrow w - \\eta\\,\\partial L/\\partial w$. Too small, and nothing "
                 "happens; too large, and the loss jumps or blows up. A change begins the run anew, so that a link can "
                 "repeat it."), {}),
        "optimiser": (_("Optimiser"), _("How the gradient becomes a step: as it is (SGD), with a memory of past steps "
                      "(momentum, Nesterov), with a rate of its own for each weight (Adagrad, RMSProp), or both (Adam)."),
                      {"sgd": "SGD", "momentum": _("Momentum 0.9"), "nesterov": _("Nesterov 0.9"), "adagrad": "Adagrad",
                       "rmsprop": "RMSProp", "adam": "Adam"}),
        "batch": (_("Batch size"), _("How many points the gradient of a step is averaged over. Small batches make many noisy "
                  "steps an epoch, large ones few smooth ones; 500 is all points at once."), {}),
        "penalty": (_("Regularisation"), _("Pulls weights to zero: L1, $\\lambda \\sum |w|$, makes many exactly useless; L2, "
                    "$\\frac{\\lambda}{2} \\sum w^2$, keeps all small. How strongly is behind the button More."),
                    {"none": _("off"), "l1": "L1", "l2": "L2"}),
        "noise": (_("Noise"), _("How far points of a data set are scattered. Points that you draw stay where they are."), {}),
        "loss": (_("Loss"), _("What is made small. Cross-entropy: the logarithm of the probability of the right class. Squared "
                 "error: the distance to the target. Hinge: how far a point is from being right by a margin of 1."),
                 {"cross_entropy": _("Cross-entropy"), "squared": _("Squared error"), "hinge": _("Hinge")}),
        "strength": (_("Strength λ"), _("How hard the regularisation pulls. Without one it does nothing."), {}),
        "dropout": (_("Dropout"), _("The share of hidden neurons that are switched off at random in each step; all answer "
                    "when the net is used."), {}),
        "initialisation": (_("Initial weights"), _("How weights are drawn before the first step: by the width of the layer "
                           "(Xavier, He), all small, or all large."),
                           {"uniform": _("uniform, −0.5 to 0.5"), "xavier": "Xavier", "he": "He", "lecun": "LeCun",
                            "small": _("small, std 0.01"), "large": _("large, std 3"), "zero": _("zeros")}),
        "batch_norm": (_("Batch norm"), _("Centres and scales what comes into each activation, over the batch, with a learned "
                       "gain and shift; see the lesson on it."), {"0": _("off"), "1": _("on")}),
        "shortcuts": (_("Shortcuts"), _("Adds a layer's input to its output, $h = x + f(Wx + b)$, wherever both are equally "
                      "wide."), {"0": _("off"), "1": _("on")}),
        "seed": (_("Seed of the run"), _("The numbers that initial weights, the order of the points and dropout are drawn "
                 "with. The same seed gives the same run."), {}),
        "share": (_("Share to learn from"), _("The other points are test points: the net never learns from them."), {}),
        "sample": (_("Seed of the data"), _("Another seed draws other points, and parts them differently."), {}),
        "stop": (_("Stop after epochs"), _("The run pauses by itself after so many epochs; 0 lets it run."), {}),
    }  # fmt: skip


def differences(setups: tuple[Setup, ...]) -> str:
    """In what the second net differs from the first."""
    if len(setups) < 2:
        return ""
    named = settings() | {"features": (_("Features"), "", {}), "layers": (_("Hidden layers"), "", {}),
                          "activations": (_("Activation"), "", {})}  # fmt: skip
    said = []
    for name, (label, _help, words) in named.items():
        own, other = (vars(setup).get(name) for setup in setups)
        if own != other and not (name == "activations" and set(own) == set(other)):  # of which there are more or fewer
            value = ", ".join(map(str, other)) or "–" if isinstance(other, tuple) else other
            said.append(f"{label} {words.get(value) or (value if isinstance(value, str) else number(value))}")
    return " · ".join(said)


def texts() -> dict[str, str]:
    """What the view says."""
    return {
        "play": _("Train"), "pause": _("Pause"), "step": _("Step"),
        "step_help": _("One picture further, as many epochs as Speed says"), "restart": _("Reset"), "epoch": _("Epoch"),
        "epochs": _("epochs"), "speed": _("Speed"), "speed_help": _("Epochs between two pictures"),
        "show_test": _("Test points"), "test_help": _("Also show the points that the net does not learn from"),
        "flat": _("Answers only"), "flat_help": _("Which class it is, without how sure the net is"),
        "two": _("Two runs"), "two_help": _("A second net beside the first, on the same points and in step with it"),
        "features_help": _("What the net is given of a point. Click to add or take away."),
        "output_help": _("What the net answers: a side, a probability for each class, or a value"),
        "activation_help": _("The bend after the layer; without one, several layers are no more than one"),
        "same": _("the same; change something of it below, or its net here"),
        "plane": _("What the net answers over the plane, with the points. While you draw: arrow keys move, Enter puts down."),
        "train": _("train loss"), "test": _("test loss"), "data": _("Data"), "draw": _("Draw points"), "pens": _("Pens"),
        "pen": _("Points of class {label}"), "wipe": _("Wipe"), "clear": _("Clear"), "features": _("Features"),
        "feature": _("Feature {name}, on or off"), "output": _("Output"),
        "neuron": _("Neuron: {name}. Enter shows its weights."),
        "layer": _("layer {layer}"), "layers": _("Hidden layers: {count}"), "fewer_layers": _("One layer fewer"),
        "more_layers": _("One layer more"), "fewer_neurons": _("One neuron fewer in layer {layer}"),
        "more_neurons": _("One neuron more in layer {layer}"), "activation": _("Activation of layer {layer}"),
        "gradient": _("Root mean square of the gradient of a layer's weights; the bar has powers of ten, from 10⁻⁶ to 1"),
        "spread": _("spread of h"), "spread_help": _("Standard deviation of a layer's answers to the train points"),
        "dead": _("dead"),
        "dead_help": _("Share of neurons that give the same answer to all train points: nothing flows back through them"),
        "which": _("Which weight"), "value": _("Value"), "close": _("Close"),
        "full": _("A link holds {count} changes by hand and no more.").format(count=MOST_EDITS),
        "blown": _("The numbers have blown up: the loss is no longer finite. Reset, and take a smaller learning rate."),
    }  # fmt: skip


def scenes() -> dict[str, tuple[str, dict[str, str]]]:
    """Title and address of the scenes that are one click away."""
    deep = {"layers": "8,8", "activations": "tanh", "optimiser": "adam", "rate": "0.01"}
    return {
        "line": (_("A line cannot do XOR"), {"data": "xor", "layers": "-"}),
        "product": (_("A feature instead of a layer"), {"data": "xor", "layers": "-", "features": "x1x2"}),
        "spiral": (_("The spiral"), {"data": "spiral", "noise": "0", **deep, "layers": "8,8,8", "activations": "selu"}),
        "classes": (_("Three classes"), {"data": "pinwheel", "noise": "0", **deep}),
        "rate": (_("Rate too high"), {"layers": "6,4", "rate": "10", "two": "1", "rate2": "0.1"}),
        "overfit": (_("Overfitting, and L2 against it"), {"data": "gauss", "noise": "0.5", "share": "0.1", "two": "1", **deep,
                                                          "rate": "0.03", "penalty2": "l2", "strength2": "0.03"}),
        "dead": (_("ReLU dies"), {"layers": "8,8,8", "activations": "relu", "rate": "3"}),
    }  # fmt: skip


def data_names() -> dict[str, str]:
    """The data sets by name, see training_data.DATA."""
    return {"circle": _("Circle"), "xor": "XOR", "gauss": _("Two clouds"), "spiral": _("Spiral"), "moons": _("Moons"),
            "blobs": _("Four clouds"), "rings": _("Three rings"), "pinwheel": _("Three arms of a spiral"),
            "plane": _("A slope"), "hills": _("Hills and hollows"), "waves": _("A ripple")}  # fmt: skip


def bends() -> dict[str, str]:
    """The activations by name, as short as the net's columns are narrow."""
    return {"tanh": "tanh", "relu": "ReLU", "sigmoid": "σ", "linear": _("linear"), "leaky_relu": "leaky ReLU", "elu": "ELU",
             "selu": "SELU", "gelu": "GELU", "swish": "swish", "softplus": "softplus", "sine": "sin"}  # fmt: skip


def nets() -> dict[str, str]:
    """The nets of the question, see training_puzzle."""
    return {
        "line": _("no hidden layer; x₁, x₂"), "squares": _("no hidden layer; x₁², x₂²"), "product": _("no hidden layer; x₁x₂"),
        "sines": _("no hidden layer; sin x₁, sin x₂"), "two": _("2 hidden tanh; x₁, x₂"), "four": _("4 hidden tanh; x₁, x₂"),
    }  # fmt: skip


def bad_tables() -> dict[str, str]:
    """Why a table has no points, see training_points.BadTable."""
    return {
        "columns": _("The table needs three columns in each row: x₁, x₂ and the class or value."),
        "numbers": _("x₁ and x₂ must be numbers, and so must be the third column if it has more than six different values."),
        "few": _("The table needs at least two points."),
        "large": _("The file is larger than a megabyte."),
    }
