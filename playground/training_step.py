"""The graphs of a dense net in training, put together from the functions that exporter/steps/pieces.py traced from torch.

`step` trains: forward, loss, backward and update, many steps a call. `measure` says how good a net is, and how large its
gradients are; `maps` what each neuron answers. All take the parameters by name: `w0` [inputs, neurons] and `b0` [neurons] of
the first layer, and so on, the output's last; with batch normalisation `gain0` and `shift0` too. x1 and x2 are in [-6, 6].
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import onnx

from playground import catalog
from playground.operators import HEAD

LIBRARY = "dense_net_step"  # the artifact that holds the functions
REMEMBERED = {"sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "adam": 2}  # tensors a parameter
FEATURES = {  # name → what a person reads, and the node that makes it of x1 and x2, [rows, 1] each
    "x1": ("x₁", "Identity(x1)"),
    "x2": ("x₂", "Identity(x2)"),
    "x1x1": ("x₁²", "Mul(x1, x1)"),
    "x2x2": ("x₂²", "Mul(x2, x2)"),
    "x1x2": ("x₁x₂", "Mul(x1, x2)"),
    "sin1": ("sin x₁", "Sin(x1)"),
    "sin2": ("sin x₂", "Sin(x2)"),
}


@dataclass(frozen=True)
class Form:
    """What a graph's nodes depend on; how wide its layers are does not matter.

    `activations` are those of the hidden layers, `output` that of the last one ("linear" or "tanh"), `shortcuts` says for each
    hidden layer whether its input is added to its output.
    """

    features: tuple[str, ...]
    activations: tuple[str, ...]
    loss: str
    output: str = "linear"
    optimiser: str = "sgd"
    penalty: str = "none"
    dropout: bool = False
    batch_norm: bool = False
    shortcuts: tuple[bool, ...] = ()

    @property
    def parameters(self) -> list[str]:
        """Their names, layer by layer, in the order of all that takes or gives them."""
        hidden = range(len(self.activations))
        kinds = ("w", "b", "gain", "shift") if self.batch_norm else ("w", "b")
        return [f"{kind}{i}" for i in hidden for kind in kinds] + [f"{kind}{len(hidden)}" for kind in ("w", "b")]

    @property
    def memory(self) -> list[str]:
        """What the optimiser remembers, each for all parameters in one row."""
        return [f"state{k}" for k in range(REMEMBERED[self.optimiser])]


@cache
def functions() -> dict[str, onnx.FunctionProto]:
    """The traced functions by name."""
    return {function.name: function for function in catalog.graph(LIBRARY).functions}


class _Text:
    """Nodes in ONNX's text, one after the other."""

    def __init__(self):
        self.lines: list[str] = []

    def put(self, result: str, node: str) -> str:
        self.lines.append(f"{result} = {node}")
        return result

    def call(self, name: str, results: str, **values: str) -> str:
        """A traced function; of `values` it takes those that it names."""
        return self.put(results, f"steps.{name}({', '.join(values[port] for port in functions()[name].input)})")

    def __str__(self) -> str:
        return "\n  ".join(self.lines)


def _shape(name: str) -> str:
    """The type of a parameter."""
    layer = int(name.lstrip("wbgainshft"))
    return f"float[n{layer}, n{layer + 1}]" if name.startswith("w") else f"float[n{layer + 1}]"


def _ports(names: list[str]) -> str:
    return ", ".join(f"{_shape(name)} {name}" for name in names)


def _features(form: Form, text: _Text) -> None:
    """Of x [rows, 2]: `features` [rows, n0]."""
    text.put("parts", "Constant <value = int64[2] {1, 1}> ()")
    text.put("x1, x2", "Split <axis = 1> (x, parts)")
    for name in form.features:
        text.put(f"f_{name}", FEATURES[name][1])
    text.put("features", f"Concat <axis = 1> ({', '.join(f'f_{name}' for name in form.features)})")


