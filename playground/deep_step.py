"""The graphs of a deep net in training: one graph for any depth, since its layers are the turns of an ONNX Scan.

Written layer by layer (training_step.py), forty layers with batch normalisation are two thousand nodes, and ONNX Runtime takes
a second to load them; here they are a hundred and take 30 ms, for the same speed and the same numbers. The functions are the
same, those that exporter/steps/pieces.py traced from torch.

Parameters, n neurons a layer: w0 [2, n] and b0 [n] of the first hidden layer; w [depth - 1, n, n] and b [depth - 1, n] of the
others, which may have shortcuts, h = x + f(x w + b); w_out [n, 1] and b_out [1]. With batch normalisation gain0 and shift0 [n],
gain and shift [depth - 1, n]. The loss is binary cross-entropy.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from playground.training_step import REMEMBERED, assembled, functions

SHAPES = {
    "w0": "2, n", "b0": "n", "gain0": "n", "shift0": "n",
    "w": "layers, n, n", "b": "layers, n", "gain": "layers, n", "shift": "layers, n",
    "w_out": "n, one", "b_out": "one",
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """What the nodes depend on; depth and width do not matter."""

    activation: str
    batch_norm: bool = False
    shortcuts: bool = False
    optimiser: str = "sgd"

    @property
    def parameters(self) -> list[str]:
        return [name for name in SHAPES if self.batch_norm or not name.startswith(("gain", "shift"))]

    @property
    def of_a_layer(self) -> list[str]:
        """Parameters that a turn of the Scan takes its slice of."""
        return [name for name in self.parameters if SHAPES[name].startswith("layers")]

    @property
    def memory(self) -> list[str]:
        """What the optimiser remembers, each for all parameters in one row."""
        return [f"state{i}" for i in range(REMEMBERED[self.optimiser])]

    @property
    def kept(self) -> list[str]:
        """What the way back needs of the way forward, of each layer."""
        bend = "bent" if "h" in functions()[f"{self.activation}_back"].input else "normal"
        return ["x", bend, *(["z"] if self.batch_norm else [])]


def _call(name: str, **values: str) -> str:
    """A traced function; of `values` it takes those that it names."""
    return f"steps.{name}({', '.join(values[port] for port in functions()[name].input)})"


def _types(names: list[str], end: str = "") -> list[str]:
    return [f"float[{SHAPES[name]}] {name}{end}" for name in names]


def _layer(form: Form, k: str, now: str) -> list[str]:
    """x → z → normal → bent of one layer, whose names end with `k`, the parameters' with `now`."""
    ports = {name: f"{name}{now}" for name in ("w", "b", "gain", "shift")}
    normal = _call("batch_norm", z=f"z{k}", **ports) if form.batch_norm else f"Identity(z{k})"
    return [
        f"z{k} = {_call('dense', x=f'x{k}', **ports)}",
        f"normal{k} = {normal}",
        f"bent{k} = {_call(form.activation, z=f'normal{k}')}",
    ]


def _layer_back(form: Form, k: str, now: str) -> list[str]:
    """by_h → by_w, by_b, by_gain, by_shift of one layer."""
    bend = _call(f"{form.activation}_back", gradient=f"by_h{k}", z=f"normal{k}", h=f"bent{k}")
    norm = _call("batch_norm_back", gradient=f"by_normal{k}", z=f"z{k}", gain=f"gain{now}") if form.batch_norm else ""
    return [
        f"by_normal{k} = {bend}",
        f"by_z{k}, by_gain{k}, by_shift{k} = {norm}" if norm else f"by_z{k} = Identity(by_normal{k})",
        f"by_w{k}, by_b{k} = {_call('dense_gradients', gradient=f'by_z{k}', x=f'x{k}')}",
    ]


