# make app    the playground, served at the address it prints
# make test   all tests
# make lint   style and import rules
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501
# CUDA's libraries are gigabytes: only where there is an NVIDIA driver to use them
CUDA := $(shell (command -v nvidia-smi; ls /usr/lib/*/libcuda.so.1 /usr/lib/wsl/lib/libcuda.so.1) 2>/dev/null | grep -q . && echo yes)

WITH_CUDA := onnxruntime-gpu[cuda,cudnn]

.PHONY: app test lint clean

# with an address given, Streamlit does not ask the internet for its own
app: .venv/app
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT) --browser.serverAddress localhost

test: .venv/test
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/app: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install -r requirements.txt $(if $(CUDA),"$(WITH_CUDA)")
	touch $@

.venv/test: requirements.txt exporter/requirements.txt tests/requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install -r tests/requirements.txt
	$(BIN)/python tests/chromium.py
	touch $@

clean:
	rm -rf .venv
