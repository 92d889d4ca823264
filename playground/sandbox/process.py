"""One question, one process: started, asked, limited, killed if need be, and always reaped."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Thread, Timer

import numpy as np

from playground.sandboxed.frames import pack, put, take, unpack

from .refusals import Refused

WORKER = Path(__file__).parents[1] / "sandboxed" / "worker.py"
AT_ONCE = 2  # processes, for all users together: each may take its full memory
ANSWER_BYTES = 2**26  # beside the arrays asked for: names and facts of 20,000 nodes
_free = BoundedSemaphore(AT_ONCE)


def ask(kind: str, content: bytes, seconds: float, memory: int, most: int = 0, **parameters: object) -> object:
    """The sandbox's answer to one question about a file. Raises Refused, at most `seconds` after the call.

    `memory`: bytes of address space that the process may have; `most`: bytes of arrays that the answer may have.
    """
    deadline = time.monotonic() + seconds
    arrays: list[np.ndarray] = []
    parameters = {"content": np.frombuffer(content, np.uint8), **parameters}
    told = {name: put(value, arrays) for name, value in parameters.items()}
    request = pack({"ask": kind, "most": most, "parameters": told}, arrays)
    if not _free.acquire(timeout=seconds):
        raise Refused("busy")
    try:
        with TemporaryDirectory(prefix="playground-", ignore_cleanup_errors=True) as empty:
            frame, in_time = _exchange(request, empty, deadline, memory, most + ANSWER_BYTES)
    finally:
        _free.release()
    if not in_time:
        raise Refused("time", seconds=round(seconds, 1))
    try:
        header, arrays = unpack(frame)
        if "refused" in header:
            known = {"seconds": round(seconds, 1), "megabytes": memory // 2**20}
            raise Refused(str(header["refused"]), **known | header["parameters"])
        return take(header["answer"], arrays)
    except Refused:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise Refused("crashed") from error


def _exchange(request: list, empty: str, deadline: float, memory: int, most: int) -> tuple[bytearray, bool]:
    """What the process answers, and whether it ended by itself before the deadline."""
    left = deadline - time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", str(WORKER), str(left), str(memory)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, cwd=empty,
        env={"SYSTEMROOT": os.environ["SYSTEMROOT"]} if sys.platform == "win32" else {}, start_new_session=True,
    )  # fmt: skip
    late = []

    def give_up() -> None:
        late.append(True)
        _kill(process)

    timer = Timer(max(deadline - time.monotonic(), 0), give_up)
    writer = Thread(target=_write, args=(process.stdin, request), daemon=True)
    answer = bytearray()
    try:
        timer.start()
        writer.start()
        while len(answer) <= most and (part := os.read(process.stdout.fileno(), 2**20)):
            answer += part
        if len(answer) > most:
            answer.clear()
            _kill(process)
        process.wait()
    finally:
        timer.cancel()
        _kill(process)
        process.wait()
        writer.join()
        process.stdout.close()
    return answer, not late


def _write(pipe, parts: list) -> None:
    with suppress(OSError), pipe:  # where the process died, its silence says so
        for part in parts:
            view = memoryview(part)
            while view:
                view = view[pipe.write(view) :]


def _kill(process: subprocess.Popen) -> None:
    """The process and whatever it may have started."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
