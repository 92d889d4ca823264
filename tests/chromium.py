"""Which browser the tests drive: an installed Chromium or Chrome, else Playwright's own; run as a program, gets one."""

import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = ("/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def installed() -> str | None:
    """Path of an installed browser; None if there is none."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    return next(iter([*found, *(path for path in MAC if Path(path).exists())]), None)


if __name__ == "__main__" and not installed():
    fetched = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    if fetched.returncode:
        print("No Chromium, and Playwright could not fetch one: the browser tests will be SKIPPED.", file=sys.stderr)
