"""Every registered architecture against the number of parameters that others publish, and its shapes; no weights are made."""

import pytest
import torch
from torch import nn

from exporter.architectures import ARCHITECTURES

CLASSES = {"lenet5": 10, "mlp": 10, "softmax": 10, "keras_small": 1}  # the others: ImageNet's 1000


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


@pytest.mark.parametrize(
    ("blocks", "parameters"),
    [((3, 3, 3), 269_722), ((9, 9, 9), 853_018)],  # He et al., table 6: 0.27 and 0.85 million
)
def test_small_resnets(blocks, parameters):
    small = {"blocks": blocks, "classes": 10, "small_stem": True}
    assert round(parameters / 1e6, 2) == {3: 0.27, 9: 0.85}[blocks[0]]
    plain, residual = (count(on_meta_resnet(**small, shortcuts=shortcuts)) for shortcuts in (False, True))
    assert plain == parameters
    assert residual - plain == 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64  # two 1x1 shortcuts with batch norm


def on_meta_resnet(**arguments) -> nn.Module:
    from exporter.architectures.resnet import ResNet

    with torch.device("meta"):
        return ResNet(**arguments)


def test_the_slides_softmax_of_one_unit_always_answers_one():
    images = torch.rand(5, 1, 28, 28)
    build = ARCHITECTURES["keras_small"].build
    assert (build()(images) == 1).all()
    assert build(sigmoid=True)(images).std() > 0
    assert build(classes=2)(images).std() > 0
