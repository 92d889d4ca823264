"""The gradient of a convolution as a graph, and the loss once more in float64 for numeric derivatives: ONNX text.

y = x ∗ w, one window a position: y_pq = Σ_ij w_ij x_{ps+i-o, qs+j-o} with stride s and padding o. The chain rule over all
positions gives ∂L/∂w_ij = Σ_pq ∂L/∂y_pq x_{ps+i-o, qs+j-o}: the input correlated with the outputs' gradient, stride turned into
dilation; and ∂L/∂x = the outputs' gradient, fully convolved with the flipped kernel (Dumoulin & Visin 2016, arXiv:1603.07285).
The gradient graph is made of float32 Conv nodes; the numeric derivative runs another graph, of windows and Einsum in float64
(ONNX Runtime has no double Conv), so that the two have nothing in common but the definition.
"""

import numpy as np

LOSSES = ("given", "squares", "entropy")

_LOSS = {  # of y and t [p, q], summed over what lies before: lines for the forward graph, lines for ∂L/∂y
    "given": ("terms = Mul(y, t)", "dy = Expand(t, shape)"),
    "squares": (
        """error = Sub(y, t)
 square = Mul(error, error)
 half = Constant <value = {kind} {{0.5}}> ()
 terms = Mul(square, half)""",
        "dy = Identity(error)",
    ),
    "entropy": (
        """flat = Constant <value = int64[3] {{0, 0, -1}}> ()
 logits = Reshape(y, flat)
 logs = LogSoftmax <axis = -1> (logits)
 log_p = Reshape(logs, shape)
 product = Mul(t, log_p)
 terms = Neg(product)""",
        """p = Exp(log_p)
 all_t = ReduceSum <keepdims = 0> (t)
 share = Mul(p, all_t)
 dy = Sub(share, t)""",
    ),
}


def output_shape(x: tuple, w: tuple, stride: int, padding: int) -> tuple[int, int]:
    """Rows and columns that the kernel's window reaches. Raises ValueError where it fits nowhere."""
    rows, columns = ((side + 2 * padding - kernel) // stride + 1 for side, kernel in zip(x[-2:], w[-2:], strict=True))
    if rows < 1 or columns < 1:
        raise ValueError("the kernel is larger than the padded input")
    return rows, columns


def backward(kernel: tuple[int, int], input_side: tuple[int, int], stride: int, padding: int, loss: str) -> str:
    """The gradient graph as ONNX text: x [n,c,h,w], w [m,c,i,j], t [p,q], rate → y, L, dy, dw, dx, w_next, all float32."""
    pads = [padding] * 4
    if stride == 1 and padding < min(kernel):
        around = [kernel[0] - 1 - padding, kernel[1] - 1 - padding] * 2
        dx = f"""ends = Constant <value = int64[2] {{-1, -1}}> ()
 starts = Constant <value = int64[2] {{-{kernel[0] + 1}, -{kernel[1] + 1}}}> ()
 turned = Slice(w, ends, starts, axes, ends)
 swapped = Transpose <perm = [1, 0, 2, 3]> (turned)
 dx = Conv <pads = {around}> (dy, swapped)"""
    else:
        unseen = [(side + 2 * padding - k) % stride for side, k in zip(input_side, kernel, strict=True)]
        dx = f"dx = ConvTranspose <strides = {[stride] * 2}, pads = {pads}, output_padding = {unseen}> (dy, w)"
    forward_loss, gradient = (lines.format(kind="float") for lines in _LOSS[loss])
    return f"""backward (float[n,c,h,w] x, float[m,c,i,j] w, float[p,q] t, float rate) => (
 float[n,m,p,q] y, float L, float[n,m,p,q] dy, float[m,c,i,j] dw, float[n,c,h,w] dx, float[m,c,i,j] w_next) {{
 y = Conv <strides = {[stride] * 2}, pads = {pads}> (x, w)
 shape = Shape(y)
 {forward_loss}
 L = ReduceSum <keepdims = 0> (terms)
 {gradient}
 x_by_channel = Transpose <perm = [1, 0, 2, 3]> (x)
 dy_by_filter = Transpose <perm = [1, 0, 2, 3]> (dy)
 correlated = Conv <dilations = {[stride] * 2}, pads = {pads}> (x_by_channel, dy_by_filter)
 zero = Constant <value = int64[2] {{0, 0}}> ()
 size = Constant <value = int64[2] {{{kernel[0]}, {kernel[1]}}}> ()
 axes = Constant <value = int64[2] {{2, 3}}> ()
 cut = Slice(correlated, zero, size, axes)
 dw = Transpose <perm = [1, 0, 2, 3]> (cut)
 {dx}
 move = Mul(rate, dw)
 w_next = Sub(w, move)
}}"""


def forward(kernel: tuple[int, int], output: tuple[int, int], stride: int, padding: int, loss: str) -> str:
    """The loss in float64 as ONNX text, without Conv: x [n,1,h,w], w [m,1,i,j], t [p,q] → L [n,m], each filter's own."""

    def windows(k: int, out: int) -> str:
        places = np.arange(k)[:, None] + stride * np.arange(out)
        return f"int64[{k},{out}] {{{', '.join(map(str, places.ravel()))}}}"

    return f"""forward (double[n,c,h,w] x, double[m,c,i,j] w, double[p,q] t) => (double[n,m] L) {{
 pads = Constant <value = int64[8] {{0, 0, {padding}, {padding}, 0, 0, {padding}, {padding}}}> ()
 padded = Pad(x, pads)
 rows = Constant <value = {windows(kernel[0], output[0])}> ()
 columns = Constant <value = {windows(kernel[1], output[1])}> ()
 strips = Gather <axis = 2> (padded, rows)
 windows = Gather <axis = 4> (strips, columns)
 y = Einsum <equation = "ncipjq,mcij->nmpq"> (windows, w)
 shape = Shape(y)
 {_LOSS[loss][0].format(kind="double")}
 area = Constant <value = int64[2] {{2, 3}}> ()
 L = ReduceSum <keepdims = 0> (terms, area)
}}"""


DIFFERENCE = """central_difference (double[a,b] plus, double[a,b] minus, double h) => (double[a,b] slope) {
 rise = Sub(plus, minus)
 run = Add(h, h)
 slope = Div(rise, run)
}"""

# ∂L/∂w1 as the slide prints it: ∂L/∂a·x11 + ∂L/∂b·x12 + ∂L/∂c·x22 + ∂L/∂d·x12; indices from 0, in the order a, b, c, d
PRINTED = ((0, 0), (0, 1), (1, 1), (0, 1))
RIGHT = ((0, 0), (0, 1), (1, 0), (1, 1))


def formula(places: tuple[tuple[int, int], ...]) -> str:
    """∂L/∂w1 by a formula that multiplies ∂L/∂a, ∂L/∂b, … by the inputs at `places`, as ONNX text."""
    return f"""formula (float[3,3] x, float[4] dy) => (float sum) {{
 places = Constant <value = int64[4,2] {{{", ".join(str(index) for place in places for index in place)}}}> ()
 picked = GatherND(x, places)
 terms = Mul(dy, picked)
 sum = ReduceSum <keepdims = 0> (terms)
}}"""
