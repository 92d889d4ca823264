"""The sandboxed process, started as `python -I worker.py` in an empty folder with an empty environment.

It limits itself before it reads anything of a stranger's: our own code until then, and safe to do where the server has many
threads, which a hook between fork and exec is not.
"""

import os
import sys
import time
from contextlib import suppress


def main() -> None:
    answer_to = os.dup(1)  # what native code prints goes nowhere, so that it cannot stand in the answer
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    seconds, memory = float(sys.argv[1]), int(sys.argv[2])
    begin = time.monotonic()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each further thread of NumPy's would reserve address space
    limit(seconds, memory)
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    from playground.sandboxed.answers import answer
    from playground.sandboxed.frames import pack

    frame = sys.stdin.buffer.read()
    parts = pack(*answer(frame, begin + seconds))
    with open(answer_to, "wb") as pipe:
        for part in parts:
            pipe.write(part)
    pipe.close()
    os._exit(0)  # no tidying up: the process is done, and a stranger's graph may have left anything


def limit(seconds: float, memory: int) -> None:
    """Bounds that the kernel keeps. Where there are none (Windows), the parent's clock is all there is."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_FSIZE, 256 * 2**20),  # ONNX Runtime's profile
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS knows no limit of the address space
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
