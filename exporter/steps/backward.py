"""Backward passes that ONNX has no operator for, in operators that it has.

The gradient of a convolution by its input is a convolution with the flipped kernel, channels swapped: transposed where it has a
stride. By its weights it is a correlation of input and output gradient in which the batch plays the channels, and stride and
dilation change places. Average pooling goes back by spreading evenly, maximum pooling to where the maximum was.
"""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch._decomp import core_aten_decompositions, get_decompositions

from exporter.export import ExportError

aten = torch.ops.aten


def convolution_backward(
    gradient: Tensor, x: Tensor, weight: Tensor, bias_sizes, stride, padding, dilation, transposed, output_padding, groups, mask
):
    """(by input, by weight, by bias) as aten.convolution_backward; 2-D, one group, not transposed."""
    if transposed or groups != 1 or len(stride) != 2:
        raise ExportError("no backward pass of grouped, transposed or other than 2-D convolutions")
    by_input = by_weight = by_bias = None
    if mask[0]:
        by_input = _by_input(gradient, x, weight, stride, padding, dilation)
    if mask[1]:
        by_weight = F.conv2d(x.transpose(0, 1), gradient.transpose(0, 1), None, dilation, padding, stride).transpose(0, 1)
        by_weight = by_weight[:, :, : weight.shape[2], : weight.shape[3]]  # rows that no stride reached
    if mask[2]:
        by_bias = gradient.sum((0, 2, 3))
    return by_input, by_weight, by_bias


def _by_input(gradient: Tensor, x: Tensor, weight: Tensor, stride, padding, dilation) -> Tensor:
    """Always transposed: at stride 1 ONNX Runtime takes four times as long for a convolution with the flipped kernel."""
    whole = F.conv_transpose2d(gradient, weight, None, stride, 0, 0, 1, dilation)
    missing = [max(0, x.shape[2 + axis] + 2 * padding[axis] - whole.shape[2 + axis]) for axis in (0, 1)]
    whole = F.pad(whole, (0, missing[1], 0, missing[0])) if any(missing) else whole
    return whole[:, :, padding[0] : padding[0] + x.shape[2], padding[1] : padding[1] + x.shape[3]]


def max_pool2d_backward(gradient: Tensor, x: Tensor, kernel, stride, padding, dilation, ceil_mode, indices: Tensor) -> Tensor:
    """As aten.max_pool2d_with_indices_backward, for windows that neither overlap nor leave a rest; ties share."""
    stride = stride or kernel
    if list(stride) != list(kernel) or any(padding) or any(size % step for size, step in zip(x.shape[2:], kernel, strict=True)):
        raise ExportError("no backward pass of maximum pooling with overlapping or padded windows, or a rest")
    at_maximum = (x == _spread(F.max_pool2d(x, kernel), kernel)).to(x.dtype)
    ties = F.conv2d(at_maximum, _ones(x, kernel), None, kernel, groups=x.shape[1])
    return at_maximum * _spread(gradient / ties, kernel)


def avg_pool2d_backward(gradient: Tensor, x: Tensor, kernel, stride, padding, ceil_mode, count_include_pad, divisor) -> Tensor:
    """As aten.avg_pool2d_backward, for windows that neither overlap nor leave a rest."""
    stride = stride or kernel
    if list(stride) != list(kernel) or any(padding) or any(size % step for size, step in zip(x.shape[2:], kernel, strict=True)):
        raise ExportError("no backward pass of average pooling with overlapping or padded windows, or a rest")
    return _spread(gradient / (divisor or kernel[0] * kernel[1]), kernel)


def _spread(maps: Tensor, kernel) -> Tensor:
    """Each number to all of its window: [n, c, h, w] → [n, c, h kernel, w kernel]; ten times as fast as Expand."""
    return F.conv_transpose2d(maps, _ones(maps, kernel), None, kernel, groups=maps.shape[1])


def _ones(maps: Tensor, kernel) -> Tensor:
    """The kernel of a sum over a window, each map for itself."""
    return maps.new_ones(maps.shape[1], 1, *kernel)


DECOMPOSITIONS = {
    **core_aten_decompositions(),
    **get_decompositions([aten.nll_loss_forward]),  # ONNX's exporter makes up its second output, the total weight
    aten.convolution_backward.default: convolution_backward,
    aten.max_pool2d_with_indices_backward.default: max_pool2d_backward,
    aten.avg_pool2d_backward.default: avg_pool2d_backward,
}