def _forward(form: Form, x: str, now: str = "", answer_only: bool = False) -> list[str]:
    """From x [rows, 2] to `answer` [rows, 1], and `kept` of all layers on the way. Parameters' names end with `now`."""
    kept, sliced = [] if answer_only else form.kept, form.of_a_layer
    slices = [f"float[{SHAPES[name].removeprefix('layers, ')}] {name}_k" for name in sliced]
    return [
        f"x0 = Identity({x})",
        *_layer(form, "0", f"0{now}"),
        f"{', '.join(['top', *(f'{name}s' for name in kept)])} = Scan <num_scan_inputs = {len(sliced)}, body = layer",
        f"  ({', '.join(['float[rows, n] x_k', *slices])})",
        f"  => ({', '.join(f'float[rows, n] {name}' for name in ['h_k', *(f'{name}_kept' for name in kept)])}) {{",
        *_layer(form, "_k", "_k"),
        f"h_k = {'Add(bent_k, x_k)' if form.shortcuts else 'Identity(bent_k)'}",
        *(f"{name}_kept = Identity({name}_k)" for name in kept),
        f"}}> ({', '.join(['bent0', *(f'{name}{now}' for name in sliced)])})",
        f"answer = {_call('dense', x='top', w=f'w_out{now}', b=f'b_out{now}')}",
    ]


def _backward(form: Form, now: str = "") -> list[str]:
    """From target and scale to by_w0, by_w, … of all parameters."""
    given, found = ["w", *(["gain"] if form.batch_norm else [])], form.of_a_layer
    slices = [f"float[{SHAPES[name].removeprefix('layers, ')}] {name}_l" for name in given]
    results = [f"float[{SHAPES[name].removeprefix('layers, ')}] by_{name}_l" for name in found]
    kept = [f"float[rows, n] {name}_l" for name in form.kept]
    count = len(given) + len(kept)
    return [
        f"by_answer = {_call('binary_cross_entropy_back', z='answer', target=f'target{now}', scale='scale')}",
        f"by_w_out, by_b_out = {_call('dense_gradients', gradient='by_answer', x='top')}",
        f"by_top = {_call('dense_back', gradient='by_answer', w=f'w_out{now}')}",
        f"{', '.join(['by_h0', *(f'by_{name}' for name in found)])} = Scan <num_scan_inputs = {count},",
        f"  scan_input_directions = [{', '.join('1' * count)}], scan_output_directions = [{', '.join('1' * len(found))}],",
        f"  body = layer_back ({', '.join(['float[rows, n] by_h_l', *slices, *kept])})",
        f"  => ({', '.join(['float[rows, n] by_x_l', *results])}) {{",
        *_layer_back(form, "_l", "_l"),
        f"by_past = {_call('dense_back', gradient='by_z_l', w='w_l')}",
        f"by_x_l = {'Add(by_past, by_h_l)' if form.shortcuts else 'Identity(by_past)'}",
        f"}}> ({', '.join(['by_top', *(f'{name}{now}' for name in given), *(f'{name}s' for name in form.kept)])})",
        *_layer_back(form, "0", f"0{now}"),
    ]


