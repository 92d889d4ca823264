"""Whether people may bring graphs of their own: on the machine where the app runs, not where it is hosted."""

import os

import streamlit as st

HERE = ("localhost", "127.0.0.1", "[::1]")
PROXIED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def uploads_allowed() -> bool:
    """PLAYGROUND_UPLOADS=on or off decides; without it, whether the browser runs on this machine and speaks to it directly.

    A reverse proxy on this machine looks like a local browser, but for the headers that it adds and the host it was asked for.
    """
    said = os.environ.get("PLAYGROUND_UPLOADS", "").strip().lower()
    if said in ("on", "off"):
        return said == "on"
    headers = st.context.headers
    host = headers.get("Host", "")  # no headers: there is no browser that we know of
    asked_here = host.removesuffix(":" + host.rpartition(":")[2]) in HERE or host in HERE
    return asked_here and st.context.ip_address is None and not any(name in headers for name in PROXIED)
