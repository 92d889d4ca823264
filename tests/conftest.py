"""What several tests share: the app served on a port of its own, and a real browser."""

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.chromium import FLAGS, installed

ROOT = Path(__file__).parents[1]


@contextmanager
def serving():
    """Serves the app on a port of its own; yields its address, and stops it afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = TemporaryFile("w+")  # noqa: SIM115 closed below, after the app
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
        log.close()


@pytest.fixture(scope="session")
def served():
    """The address of the app, served for all tests."""
    with serving() as address:
        yield address


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
