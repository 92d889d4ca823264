"""What the views of the neuron lesson get: the graph's answer packed, what they may change, and what they say."""

from playground import halfplanes, lesson, neuron_training
from playground.language import current, number
from playground.language import text as _
from playground.neuron import CORNERS, Reading, packed


def of_neuron(reading: Reading, code: str, activation: str) -> dict:
    """For components.halfplanes: one neuron, its weights to be set."""
    scenes = [(_("AND"), "1,1,-1.5"), (_("OR"), "1,1,-0.5"), (_("NOT x₁"), "-1,0,0.5"), ("x₁ > x₂", "1,-1,0")]
    functions = [("sign", "sign"), (_("σ, sigmoid"), "sigmoid"), ("tanh", "tanh"), ("ReLU", "relu")]
    return _lines(reading, activation) | {"mode": "neuron", "net": code, "scenes": scenes, "functions": functions}


def of_net(reading: Reading, code: str, sharpness: str) -> dict:
    """For components.halfplanes: lines that AND and OR neurons combine."""
    k = 1 if sharpness == "step" else float(sharpness)
    scenes = [(_scene_names()[name], scene) for name, scene in halfplanes.scenes().items()]
    return _lines(reading, reading.activations[0]) | {
        "mode": "lines", "net": code, "k": k, "levels": halfplanes.SHARPNESS, "scenes": scenes,
    }  # fmt: skip


def _lines(reading: Reading, activation: str) -> dict:
    return reading.view() | {
        "f": activation, "language": current(), "corners": CORNERS.astype(int).tolist(), "most": halfplanes.MOST_LINES,
        "texts": _line_texts(activation), "answered": lesson.answered_by(reading.answer), "told": reading.told(),
    }  # fmt: skip


def of_training(run: neuron_training.Run, points: str, step: int) -> dict:
    """For components.learning: the net at every step, and the graph's map at `step`."""
    answer, reading = neuron_training.train(run), neuron_training.read_at(run, step)
    names = {"xor": "XOR", "circle": _("Circle"), "moons": _("Two moons"), "triangle": _("Triangle")}
    answered = _("{steps} steps of training in {milliseconds} ms").format(
        steps=number(neuron_training.STEPS), milliseconds=number(round(1000 * answer.seconds))
    )
    return reading.view(neuron_training.SPAN) | {
        "points": points, "presets": [(names[name], code) for name, code in neuron_training.presets().items()],
        "parameters": packed(answer["parameters"]), "loss": packed(answer["loss"]), "right": packed(answer["right"]),
        "f": run.hidden, "neurons": run.neurons, "step": step, "steps": neuron_training.STEPS,
        "most": neuron_training.MOST_POINTS, "language": current(), "texts": _learning_texts(), "answered": answered,
    }  # fmt: skip


def _scene_names() -> dict[str, str]:
    return {"and": _("AND"), "or": _("OR"), "xor": "XOR", "triangle": _("Triangle"), "square": _("Square"),
            "octagon": _("Octagon"), "union": _("Two polygons"), "ring": _("Ring")}  # fmt: skip


def _line_texts(f: str) -> dict[str, str]:
    return {
        "scenes": _("Nets to begin with"),
        "functions": _("Activation f"),
        "board": _("The plane with the net's answer, the lines and the four corners"),
        "truth": _("At the four corners"),
        "line": _("Line of neuron"),
        "keys": _("Arrow keys move it, with Shift they turn it, F flips it."),
        "hint": _("Drag a line or the tip of its arrow. Point anywhere: the sums at that place are written out here."),
        "add": _("Add a line"),
        "remove": _("Remove the line"),
        "flip": _("Flip its side"),
        "group": _("To the other neuron"),
        "add_help": _("One more neuron in the first layer"),
        "remove_help": _("Remove the chosen line (Delete)"),
        "flip_help": _("The other side of the chosen line: w and b change their signs (F)"),
        "group_help": _("Connect the chosen line to another neuron of the second layer (G)"),
        "and": _("AND"),
        "or": _("OR"),
        "softness": _("From the step to a gentle sigmoid"),
        "step": _("hard step"),
        "toggle": _("Click: AND or OR"),
        "f": {"sigmoid": "σ", "relu": "ReLU"}.get(f, f),
    }


def _learning_texts() -> dict[str, str]:
    return {
        "board": _(
            "The plane with the points. Arrow keys move a ring, Enter puts a point there or takes it away, C changes colour."
        ),
        "pens": _("The next point"),
        "presets": _("Points to begin with"),
        "orange": _("Orange point"),
        "blue": _("Blue point"),
        "play": _("▶ Train"),
        "pause": _("❚❚ Pause"),
        "again": _("▶ Again"),
        "step": _("+1 step"),
        "restart": _("⟲ Start"),
        "scrub": _("Step of the training"),
        "steps": _("training step"),
        "loss": _("loss L"),
        "now": _("Step {step}: loss {loss}, {right} % of the points are right"),
        "net": _("The net now: its lines, and what each weighs in the output"),
        "hint": _("Click to put down a point, click a point to take it away. A dashed ring: the net is wrong there."),
        "mine": _("map summed up in the browser while it moves"),
    }
