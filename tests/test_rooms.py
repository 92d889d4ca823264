"""The import rules of the rooms, and what a start of the app may not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVED = [
    "streamlit_app.py",
    *(str(file.relative_to(ROOT)) for room in ("pages", "playground") for file in (ROOT / room).rglob("*.py")),
]
EXPORTING = [str(file.relative_to(ROOT)) for file in (ROOT / "exporter").rglob("*.py")]


def imported(file: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("file", SERVED)
def test_the_serving_side_knows_nothing_of_torch(file):
    assert not imported(file) & {"torch", "onnxscript", "datasets", "exporter"}


@pytest.mark.parametrize("file", EXPORTING)
def test_the_exporter_knows_nothing_of_streamlit(file):
    assert not imported(file) & {"streamlit", "pages"}


def test_the_app_starts_without_heavy_packages():
    heavy = "{'torch', 'onnxscript', 'datasets', 'scipy', 'pandas'}"
    program = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "app = AppTest.from_file('streamlit_app.py', default_timeout=60).run(); "
        f"app.switch_page('pages/digits.py').run(); assert not app.exception; print(*{heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