@lru_cache(maxsize=64)
def step(form: Form) -> bytes:
    """Training: K steps, each on the rows that its row of `order` [K, batch] names.

    Takes the parameters, x [rows, 2], target [rows, 1], rate, and what the optimiser remembers: state0, … [parameters], all in
    one row, and count (the number of the first step, from 1). Returns all of these that change as NAME_next.
    """
    names, counts = form.parameters, ["count"] if form.optimiser == "adam" else []
    remembered = [*(f"float[parameters] {name}" for name in form.memory), *(f"float {name}" for name in counts)]
    carried = ["flat", *form.memory, *counts]
    typed = [f"float[parameters] {name}" for name in ("flat", *form.memory)] + [f"float {name}" for name in counts]
    after = [f"{kind}_after" for kind in typed]
    update = _call(
        form.optimiser, parameter="flat_now", gradient="gradient", rate="rate", count="count_now",
        **{name: f"{name}_now" for name in form.memory},
    )  # fmt: skip
    body = [
        f"{', '.join(f'flat_{name}_now' for name in names)} = Split <axis = 0> (flat_now, sizes)",
        *(f"{name}_now = Reshape(flat_{name}_now, shape_{name})" for name in names),
        *_forward(form, "x_now", "_now"),
        *_backward(form, "_now"),
        *(f"flat_by_{name} = Reshape(by_{name}, row)" for name in names),
        f"gradient = Concat <axis = 0> ({', '.join(f'flat_by_{name}' for name in names)})",
        f"{', '.join(f'{name}_after' for name in ('flat', *form.memory))} = {update}",
        *(["unit = Constant <value = float {1}> ()", "count_after = Add(count_now, unit)"] if counts else []),
    ]
    lines = [
        "batches = Gather(x, order)",
        "targets = Gather(target, order)",
        "whole = Shape <start = 1> (order)",
        "batch = CastLike(whole, rate)",
        "scale = Reciprocal(batch)",
        "row = Constant <value = int64[1] {-1}> ()",
        *(f"flat_{name} = Reshape({name}, row)" for name in names),
        *(f"size_{name} = Shape(flat_{name})" for name in names),
        *(f"shape_{name} = Shape({name})" for name in names),
        f"sizes = Concat <axis = 0> ({', '.join(f'size_{name}' for name in names)})",
        f"flat = Concat <axis = 0> ({', '.join(f'flat_{name}' for name in names)})",
        f"{', '.join(f'{name}_last' for name in carried)} = Scan <num_scan_inputs = 2, body = one_step",
        f"  ({', '.join([*(f'{kind}_now' for kind in typed), 'float[rows, 2] x_now', 'float[rows, one] target_now'])})",
        f"  => ({', '.join(after)}) {{",
        *body,
        f"}}> ({', '.join([*carried, 'batches', 'targets'])})",
        f"{', '.join(f'last_{name}' for name in names)} = Split <axis = 0> (flat_last, sizes)",
        *(f"{name}_next = Reshape(last_{name}, shape_{name})" for name in names),
        *(f"{name}_next = Identity({name}_last)" for name in (*form.memory, *counts)),
    ]
    inputs = [
        *_types(names),
        *remembered,
        "float[rows, 2] x",
        "float[rows, one] target",
        "int64[steps, batch] order",
        "float rate",
    ]
    return _graph("deep_step", inputs, [*_types(names, "_next"), *(f"{kind}_next" for kind in remembered)], lines)


@lru_cache(maxsize=64)
def measure(form: Form) -> bytes:
    """A net on points x [rows, 2], target [rows, 1], beside where it `began_w0`, `began_w`, `began_w_out`.

    Returns `loss`, `right` (the share of answers on the right side), and by layer, in double precision, since squares of a
    vanished gradient are below float32: `gradient` [depth + 1], the root mean square of the weights' gradient; `moved`
    [depth + 1], ‖w - began‖ / ‖began‖; `spread` [depth], the deviation of a neuron's answers from point to point, root mean
    square over the layer. With batch normalisation also mean0, variance0, mean and variance of what it takes, by neuron.
    """
    weights = ("w0", "w", "w_out")
    lines = [
        *_forward(form, "x"),
        f"loss = {_call('binary_cross_entropy', z='answer', target='target')}",
        "zero = Constant <value = float {0}> ()",
        "half = Constant <value = float {0.5}> ()",
        "said = Greater(answer, zero)",
        "true = Greater(target, half)",
        "same = Equal(said, true)",
        "same_wide = CastLike(same, half)",
        "right = ReduceMean <keepdims = 0> (same_wide)",
        "rows = Shape <end = 1> (x)",
        "count = CastLike(rows, half)",
        "scale = Reciprocal(count)",
        *_backward(form),
        "ahead = Constant <value = int64[1] {0}> ()",
        "last = Constant <value = int64[1] {-1}> ()",
        "last_two = Constant <value = int64[2] {-2, -1}> ()",
        "second_last = Constant <value = int64[1] {-2}> ()",
    ]
    for name in weights:
        several = "" if name == "w" else "_one"
        lines += [
            f"wide_{name} = Cast <to = 11> (by_{name})",
            f"square_{name} = Mul(wide_{name}, wide_{name})",
            f"power_{name}{several} = ReduceMean <keepdims = 0> (square_{name}, last_two)",
            f"now_{name} = Cast <to = 11> ({name})",
            f"then_{name} = Cast <to = 11> (began_{name})",
            f"way_{name} = Sub(now_{name}, then_{name})",
            f"length_{name} = ReduceL2 <keepdims = 0> (way_{name}, last_two)",
            f"size_{name} = ReduceL2 <keepdims = 0> (then_{name}, last_two)",
            f"share_{name}{several} = Div(length_{name}, size_{name})",
        ]
        if several:
            lines += [f"{kind}_{name} = Unsqueeze({kind}_{name}_one, ahead)" for kind in ("power", "share")]
    lines += [
        f"powers = Concat <axis = 0> ({', '.join(f'power_{name}' for name in weights)})",
        "gradient = Sqrt(powers)",
        f"moved = Concat <axis = 0> ({', '.join(f'share_{name}' for name in weights)})",
        # what a layer hands on is what the next one takes; the last hands on `top`
        "top_one = Unsqueeze(top, ahead)",
        "answers = Concat <axis = 0> (xs, top_one)",
        "answers_wide = Cast <to = 11> (answers)",
        "middle = ReduceMean <keepdims = 1> (answers_wide, second_last)",
        "off = Sub(answers_wide, middle)",
        "off_square = Mul(off, off)",
        "off_power = ReduceMean <keepdims = 0> (off_square, last_two)",
        "spread = Sqrt(off_power)",
    ]
    outputs = ["float loss", "float right", "double[all_layers] gradient", "double[all_layers] moved", "double[depth] spread"]
    if form.batch_norm:
        for k, z in (("0", "z0"), ("", "zs")):
            lines += [
                f"mean{k} = ReduceMean <keepdims = 0> ({z}, second_last)",
                f"kept_mean{k} = ReduceMean <keepdims = 1> ({z}, second_last)",
                f"apart{k} = Sub({z}, kept_mean{k})",
                f"apart_square{k} = Mul(apart{k}, apart{k})",
                f"variance{k} = ReduceMean <keepdims = 0> (apart_square{k}, second_last)",
            ]
            outputs += [f"float[{SHAPES[f'gain{k}']}] {kind}{k}" for kind in ("mean", "variance")]
    began = [f"float[{SHAPES[name]}] began_{name}" for name in weights]
    return _graph("measure", [*_types(form.parameters), *began, "float[rows, 2] x", "float[rows, one] target"], outputs, lines)


