"""The training playground by AppTest: links whole and broken, controls of two runs, what is taken home."""

import pytest

from playground import training_points
from playground.training_data import sample
from tests.test_pages import as_served, opened, said  # noqa: F401

PAGE = "pages/training.py"


@pytest.mark.parametrize("query", [
    {"layers": "99"}, {"features": "x9"}, {"edits": "1,2"}, {"epoch": "-1"}, {"points": "!!!", "data": "own"}, {"seed": "x"},
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_damaged_link_warns_and_opens(query, language):
    app = opened(PAGE, lang=language, **query)
    assert not app.exception and not app.error
    assert len(app.warning) == 1 and f"`{next(iter(query))}`" in app.warning[0].value
    assert any("а" <= letter <= "я" for letter in app.warning[0].value) == (language == "ru")


@pytest.mark.parametrize("query", [{"data": "<b>"}, {"rate": "7", "optimiser": "x"}, {"loss": "hinge", "data": "plane"}])
def test_an_unknown_choice_is_passed_over(query):
    app = opened(PAGE, **query)
    assert not app.exception and not app.error and not app.warning


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_link_restores_settings_in_any_language(language):
    app = opened(PAGE, lang=language, data="rings", rate="0.1", optimiser="adam", penalty="l1", dropout="0.2", stop="50",
                 loss="hinge", epoch="3")  # fmt: skip
    assert not app.exception and not app.warning
    chosen = {
        name: app.selectbox(key=f"{name}-{language}").value for name in ("rate", "optimiser", "penalty", "dropout", "loss")
    }
    assert chosen == {"rate": "0.1", "optimiser": "adam", "penalty": "l1", "dropout": "0.2", "loss": "hinge"}
    assert app.number_input(key="stop-").value == 50
    assert app.session_state["training-live"]["live"].epoch == 3


def test_a_control_begins_the_run_anew_and_says_so_in_the_address():
    app = opened(PAGE, lang="en", epoch="5", edits="2,0,0,0,0,1")
    app.selectbox(key="rate-en").set_value("0.3").run()
    assert not app.exception
    live = app.session_state["training-live"]["live"]
    assert live.runs[0].setup.rate == 0.3 and live.epoch == 0 and live.edits == []
    assert app.query_params["rate"] == "0.3" and "epoch" not in app.query_params and "edits" not in app.query_params


def test_the_second_run_has_settings_of_its_own():
    app = opened(PAGE, lang="en", two="1", rate="0.1")
    assert app.selectbox(key="rate2-en").value == "0.1"
    app.selectbox(key="rate2-en").set_value("1").run()
    assert [run.setup.rate for run in app.session_state["training-live"]["live"].runs] == [0.1, 1]
    app.segmented_control(key="run-en").set_value("A").run()
    app.selectbox(key="optimiser-en").set_value("adam").run()
    assert [(run.setup.rate, run.setup.optimiser) for run in app.session_state["training-live"]["live"].runs] == [
        (0.1, "adam"), (1, "adam")
    ]  # fmt: skip


def test_a_scene_replaces_all_that_was_set():
    app = opened(PAGE, lang="en", rate="0.3", two="1", layers2="3", seed="5", epoch="2")
    app.pills(key="scenes-").set_value("spiral").run()
    assert not app.exception and not app.warning
    assert app.query_params["data"] == "spiral" and "two" not in app.query_params and "seed" not in app.query_params
    assert app.selectbox(key="rate-1-en").value == "0.01"
    live = app.session_state["training-live"]["live"]
    assert live.runs[0].setup.activations == ("selu",) * 3 and len(live.runs) == 1


def test_drawn_points_come_from_the_link():
    points = sample("blobs", 0.1, 0, 40)
    app = opened(PAGE, lang="en", data="own", points=training_points.encode(points))
    live = app.session_state["training-live"]["live"]
    assert not app.warning and live.train.classes == 4 and len(live.train) + len(live.test) == 40


def test_the_question_is_graded():
    app = opened(PAGE, lang="en", reveal="true")
    app.pills(key="guess_xor").set_value(["product", "line"]).run()
    assert not app.exception
    assert ":material/close: **no hidden layer; x₁, x₂**" in said(app)
    assert ":material/check: **no hidden layer; x₁x₂**: 100 %" in said(app)


def test_what_is_taken_home_is_the_net_in_training():
    app = opened(PAGE, lang="en", layers="3", epoch="4", features="x1,sin2")
    app.session_state["home"] = True
    app.session_state["xray"] = True
    app.run()
    assert not app.exception
    codes = "\n".join(element.value for element in app.code)
    assert "EPOCHS, BATCH, SEED = 4, 10, 0" in codes and "SIZES = [2, 3, 1]" in codes and "Scan" in codes
    assert "<iframe src=" in codes and "epoch=4" in codes and "embed=true" in codes
    assert any("| Gemm |" in element.value for element in app.markdown)
