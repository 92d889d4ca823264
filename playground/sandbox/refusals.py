"""Why a graph is not opened or run, in words for the person who brought it."""

from playground.language import number
from playground.language import text as _

LONGEST = 300  # characters of a name or message that comes from a stranger's file


class Refused(ValueError):
    """The graph is not opened, not run, or the question does not fit it. str() is for the person, in the page's language.

    `code` and `parameters` say the same to a program.
    """

    def __init__(self, code: str, **parameters: object):
        super().__init__(code)
        self.code, self.parameters = code, parameters

    def __str__(self) -> str:
        return message(self.code, self.parameters)


def message(code: str, parameters: dict) -> str:
    """The sentence for a code, with the names and numbers that came from the sandbox made harmless."""
    template = _templates().get(code)
    if template is None:
        return message("crashed", {})
    try:
        return template.format(**{name: shown(value) for name, value in parameters.items()})
    except (KeyError, IndexError, ValueError, TypeError, ArithmeticError):  # a process that was taken over may say anything
        return message("crashed", {})


def shown(value: object) -> str:
    """A number as the language writes it, or a name that cannot be Markdown."""
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return ", ".join(map(shown, value[:5])) + (", …" if len(value) > 5 else "")
    text = "".join(letter if letter.isprintable() else " " for letter in str(value)).replace("`", "'")
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _templates() -> dict[str, str]:
    return {
        "empty": _("The file is empty."),
        "large": _("The file has {megabytes} MB; at most {most} MB can be opened."),
        "foreign": _(
            "This is not an ONNX file. Export the net to ONNX first, with `torch.onnx.export` or tf2onnx for example."
        ),
        "damaged": _("This ONNX file is damaged or was cut short."),
        "nested": _("The graph's parts are nested too deeply."),
        "recursive": _("The graph's function `{name}` calls itself; ONNX does not allow that."),
        "external": _(
            "The weights `{name}` lie in a second file. Save the net as one file: `onnx.save(onnx.load(path), new_path)`."
        ),
        "ir": _("The file's IR version is {version}; up to {most} can be opened. Save it with an older version of ONNX."),
        "opset": _(
            "The file asks for opset {version} of `{domain}`; up to {most} can be opened. Export it with an older opset."
        ),
        "nodes": _("The graph has {count} nodes; at most {most} can be opened."),
        "tensors": _("The file declares tensors of {megabytes} MB; at most {most} MB can be opened."),
        "operators": _("The graph cannot be run: ONNX Runtime does not know `{names}`. Its structure can be looked at."),
        "time": _("The graph took longer than {seconds} s and was stopped."),
        "memory": _("The graph asks for more memory than it may have, {megabytes} MB."),
        "busy": _("Other graphs are being computed right now. Try again in a moment."),
        "crashed": _(
            "The file brought down the process it was opened in, most likely for want of memory. Nothing else was harmed."
        ),
        "answer": _(
            "That would be {megabytes} MB of numbers; at most {most} MB can be shown. Choose fewer or smaller tensors."
        ),
        "runtime": _("ONNX Runtime does not accept the graph: `{detail}`"),
        "input_type": _("Input `{name}` takes {wanted}, not {given}."),
        "no_tensor": _("The graph has no node or tensor named `{name}`."),
        "no_input": _("The graph has no input named `{name}`."),
        "missing_input": _("The graph needs its input `{name}`."),
        "wrong_shape": _("Input `{name}` has the shape `{wanted}`, not `{given}`."),
        "no_element": _("Tensor `{name}` has the shape {shape}: there is no element {index}."),
        "unknown_shape": _("The shape of `{name}` depends on the values of the input: run the graph first."),
        "misfit": _("The shapes in the graph do not fit together: `{detail}`"),
    }
