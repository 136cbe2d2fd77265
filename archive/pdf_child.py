"""The other side of `archive.limited_child`: a zygote that forks a limited child for each request.

Started as ``python -m archive.pdf_child``. Requests are JSON lines on stdin, messages JSON lines on stdout; after each
child a line ``{"end": …}``. Only what needs no database and no key happens here.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import cv2

from archive.page_code_reader import read_image_file, read_pages
from archive.pdf_structure import examine
from archive.signature_validation import check_in_child
from archive.stack_pages import split

Operation = Callable[..., Iterator[Mapping[str, Any]]]

OPERATIONS: Mapping[str, Operation] = {
    "examine": examine,
    "read_pages": read_pages,
    "read_image": read_image_file,
    "split": split,
    "signatures": check_in_child,
}

_LIMIT_SIGNALS = {signal.SIGXCPU: "time", signal.SIGKILL: "time", signal.SIGXFSZ: "memory"}


def main() -> None:
    """Serve requests until stdin ends."""
    cv2.setNumThreads(1)  # a fork carries no threads
    gc.freeze()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(request)
        _, status = os.waitpid(pid, 0)
        _say(1, _ending(status), start=b"\n")


def _ending(status: int) -> dict[str, str]:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = signal.Signals(number).name
        return {"end": _LIMIT_SIGNALS.get(signal.Signals(number), "crash"), "detail": name}
    return {"end": {0: "done", 3: "error", 4: "memory"}.get(os.WEXITSTATUS(status), "crash")}


def _child(request: Mapping[str, Any]) -> NoReturn:
    """Run one operation and leave without any clean-up of the zygote's."""
    channel = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not look like a message
    code = 0
    try:
        _limit(request["limits"])
        for message in OPERATIONS[request["operation"]](**request["arguments"]):
            _say(channel, message)
    except MemoryError:
        code = 4
    except BaseException as error:  # whatever a hostile file provokes is an answer
        code = 4 if "std::bad_alloc" in str(error) else 3
        with contextlib.suppress(OSError):
            _say(channel, {"error": f"{type(error).__name__}: {error}"[:500], "trace": traceback.format_exc()[-2000:]})
    os._exit(code)


def _limit(limits: Mapping[str, float]) -> None:
    cpu = int(limits["cpu"])
    for what, value in (
        (resource.RLIMIT_AS, int(limits["memory"])),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, int(limits["written"])),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = value + 5 if what == resource.RLIMIT_CPU else value
        resource.setrlimit(what, (value, hard))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _say(channel: int, message: Mapping[str, Any], start: bytes = b"") -> None:
    data = start + json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(channel, data) :]


if __name__ == "__main__":
    main()
