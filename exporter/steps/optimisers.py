"""Optimisers as functions of one parameter: (parameter, gradient, its state, rate) → the same after a step.

Each is torch's own of that name with its defaults, which tests compare; `STATE` says how many tensors of the parameter's shape
each remembers. `count` is the number of the step, from 1.
"""

from collections.abc import Callable

from torch import Tensor

Update = Callable[[Tensor, Tensor, tuple[Tensor, ...], Tensor, Tensor], tuple[Tensor, tuple[Tensor, ...]]]
MOMENTUM, SECOND = 0.9, 0.999
EPSILON = 1e-7  # torch's 1e-8 would be lost in the export, see trace.SMALLEST


def sgd(parameter, gradient, state, rate, count):
    return parameter - rate * gradient, ()


def momentum(parameter, gradient, state, rate, count):
    """Polyak 1964: the velocity remembers."""
    velocity = MOMENTUM * state[0] + gradient
    return parameter - rate * velocity, (velocity,)


def nesterov(parameter, gradient, state, rate, count):
    """Nesterov 1983, as Sutskever et al. 2013 write it: look where the velocity leads."""
    velocity = MOMENTUM * state[0] + gradient
    return parameter - rate * (gradient + MOMENTUM * velocity), (velocity,)


def adagrad(parameter, gradient, state, rate, count):
    """Duchi, Hazan, Singer 2011: each weight's rate falls with what it has moved."""
    squares = state[0] + gradient * gradient
    return parameter - rate * gradient / (squares.sqrt() + EPSILON), (squares,)


def rmsprop(parameter, gradient, state, rate, count):
    """Tieleman, Hinton 2012: the same, but forgetting."""
    squares = 0.99 * state[0] + 0.01 * gradient * gradient
    return parameter - rate * gradient / (squares.sqrt() + EPSILON), (squares,)


def adam(parameter, gradient, state, rate, count):
    """Kingma, Ba 2015, arXiv:1412.6980: momentum and RMSProp, both unbiased."""
    first = MOMENTUM * state[0] + (1 - MOMENTUM) * gradient
    second = SECOND * state[1] + (1 - SECOND) * gradient * gradient
    unbiased = first / (1 - MOMENTUM**count), second / (1 - SECOND**count)
    return parameter - rate * unbiased[0] / (unbiased[1].sqrt() + EPSILON), (first, second)


OPTIMISERS: dict[str, Update] = {f.__name__: f for f in (sgd, momentum, nesterov, adagrad, rmsprop, adam)}
STATE = {"sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "adam": 2}
