"""LeNet-5's lesson by AppTest: links whole and broken, the question graded by a run."""

import subprocess
import sys

import pytest

from playground import lenet_data, lenet_live, lenet_run
from playground.lenet_run import Settings
from tests.test_lenet_live import mnist, parquet  # noqa: F401
from tests.test_pages import ROOT, as_served, opened, said  # noqa: F401

PAGE = "pages/lenet_live.py"


@pytest.fixture(autouse=True)
def without_mnist(monkeypatch):
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)


def test_the_lesson_needs_no_heavy_package():
    program = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "app = AppTest.from_file('streamlit_app.py', default_timeout=60).run(); "
        "app.switch_page('pages/lenet_live.py').run(); assert not app.exception and app.header; "
        "print(*{'torch', 'sklearn', 'scipy', 'pandas', 'joblib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def run_of(app):
    return app.session_state[lenet_live.RUN]


@pytest.mark.parametrize("query", [
    {"trained": "2001"}, {"trained": "-1"}, {"trained": "²"}, {"trained": "x"}, {"drawing": "="}, {"drawing": "AA"},
    {"data": "mnist"},
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_damaged_link_warns_and_opens(query, language):
    app = opened(PAGE, lang=language, **query)
    assert not app.exception and not app.error
    assert len(app.warning) == 1
    assert any("а" <= letter <= "я" for letter in app.warning[0].value) == (language == "ru")
    assert run_of(app).step == 0


@pytest.mark.parametrize("query", [
    {"optimiser": "x"}, {"rate": "7"}, {"batch": "7"}, {"seed": "x"}, {"data": "x"}, {"rate": "nan", "batch": "-1"},
])  # fmt: skip
def test_an_unknown_choice_is_passed_over(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error and not app.warning
    assert run_of(app).settings == Settings()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_the_settings_in_any_language(language):
    app = opened(PAGE, lang=language, optimiser="momentum", rate="0.05", batch="64", seed="17", trained="40")
    assert not app.exception and not app.warning
    assert run_of(app).settings == Settings("sklearn", "momentum", 0.05, 64, 17)
    assert app.selectbox(key=f"optimiser-{language}").value == "momentum"
    assert app.select_slider(key=f"rate-momentum-{language}").value == "0.05"


def test_another_optimiser_begins_with_a_rate_of_its_own_and_from_the_start():
    app = opened(PAGE, lang="en", rate="0.003", trained="40")
    app.selectbox(key="optimiser-en").set_value("sgd").run()
    assert run_of(app).settings.rate == lenet_run.RATES["sgd"] and "trained" not in app.query_params
    app.query_params["trained"] = "20"
    app.number_input(key="seed").set_value(5).run()
    assert run_of(app).settings.seed == 5 and "trained" not in app.query_params


def test_another_language_keeps_the_run():
    app = opened(PAGE, lang="en")
    run_of(app).to(12)
    app.query_params["lang"] = "ru"
    app.session_state["lang"] = "ru"
    app.run()
    assert run_of(app).step == 12


def test_the_guess_is_graded_by_a_run():
    found = lenet_run.first_right(Settings(seed=4), 0.9, 600)
    app = opened(PAGE, lang="en", seed="4", reveal="true")
    app.slider(key="guess").set_value(found).run()
    assert f"it was at step **{found}**" in said(app) and ":material/check:" in said(app)
    app.slider(key="guess").set_value(400).run()
    assert ":material/close:" in said(app)


def test_a_rate_too_small_is_told():
    app = opened(PAGE, lang="en", optimiser="sgd", rate="0.0003", reveal="true")
    assert not app.exception and "Not within 600 steps" in said(app)


def test_look_inside_and_take_home():
    app = opened(PAGE, lang="en", optimiser="adam")
    for part in ("xray", "steps", "home"):
        app.session_state[part] = True
    app.run()
    assert not app.exception
    table = next(element.value for element in app.markdown if "| node |" in element.value)
    assert "| `conv2` | Conv | 1 × 16 × 10 × 10 | 2,416 |" in table.replace("1 × 1 × 16", "1 × 16")
    codes = [element.value for element in app.code]
    assert any("ConvTranspose" in code and "LogSoftmax" in code for code in codes)
    assert any("torch.optim.Adam" in code for code in codes) and any("lenet5_after_0_steps.onnx" in code for code in codes)
    assert "13 writers" in said(app)


def test_mnist_where_the_host_has_it(mnist, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PLAYGROUND_DATA", str(mnist.folder))
    app = opened(PAGE, lang="en", data="mnist", batch="8")
    assert not app.exception and not app.warning
    assert run_of(app).settings.data == "mnist" and run_of(app).digits.learned == 40


def test_an_unreadable_mnist_is_told(mnist, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PLAYGROUND_DATA", str(mnist.folder))
    (mnist.folder / "mnist" / "test.parquet").write_bytes(b"nonsense")
    lenet_data.load.cache_clear()
    app = opened(PAGE, lang="en", data="mnist")
    assert not app.exception and "cannot be read" in app.error[0].value
