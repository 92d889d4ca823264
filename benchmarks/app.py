"""The app as a process of its own, and browser sessions that speak its websocket protocol."""

import asyncio
import json
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX

ROOT = Path(__file__).parents[1]


@contextmanager
def running(script: str = "streamlit_app.py"):
    """Serves the app, or a script, on a free port; yields process, address without scheme, seconds until it was healthy.

    Stops it afterwards. Raises RuntimeError with what it printed if it ends before it is healthy.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", address.split(":")[1],
               "--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]  # fmt: skip
    begin = time.perf_counter()
    with TemporaryFile("w+") as log:
        app = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://{address}/_stcore/health", timeout=1)
                    break
                except OSError as error:
                    if app.poll() is not None:
                        log.seek(0)
                        raise RuntimeError(f"the app did not start:\n{log.read()}") from error
                    time.sleep(0.02)
            yield app, address, time.perf_counter() - begin
        finally:
            app.terminate()
            app.wait(10)


def memory(app: subprocess.Popen) -> float:
    """Resident megabytes of the app's process (Linux)."""
    pages = int(Path(f"/proc/{app.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class Session:
    """One browser tab: connects, asks for a page, speaks for its views. Knows when the server has answered.

    `views` has, by name, each view's id, its fragment, and its data, where that is JSON.
    """

    def __init__(self, address: str, page: str, query: str = ""):
        self.address, self.page, self.query = address, page, query
        self.views: dict[str, tuple[str, str, dict]] = {}

    async def open(self) -> float:
        """Connect and run the whole page; returns the seconds until its script had finished."""
        begin = time.perf_counter()
        self.socket = await websockets.connect(
            f"ws://{self.address}/_stcore/stream", subprotocols=["streamlit"], max_size=None, compression=None
        )
        message = BackMsg()
        message.rerun_script.page_name = self.page
        message.rerun_script.query_string = self.query
        message.rerun_script.context_info.locale = "en-US"
        await self.socket.send(message.SerializeToString())
        await self._finished()
        return time.perf_counter() - begin

    async def draw(self, code: str) -> float:
        """Send a finished stroke; returns the seconds until the answer had arrived."""
        return await self._say("canvas", {"drawing": code})

    async def trigger(self, view: str, event: str, value: dict) -> float:
        """What a view says with setTriggerValue; returns the seconds until the answer had arrived."""
        return await self._say(view, {}, [{"event": event, "value": value}])

    async def _say(self, view: str, state: dict, events: list[dict] | None = None) -> float:
        begin, (own, fragment, _) = time.perf_counter(), self.views[view]
        message = BackMsg()
        message.rerun_script.page_name = self.page
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id = fragment
        widgets = message.rerun_script.widget_states.widgets
        widgets.add(id=own, json_value=json.dumps(state))
        if events:
            widgets.add(id=f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{own}__events", json_trigger_value=json.dumps(events))
        await self.socket.send(message.SerializeToString())
        await self._finished()
        return time.perf_counter() - begin

    async def close(self) -> None:
        await self.socket.close()

    async def _finished(self) -> None:
        finished = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(), 60))
            kind = message.WhichOneof("type")
            if kind == "delta":
                element = message.delta.new_element
                if element.WhichOneof("type") == "exception":
                    raise RuntimeError(element.exception.message)
                if element.WhichOneof("type") == "bidi_component":
                    view = element.bidi_component
                    name = view.component_name.removeprefix("playground.")
                    self.views[name] = view.id, message.delta.fragment_id, json.loads(view.bytes)
            elif kind == "script_finished" and message.script_finished in finished:
                return