@lru_cache(maxsize=64)
def surface(form: Form) -> bytes:
    """What a net answers at x [rows, 2]: `side` [rows, 1] from -1 to 1, 2 · probability - 1.

    With batch normalisation it takes mean0, variance0, mean and variance too, as `measure` gives them, and folds them into the
    weights, (x w + b - mean) · gain / √(variance + 1e-5) + shift.
    """
    lines, still = [f"{name}_still = Identity({name})" for name in form.parameters if not form.batch_norm or "out" in name], []
    if form.batch_norm:
        lines += ["epsilon = Constant <value = float {1e-5}> ()", "last_but_one = Constant <value = int64[1] {-2}> ()"]
        for k in ("0", ""):
            still += [f"float[{SHAPES[f'gain{k}']}] {kind}{k}" for kind in ("mean", "variance")]
            lines += [
                f"above{k} = Add(variance{k}, epsilon)",
                f"deviation{k} = Sqrt(above{k})",
                f"factor{k} = Div(gain{k}, deviation{k})",
                f"factors{k} = Unsqueeze(factor{k}, last_but_one)",
                f"w{k}_still = Mul(w{k}, factors{k})",
                f"centred{k} = Sub(b{k}, mean{k})",
                f"scaled{k} = Mul(centred{k}, factor{k})",
                f"b{k}_still = Add(scaled{k}, shift{k})",
            ]
    lines += [
        *_forward(replace(form, batch_norm=False), "x", "_still", answer_only=True),
        "half = Constant <value = float {0.5}> ()",
        "halved = Mul(answer, half)",
        "side = Tanh(halved)",
    ]
    return _graph("surface", [*_types(form.parameters), *still, "float[rows, 2] x"], ["float[rows, one] side"], lines)


def _graph(name: str, inputs: list[str], outputs: list[str], lines: list[str]) -> bytes:
    text = "\n  ".join(lines)
    return assembled(f"{name} ({', '.join(inputs)}) => ({', '.join(outputs)}) {{\n  {text}\n}}")
