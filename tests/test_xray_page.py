"""The X-ray page by AppTest: strangers' files of all kinds, hostile ones, links, broken links; what it says is what is so."""

import numpy as np
import onnx
import pytest

from playground import catalog, sandbox, xray, xray_page
from tests import hostile, strangers
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/xray.py"


@pytest.fixture(autouse=True)
def uploads(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_UPLOADS", "on")


def dropped(content: bytes, app=None, key="upload", **query):
    app = app or opened(PAGE, lang="en", model="lenet5_mnist", **query)
    return app.file_uploader(key=key).set_value(("net.onnx", content, "")).run()


def errors(app) -> str:
    return "\n".join(error.value for error in app.error)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_ours_in_both_languages(language):
    app = opened(PAGE, lang=language)
    assert not app.exception and not app.error and not app.warning
    facts = catalog.facts(xray_page.DEFAULT)
    assert f"{facts['parameters']:,}" in said(app).replace("\xa0", ",")
    assert ("Compare" in said(app)) == (language == "en")


def test_uploads_are_off_where_it_is_hosted(monkeypatch):
    monkeypatch.delenv("PLAYGROUND_UPLOADS")
    app = opened(PAGE, lang="en", model="lenet5_mnist")
    assert not app.exception and not app.file_uploader
    assert "PLAYGROUND_UPLOADS=on" in said(app)


@pytest.mark.parametrize("name", ["alexnet", "mlp_mnist", "resnet_imagenette", "softmax"])
def test_ours_of_every_kind(name):
    app = opened(PAGE, lang="en", model=name)
    assert not app.exception and not app.error and not app.warning
    assert "to" in said(app) and "deviation" in said(app)  # of the tensor's values


@pytest.mark.parametrize("name", strangers.GRAPHS)
def test_a_strangers_graph_opens_and_runs(name):
    app = dropped(strangers.GRAPHS[name])
    assert not app.exception and not app.error and not app.warning
    assert "deviation" in said(app)
    for view in ("histogram", "numbers", "weights"):
        app.button_group(key="view-en").set_value(view).run()
        assert not app.exception and not app.error


@pytest.mark.parametrize("name", hostile.OPENED)
def test_a_hostile_file_is_refused_and_the_page_goes_on(name):
    content, code = hostile.OPENED[name]
    with pytest.raises(sandbox.Refused) as refused:
        sandbox.open(content)
    assert refused.value.code == code
    app = dropped(content)
    assert not app.exception
    assert errors(app) == str(refused.value)
    app.file_uploader(key="upload").set_value(None).run()
    assert not app.exception and not app.error and "deviation" in said(app)


@pytest.mark.parametrize("name", hostile.RUN)
def test_a_hostile_run_is_refused_but_seen(name):
    content, code = hostile.RUN[name]
    app = dropped(content)
    assert not app.exception
    assert "nodes" in said(app)
    assert app.warning if code == "operators" else app.error
    words = {"time": "was stopped", "memory": "more memory", "answer": "can be shown"}
    assert words.get(code, "") in errors(app)
    assert bool([button for button in app.button if button.label == "Try again"]) == (code == "time")


@pytest.mark.parametrize(("query", "warned"), [
    ({"model": "no_such_net"}, True),
    ({"model": "lenet5_mnist", "node": "nobody"}, True),
    ({"model": "lenet5_mnist", "at": "0.99.99"}, True),
    ({"model": "lenet5_mnist", "at": "x"}, True),
    ({"model": "lenet5_mnist", "at": "-1.0.0"}, True),
    ({"model": "lenet5_mnist", "with": "no_such_net"}, True),
    ({"model": "lenet5_mnist", "drawing": "!!!", "input": "drawing"}, True),
    ({"model": "lenet5_mnist", "view": "xx", "input": "xx", "sample": "xx", "seed": "-1"}, False),
])  # fmt: skip
def test_a_broken_link_still_opens(query, warned):
    app = opened(PAGE, lang="en", **query)
    assert not app.exception and not app.error
    assert bool(app.warning) == warned
    assert "deviation" in said(app)


def test_a_link_restores_node_view_and_noise():
    query = {"model": "lenet5", "node": "conv2", "view": "numbers", "input": "random", "seed": "7"}
    app = opened(PAGE, lang="en", **query)
    graph = xray_page.ours("lenet5")
    noise = np.random.default_rng(7).standard_normal((1, 1, 28, 28), np.float32)
    value = sandbox.run(graph.content, {"image": noise}, ("conv2",)).values["conv2"]
    table = next(element.value for element in app.markdown if element.value.startswith("| |"))
    cells = [line.split(" | ")[1:] for line in table.splitlines()[2:]]
    shown = [[float(cell.strip(" |").replace("−", "-")) for cell in row] for row in cells]
    assert np.allclose(shown, value[0, 0, : len(shown), : len(shown[0])], rtol=1e-3)


def test_a_pixel_s_receptive_field_is_the_xrays():
    content = strangers.classifier(13)
    app = dropped(content)
    node = next(node for node in sandbox.open(content).nodes if "relu" in node.outputs)
    app.query_params["node"], app.query_params["at"] = node.name, "3.5.6"
    app.run()
    assert not app.exception and not app.error
    expected = xray.receptive_field(onnx.load_from_string(content), "relu", (0, 3, 5, 6), {"x": (1, 3, 224, 224)}, "x")
    assert xray_page.part("x", expected) in said(app)


def test_nan_is_named():
    nodes = [strangers.node("Log", "x", "l"), strangers.node("Identity", "l", "y")]
    app = dropped(strangers.model(nodes, {"x": (strangers.FLOAT, [40])}, ["y"]), seed="0", input="random")
    negative = int((np.random.default_rng(0).standard_normal(40, np.float32) < 0).sum())
    assert f"{negative} of 40 are NaN, 0 are infinite" in said(app)


def test_two_graphs_side_by_side():
    app = opened(PAGE, lang="en", **{"model": "lenet5_mnist", "with": "mlp_mnist"})
    assert not app.exception and not app.error
    text = said(app)
    assert "| parameters | **61,706** | **238,510** |" in text
    other = dropped(catalog.path("lenet5_mnist").read_bytes(), app, "other")
    assert not other.exception
    assert "0 changed, 0 only in the first, 0 only in the second" in said(other)
    weights = len(onnx.load(catalog.path("lenet5_mnist")).graph.initializer)
    assert f"{weights} of {weights} are equal number for number" in said(other)
