"""Batch norm in evaluation is a scale and a shift of each map, which the convolution before it can do by itself."""

import copy
from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(net: nn.Module) -> nn.Module:
    """A copy of `net` in evaluation mode, the same function without batch norm: w ← w γ/σ, b ← β - μ γ/σ.

    Folds each convolution that is followed by batch norm within an `nn.Sequential`; the names of all else stay.
    """
    net = copy.deepcopy(net).eval()
    for chain in [module for module in net.modules() if isinstance(module, nn.Sequential)]:
        for (index, layer), (follower, norm) in pairwise(list(chain.named_children())):
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                chain.add_module(index, fuse_conv_bn_eval(layer, norm))
                chain.add_module(follower, nn.Identity())
    return net
