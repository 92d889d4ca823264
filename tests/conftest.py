"""What several tests share: the app served on a port of its own, and a real browser."""

import pytest
import torch
from playwright.sync_api import Error, sync_playwright

from benchmarks.app import running
from tests.chromium import FLAGS, installed


@pytest.fixture(autouse=True)
def seeded():
    """Random weights and inputs are the same in each run: a failure can be seen again."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def served():
    """The address of the app, served for all tests."""
    with running() as (_, address, _):
        yield f"http://{address}"


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