def _forward(form: Form, text: _Text, x: str, now: str = "", still: bool = False) -> str:
    """The net on x: names z0, h0, … and `answer`, which it returns. `now` ends the parameters' names; with `still`, batch
    normalisation uses mean0 and variance0, … instead of the batch's."""
    for i, activation in enumerate(form.activations):
        text.call("dense", f"z{i}", x=x, w=f"w{i}{now}", b=f"b{i}{now}")
        bent = f"z{i}"
        if form.batch_norm:
            norms = {"gain": f"gain{i}{now}", "shift": f"shift{i}{now}", "mean": f"mean{i}", "variance": f"variance{i}"}
            bent = text.call("batch_norm_still" if still else "batch_norm", f"normal{i}", z=f"z{i}", **norms)
        if activation == "linear":
            text.put(f"bent{i}", f"Identity({bent})")
        else:
            text.call(activation, f"bent{i}", z=bent)
        kept = text.put(f"kept{i}", f"Mul(bent{i}, keep{i}{now})") if form.dropout and now else f"bent{i}"
        x = text.put(f"h{i}", f"Add({kept}, {x})" if form.shortcuts and form.shortcuts[i] else f"Identity({kept})")
    last = len(form.activations)
    text.call("dense", "logit", x=x, w=f"w{last}{now}", b=f"b{last}{now}")
    return text.call("tanh", "answer", z="logit") if form.output == "tanh" else text.put("answer", "Identity(logit)")


def _backward(form: Form, text: _Text, x: str, now: str = "", descend: bool = False) -> None:
    """From `by_answer` to by_w0, …; with `descend`, to w0_next, … at once."""
    gradient = text.call("tanh_back", "by_logit", gradient="by_answer", h="answer") if form.output == "tanh" else "by_answer"
    for i in reversed(range(len(form.activations) + 1)):
        below = f"h{i - 1}" if i else x
        ports = {"gradient": gradient, "x": below, "ones": "ones", "w": f"w{i}{now}", "b": f"b{i}{now}"}
        if descend:
            text.call("dense_descend", f"w{i}_next, b{i}_next", **ports)
        else:
            text.call("dense_gradients", f"by_w{i}, by_b{i}", **ports)
        if i == 0:
            return
        text.call("dense_back", f"by_h_{i - 1}", **ports)
        i -= 1
        past = f"by_x{i + 1}"  # what a shortcut brought past the layer above
        shortcut_above = form.shortcuts and i + 1 < len(form.activations) and form.shortcuts[i + 1]
        by_h = text.put(f"by_h{i}", f"Add(by_h_{i}, {past})" if shortcut_above else f"Identity(by_h_{i})")
        if form.shortcuts and form.shortcuts[i]:
            text.put(f"by_x{i}", f"Identity({by_h})")
        bent = text.put(f"by_bent{i}", f"Mul({by_h}, keep{i}{now})") if form.dropout and now else by_h
        before = f"normal{i}" if form.batch_norm else f"z{i}"
        gradient = bent
        if form.activations[i] != "linear":
            gradient = text.call(f"{form.activations[i]}_back", f"by_z{i}", gradient=bent, z=before, h=f"bent{i}")
        if form.batch_norm:
            results = f"by_z_{i}, by_gain{i}, by_shift{i}"
            text.call("batch_norm_back", results, gradient=gradient, z=f"z{i}", gain=f"gain{i}{now}")
            gradient = f"by_z_{i}"


