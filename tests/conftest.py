"""What several tests share: the app served on a port of its own, and a real browser."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.chromium import FLAGS, installed

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> str:
    """The address of the app, served for these tests and stopped after them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("app") / "log.txt").open("w+")
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port),
               "--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]  # fmt: skip
    app = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        else:
            log.seek(0)
            pytest.fail(f"the app did not start:\n{log.read()}")
        yield f"http://127.0.0.1:{port}"
    finally:
        app.terminate()
        app.wait(10)


@pytest.fixture(scope="session")
def chromium():
    """A running headless Chromium."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        except Error as error:
            pytest.skip(f"NO BROWSER: install Chromium or Chrome to run the browser tests ({error.message.splitlines()[0]})")
        yield browser
        browser.close()
