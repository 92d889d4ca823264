"""The six photo classifiers without data and without training: graphs, framing, augmentation, folding of batch norm."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from exporter.architectures import ARCHITECTURES
from exporter.export import compare, load_weights, runner, to_onnx
from exporter.photos import DEVIATION, MEAN, PhotoFraming
from exporter.recipes import RECIPES
from exporter.training.augment_photos import photographed
from exporter.training.fold import folded

NAMES = [name for name in RECIPES if name.endswith("_imagenette")]


def randomised(net: torch.nn.Module) -> torch.nn.Module:
    """As after training: no bias is zero, no statistic is at its start."""
    for name, tensor in net.state_dict().items():
        if tensor.dim() == 1:
            tensor.uniform_(0.5, 1.5) if name.endswith(("weight", "var")) else tensor.normal_(std=0.1)
    return net.eval()


@pytest.mark.parametrize("name", NAMES)
def test_graph_is_what_torch_computes(name):
    """Exports, agrees on the probes (odd sizes among them), keeps taps and weights under their names, fits 8 MB."""
    recipe = RECIPES[name]
    torch.manual_seed(0)
    module = randomised(recipe.module())
    model = to_onnx(recipe, module)
    assert compare(recipe, module, model) < 1e-4
    assert set(recipe.taps.values()) <= {output for node in model.graph.node for output in node.output}
    assert len(model.SerializeToString()) < 7_900_000
    image = torch.randint(256, (2, 53, 211, 3), dtype=torch.uint8)
    answer = runner(recipe, model)({"image": image.numpy()})["probabilities"]
    with torch.inference_mode():
        again = load_weights(recipe.module(), model)(image).numpy()
    assert answer.shape == (2, 10)
    np.testing.assert_allclose(answer.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(answer, again, atol=1e-5)


@pytest.mark.parametrize("name", ["vgg16", "googlenet", "inception_v3", "resnet18", "resnet50", "mobilenet_v2"])
def test_folding_changes_nothing_but_the_number_of_layers(name):
    norm = {"batch_norm": True} if name in ("vgg16", "googlenet") else {}
    hidden = {"hidden": None} if name == "vgg16" else {}
    torch.manual_seed(0)
    net = randomised(ARCHITECTURES[name].build(classes=10, width=0.25, **norm, **hidden))
    images, without = torch.randn(2, 3, 96, 96), folded(net)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in without.modules())
    with torch.inference_mode():
        expected = net(images)
        assert (without(images) - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.mark.parametrize(("height", "width"), [(112, 112), (300, 224), (61, 81)])
def test_framing_is_antialiased_bilinear(height, width):
    """Against torch's filter to 0.03 of 255 (the window around the square lets borders differ), and Pillow's to rounding."""
    image = torch.randint(256, (2, height, width, 3), dtype=torch.uint8)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[:, top : top + side, left : left + side]
    pixels = (torch.tensor(DEVIATION)[:, None, None] * PhotoFraming(112)(square) + torch.tensor(MEAN)[:, None, None]) * 255
    filtered = F.interpolate(square.permute(0, 3, 1, 2).float(), (112, 112), mode="bilinear", antialias=True)
    assert (pixels - filtered).abs().max() < 0.03
    pillow = Image.fromarray(square[0].numpy()).resize((112, 112), Image.Resampling.BILINEAR)
    assert np.abs(pixels[0].permute(1, 2, 0).numpy() - np.asarray(pillow)).max() < 1.1
    whole = PhotoFraming(112)(image)  # differs from the square at most where its border sees what lies beside it
    assert (whole - PhotoFraming(112)(square))[..., 4:-4, 4:-4].abs().max() < 1e-4


def test_augmentation_follows_from_its_seed_and_keeps_shape():
    images = torch.randint(256, (5, 112, 112, 3), dtype=torch.uint8)
    once, twice = (photographed(images, 64, torch.Generator().manual_seed(3)) for _ in range(2))
    assert once.shape == (5, 3, 64, 64) and once.isfinite().all()
    assert torch.equal(once, twice)
    assert not torch.equal(once, photographed(images, 64, torch.Generator().manual_seed(4)))
