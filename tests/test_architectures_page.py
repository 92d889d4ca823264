"""The architectures lesson: its numbers are the slides', its links restore it, its files are real."""

import re

import onnx
import pytest

from playground import architectures, catalog
from playground.architectures import chain
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/architectures.py"


def metrics(app):
    return [metric.value for metric in app.metric]


def test_two_small_kernels_against_a_large_one():
    """The slide: 18 weights against 25; both see 5x5."""
    assert (chain(((5, 5),), (1, 1), 28).weights, chain(((3, 3),) * 2, (1, 1, 1), 28).weights) == (25, 18)
    assert chain(((3, 3),) * 2, (1, 1, 1), 28).field == chain(((5, 5),), (1, 1), 28).field == (5, 5)


def test_a_column_and_a_row():
    """The slide: 6 weights instead of 9."""
    column_and_row = chain(((3, 1), (1, 3)), (1, 1, 1), 17)
    assert (column_and_row.weights, column_and_row.field) == (6, (3, 3))


def test_the_bottleneck_of_the_slide():
    """28x28x64: 128 of 5x5 directly, or through 10 of 1x1; the arithmetic of the slide."""
    direct, through = chain(((5, 5),), (64, 128), 28), chain(((1, 1), (5, 5)), (64, 10, 128), 28)
    assert direct.macs == 28 * 28 * 5 * 5 * 64 * 128
    assert through.macs == 28 * 28 * (64 * 10 + 5 * 5 * 10 * 128)
    assert (direct.weights, through.weights) == (204_800, 32_640)


def test_the_page_shows_the_slide_s_numbers():
    app = opened(PAGE, lang="en", argument="bottleneck")
    assert {"204,800", "32,640", "160,563,200", "25,589,760"} <= set(metrics(app))


@pytest.mark.parametrize("measure", ["error", "parameters", "macs"])
def test_the_chart_holds_every_net_s_fact(measure):
    figure = architectures.timeline(measure, "alexnet")
    keys = ("top5_error", "top5_error_ensemble") if measure == "error" else (measure,)
    for trace, key in zip(figure.data, keys, strict=True):
        assert list(trace.y) == [catalog.facts(name)[key] for name in trace.customdata]
    if measure == "error":  # the lectures' figures
        assert dict(zip(figure.data[0].customdata, figure.data[0].y, strict=True)) == {
            "alexnet": 15.4, "vgg16": 6.8, "googlenet": 6.7, "inception_v3": 4.2, "resnet152": 3.75}  # fmt: skip
        assert dict(zip(figure.data[1].customdata, figure.data[1].y, strict=True)) == {
            "alexnet": 11.7, "inception_v3": 3.8, "resnet152": 3.57, "inception_resnet_v2": 3.08}  # fmt: skip


def test_twice_the_side_is_four_times_the_work():
    """Also: half the width a quarter of the weights, nearly; parameters do not see the side."""
    relatives = ((224,), (448,), (224, 0.5))
    paper, large, narrow = (architectures.costs(architectures.nodes("resnet50", *relative)) for relative in relatives)
    assert large.parameters == paper.parameters
    assert large.macs == pytest.approx(4 * paper.macs, rel=0.01)
    assert narrow.macs == pytest.approx(paper.macs / 4, rel=0.05)  # the stem's three colours stay three


def test_the_table_lists_every_parameter():
    rows = architectures.table(architectures.nodes("googlenet")).splitlines()[2:]
    counted = sum(int(row.split("|")[4].replace(",", "") or 0) for row in rows)
    assert counted == 6_998_552


def test_the_slide_s_softmax_answers_one_and_the_sigmoid_does_not():
    app = opened(PAGE, lang="en", net="keras_small")
    table = architectures.softmax_of_one()
    assert table in said(app)
    softmax, sigmoid = (re.findall(r"[\d.]+", line) for line in table.splitlines()[2:])
    assert set(softmax) == {"1"} and len(set(sigmoid)) > 1


@pytest.mark.parametrize("query", [
    {"net": "nosuch", "side": "many", "width": "-1", "chart": "x", "argument": "y", "export": "z", "batch": "0"},
    {"net": "vgg16", "side": "99999"},
])  # fmt: skip
def test_a_broken_link_opens_the_default(query):
    app = opened(PAGE, lang="en", **query)
    assert not app.exception and not app.error


def test_a_link_restores_the_relative():
    app = opened(PAGE, lang="ru", net="resnet18", side="320", width="0.5")
    assert not app.exception and metrics(app)[0] == "3,06 млн"  # torch: sum over ARCHITECTURES["resnet18"].build(width=0.5)


def test_too_small_an_image_is_said():
    app = opened(PAGE, lang="en", net="inception_v3", side="96")
    app.run()
    assert not app.exception
    app = opened(PAGE, lang="en", net="alexnet", side="64")
    assert not app.exception


def test_a_file_is_made_on_the_page(tmp_path):
    app = opened(PAGE, lang="en", export="lenet5", precision="fp16")
    app.button(key="make").click().run()
    assert not app.exception and not app.error
    wish, made = app.session_state["made"]
    assert (wish.name, wish.precision) == ("lenet5", "fp16")
    onnx.checker.check_model(onnx.load_from_string(made.content), full_check=True)
    assert "differs from fp32 by" in said(app)


def test_a_hosted_server_makes_no_giants(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_UPLOADS", "off")
    app = opened(PAGE, lang="en", export="vgg16")
    assert "553 MB" in "".join(info.value for info in app.info) and not [b for b in app.button if b.key == "make"]