def assembled(text: str) -> bytes:
    """The ONNX file of a graph that calls traced functions, with those inside."""
    model = onnx.parser.parse_model(f'{HEAD[:-2]}, "steps" : 1]>\n{text}')
    called, bodies = set(), [model.graph]
    while bodies:
        for node in bodies.pop().node:
            called |= {node.op_type} if node.domain == "steps" else set()
            bodies += [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    model.functions.extend(functions()[name] for name in sorted(called))
    onnx.checker.check_model(model)
    return model.SerializeToString()


@lru_cache(maxsize=256)
def step(form: Form) -> bytes:
    """Training: K steps, each on the rows that its row of `order` names.

    x [rows, 2], target [rows, outputs], order int64 [K, batch], rate; where the form has them: strength (of the penalty),
    keep0 … [K, batch, neurons] (dropout: 0 or 1 / share kept), and what the optimiser remembers: state0, … [parameters], all in
    one row, and count (the number of the first step, from 1). Returns all of these that change as NAME_next. The loss is left
    to `measure`: here it would be a fifth of the nodes, and nodes are what a small net's step costs.
    """
    outside, body = _Text(), _Text()
    _features(form, outside)
    outside.put("xs", "Gather(features, order)")
    outside.put("targets", "Gather(target, order)")
    outside.put("whole", "Shape <start = 1> (order)")
    outside.put("batch", "CastLike(whole, rate)")
    plain = form.optimiser == "sgd" and form.penalty == "none" and not form.batch_norm
    carried = (_descend if plain else _update)(form, outside, body)
    keeps = [f"keep{i}" for i in range(len(form.activations))] if form.dropout else []
    masks = [f"n{i + 1}] {keep}" for i, keep in enumerate(keeps)]
    types = {name: _shape(name) for name in form.parameters} | dict.fromkeys(form.memory, "float[parameters]")
    types |= {"count": "float"} if form.optimiser == "adam" else {}
    body_in = [*(f"{kind} {name}_now" for name, kind in carried.items()), "float[batch, n0] x_now",
               "float[batch, outputs] target_now", *(f"float[batch, {mask}_now" for mask in masks)]  # fmt: skip
    body_out = [f"{kind} {name}_after" for name, kind in carried.items()]
    inputs = [*(f"{kind} {name}" for name, kind in types.items()), "float[rows, 2] x", "float[rows, outputs] target",
              "int64[steps, batch] order", "float rate", *(["float strength"] if form.penalty != "none" else []),
              *(f"float[steps, batch, {mask}" for mask in masks)]  # fmt: skip
    outputs = [f"{kind} {name}_next" for name, kind in types.items()]
    end = _Text()
    if plain:
        for name in form.parameters:
            end.put(f"{name}_next", f"Squeeze({name}_row_last, first)" if name.startswith("b") else f"Identity({name}_last)")
    else:
        _apart(form, end, "flat_last", "_next")
        for name in (*form.memory, *(["count"] if form.optimiser == "adam" else [])):
            end.put(f"{name}_next", f"Identity({name}_last)")
    return assembled(f"""training_step ({", ".join(inputs)}) => ({", ".join(outputs)}) {{
  {outside}
  {", ".join(f"{name}_last" for name in carried)} = Scan <num_scan_inputs = {2 + len(keeps)},
    body = one_step ({", ".join(body_in)}) => ({", ".join(body_out)}) {{
  {body}
  }}> ({", ".join([*carried, "xs", "targets", *keeps])})
  {end}
}}""")


def _descend(form: Form, outside: _Text, body: _Text) -> dict[str, str]:
    """A step of plain descent: the gradient comes times −rate, so that parameters need only add it.

    Biases are rows, to which a Gemm can add. Returns what is carried from step to step, with its types.
    """
    outside.put("down", "Neg(rate)")
    outside.put("scale", "Div(down, batch)")
    outside.put("one", "Constant <value = int64[1] {1}> ()")
    outside.put("first", "Constant <value = int64[1] {0}> ()")
    outside.put("row", "Concat <axis = 0> (one, whole)")
    outside.put("ones", "ConstantOfShape <value = float[1] {1}> (row)")
    carried = {}
    for name in form.parameters:
        bias = name.startswith("b")
        carried[f"{name}_row" if bias else name] = f"float[1, n{int(name[1:]) + 1}]" if bias else _shape(name)
        if bias:
            outside.put(f"{name}_row", f"Unsqueeze({name}, first)")
            body.put(f"{name}_now", f"Identity({name}_row_now)")
    _forward(form, body, "x_now", "_now")
    body.call(f"{form.loss}_back", "by_answer", z="answer", target="target_now", scale="scale")
    _backward(form, body, "x_now", "_now", descend=True)
    for name in form.parameters:
        body.put(f"{name}_row_after" if name.startswith("b") else f"{name}_after", f"Identity({name}_next)")
    return carried


def _update(form: Form, outside: _Text, body: _Text) -> dict[str, str]:
    """A step of any other kind: all parameters in one row, so that the optimiser's nodes are there once."""
    outside.put("scale", "Reciprocal(batch)")
    outside.put("row", "Constant <value = int64[1] {-1}> ()")
    for name in form.parameters:
        outside.put(f"flat_{name}", f"Reshape({name}, row)")
        outside.put(f"size_{name}", f"Shape(flat_{name})")
        outside.put(f"shape_{name}", f"Shape({name})")
    outside.put("sizes", f"Concat <axis = 0> ({', '.join(f'size_{name}' for name in form.parameters)})")
    outside.put("flat", f"Concat <axis = 0> ({', '.join(f'flat_{name}' for name in form.parameters)})")
    _apart(form, body, "flat_now", "_now")
    _forward(form, body, "x_now", "_now")
    body.call(f"{form.loss}_back", "by_answer", z="answer", target="target_now", scale="scale")
    _backward(form, body, "x_now", "_now")
    for name in form.parameters:
        if form.penalty != "none" and name.startswith("w"):
            body.call(form.penalty, f"with_{name}", gradient=f"by_{name}", w=f"{name}_now", strength="strength")
        gradient = f"with_{name}" if form.penalty != "none" and name.startswith("w") else f"by_{name}"
        body.put(f"flat_by_{name}", f"Reshape({gradient}, row)")
    body.put("gradient", f"Concat <axis = 0> ({', '.join(f'flat_by_{name}' for name in form.parameters)})")
    states = {name: f"{name}_now" for name in form.memory}
    results = ", ".join(f"{name}_after" for name in ("flat", *states))
    body.call(form.optimiser, results, parameter="flat_now", gradient="gradient", rate="rate", count="count_now", **states)
    carried = dict.fromkeys(["flat", *states], "float[parameters]")
    if form.optimiser == "adam":
        body.put("unit", "Constant <value = float {1}> ()")
        body.put("count_after", "Add(count_now, unit)")
        carried["count"] = "float"
    return carried


def _apart(form: Form, text: _Text, flat: str, suffix: str) -> None:
    """All parameters of one row, each in its shape."""
    text.put(", ".join(f"{flat}_{name}" for name in form.parameters), f"Split <axis = 0> ({flat}, sizes)")
    for name in form.parameters:
        text.put(f"{name}{suffix}", f"Reshape({flat}_{name}, shape_{name})")


@lru_cache(maxsize=256)
def measure(form: Form) -> bytes:
    """A net on points: x [rows, 2] and target [rows, outputs] → `loss`, and `right`, the share of answers on the right side (or
    with the right one largest).

    For each layer `gradient0`, the root mean square of its weights' gradient; for each hidden one `mean0`, `variance0` (of what
    batch normalisation takes, by neuron) and `spread0`, `dead0`: the standard deviation of its answers, and the share of
    neurons whose answer is the same for all points.
    """
    text = _Text()
    _features(form, text)
    _forward(form, text, "features")
    text.call(form.loss, "loss", z="answer", target="target")
    text.put("one", "Constant <value = float {1}> ()")
    text.put("zero", "Constant <value = float {0}> ()")
    text.put("first", "Constant <value = int64[1] {0}> ()")
    text.put("least", "Constant <value = float {1e-6}> ()")
    text.put("answer_side", "Greater(answer, zero)")
    text.put("target_side", "Greater(target, zero)")
    text.put("outputs", "Shape <start = 1> (target)")
    text.put("best", "ArgMax <axis = 1> (answer)")
    text.put("true_best", "ArgMax <axis = 1> (target)")
    text.put("same_side", "Equal(answer_side, target_side)")
    text.put("same_best", "Equal(best, true_best)")
    text.put("next", "Constant <value = int64[1] {1}> ()")
    text.put("alone", "Equal(outputs, next)")
    text.put("on_side", "CastLike(same_side, one)")
    text.put("on_best", "CastLike(same_best, one)")
    text.put("agreed", "Where(alone, on_side, on_best)")
    text.put("right", "ReduceMean <keepdims = 0> (agreed)")
    text.put("rows", "Shape <end = 1> (x)")
    text.put("count", "CastLike(rows, one)")
    text.put("scale", "Reciprocal(count)")
    text.call(f"{form.loss}_back", "by_answer", z="answer", target="target", scale="scale")
    _backward(form, text, "features")
    outputs = ["float loss", "float right"]
    for i in range(len(form.activations) + 1):
        text.put(f"squares{i}", f"Mul(by_w{i}, by_w{i})")
        text.put(f"power{i}", f"ReduceMean <keepdims = 0> (squares{i})")
        text.put(f"gradient{i}", f"Sqrt(power{i})")
        outputs.append(f"float gradient{i}")
    for i in range(len(form.activations)):
        text.put(f"mean{i}", f"ReduceMean <keepdims = 0> (z{i}, first)")
        text.put(f"apart{i}", f"Sub(z{i}, mean{i})")
        text.put(f"apart_squared{i}", f"Mul(apart{i}, apart{i})")
        text.put(f"variance{i}", f"ReduceMean <keepdims = 0> (apart_squared{i}, first)")
        text.put(f"middle{i}", f"ReduceMean <keepdims = 0> (h{i})")
        text.put(f"off{i}", f"Sub(h{i}, middle{i})")
        text.put(f"off_squared{i}", f"Mul(off{i}, off{i})")
        text.put(f"off_power{i}", f"ReduceMean <keepdims = 0> (off_squared{i})")
        text.put(f"spread{i}", f"Sqrt(off_power{i})")
        text.put(f"high{i}", f"ReduceMax <keepdims = 0> (bent{i}, first)")
        text.put(f"low{i}", f"ReduceMin <keepdims = 0> (bent{i}, first)")
        text.put(f"range{i}", f"Sub(high{i}, low{i})")
        text.put(f"still{i}", f"Less(range{i}, least)")
        text.put(f"stills{i}", f"CastLike(still{i}, one)")
        text.put(f"dead{i}", f"ReduceMean <keepdims = 0> (stills{i})")
        n = f"n{i + 1}"
        outputs += [f"float[{n}] mean{i}", f"float[{n}] variance{i}", f"float spread{i}", f"float dead{i}"]
    inputs = f"{_ports(form.parameters)}, float[rows, 2] x, float[rows, outputs] target"
    return assembled(f"measure ({inputs}) => ({', '.join(outputs)}) {{\n  {text}\n}}")


_ONE, _HALF = "one = Constant <value = float {1}> ()", "half = Constant <value = float {0.5}> ()"
_CUT = ["low = Neg(one)", "cut = Clip(answer, low, one)"]
READ = {  # task, loss → what a person reads of the answer: a side from -1 to 1, a number for each class, a value
    ("binary", "squared"): ["output = Identity(answer)"],
    ("binary", "hinge"): [_ONE, *_CUT, "output = Identity(cut)"],
    ("binary", "binary_cross_entropy"): [_HALF, "halved = Mul(answer, half)", "output = Tanh(halved)"],
    ("classes", "squared"): [_ONE, _HALF, "above = Add(answer, one)", "output = Mul(above, half)"],
    ("classes", "hinge"): [_ONE, _HALF, *_CUT, "above = Add(cut, one)", "output = Mul(above, half)"],
    ("classes", "cross_entropy"): ["output = Softmax(answer)"],
    ("regression", "squared"): ["output = Identity(answer)"],
}


@lru_cache(maxsize=256)
def maps(form: Form, task: str, neurons: bool = True) -> bytes:
    """What all answer at x [rows, 2]: `features` [rows, n0], `h0` … [rows, neurons] and `output` [rows, outputs].

    The output is a side from -1 to 1, probabilities of classes, or a value. Without `neurons` there is only that. With batch
    normalisation the graph takes mean0, variance0, … too, as `measure` gives them.
    """
    text = _Text()
    _features(form, text)
    _forward(form, text, "features", still=True)
    text.lines += READ[task, form.loss]
    hidden = range(len(form.activations))
    inner = ["float[rows, n0] features", *(f"float[rows, n{i + 1}] h{i}" for i in hidden)] if neurons else []
    still = [f"float[n{i + 1}] {kind}{i}" for i in hidden for kind in ("mean", "variance")] if form.batch_norm else []
    inputs = ", ".join([_ports(form.parameters), *still, "float[rows, 2] x"])
    return assembled(f"maps ({inputs}) => ({', '.join([*inner, 'float[rows, outputs] output'])}) {{\n  {text}\n}}")
