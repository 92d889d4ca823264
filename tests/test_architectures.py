"""Every registered architecture against the number of parameters that others publish, and its shapes; no weights are made."""

import pytest
import torch
from torch import nn

from exporter.architectures import ARCHITECTURES

CLASSES = {
    **dict.fromkeys(("lenet5", "mlp", "softmax", "plain20", "plain56", "resnet20", "resnet56"), 10),
    "keras_small": 1,
}  # the others: ImageNet's 1000


def count(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def on_meta(name: str, **arguments) -> nn.Module:
    with torch.device("meta"):
        return ARCHITECTURES[name].build(**arguments)


@pytest.fixture(params=ARCHITECTURES)
def architecture(request):
    return ARCHITECTURES[request.param]


def test_parameters_are_the_published_ones(architecture):
    assert count(on_meta(architecture.name)) == architecture.parameters


def test_taps_and_output(architecture):
    net, seen = on_meta(architecture.name).eval(), []
    for tap in architecture.taps:
        net.get_submodule(tap).register_forward_hook(lambda _, __, output, tap=tap: seen.append((tap, output)))
    logits = net(torch.zeros(2, *architecture.input, device="meta"))
    assert logits.shape == (2, CLASSES.get(architecture.name, 1000))
    assert tuple(tap for tap, _ in seen) == architecture.taps  # each once, in order
    assert seen[-1][1] is logits


@pytest.mark.parametrize(
    ("name", "parameters", "returned"),
    [("googlenet", 13_378_280, 3), ("inception_v3", 27_161_264, 2)],  # Caffe's bvlc_googlenet, torchvision
)
def test_auxiliary_heads_work_in_training_only(name, parameters, returned):
    net, images = on_meta(name, aux=True), torch.zeros(2, *ARCHITECTURES[name].input, device="meta")
    assert count(net) == parameters
    assert [tuple(logits.shape) for logits in net.train()(images)] == [(2, 1000)] * returned
    assert net.eval()(images).shape == (2, 1000)


def test_the_slides_softmax_of_one_unit_always_answers_one():
    images = torch.rand(5, 1, 28, 28)
    build = ARCHITECTURES["keras_small"].build
    assert (build()(images) == 1).all()
    assert build(sigmoid=True)(images).std() > 0
    assert build(classes=2)(images).std() > 0


def test_untrained_signals_stay_in_bounds():
    """An untrained graph is shown and compared with torch: its logits should be neither dead nor huge."""
    for name in ("resnet50", "resnet152", "mobilenet_v2", "googlenet"):
        torch.manual_seed(0)
        with torch.inference_mode():
            deviation = ARCHITECTURES[name].build().eval()(torch.rand(1, *ARCHITECTURES[name].input)).std()
        assert 0.1 < deviation < 10, name
