"""The zygote process of `archive.files.limited_child`: it forks a limited child for each request.

It sends ``{"ready": true}`` after loading its libraries. Requests are JSON lines on stdin, messages JSON lines on stdout;
each child ends with a line ``{"end": …}``. It has no access to the database or to keys.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

Operation = Callable[..., Iterator[Mapping[str, Any]]]

_LIMIT_SIGNALS = {signal.SIGXCPU: "time", signal.SIGKILL: "memory", signal.SIGXFSZ: "memory"}


def serve(operations: Mapping[str, Operation]) -> None:
    """Handle requests until stdin is closed.

    Args:
        operations: name → generator function of messages, called with the arguments of the request.
    """
    gc.freeze()
    _say(1, {"ready": True})
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # stderr was for what may be missing; what a library says of a file is nobody's
    for line in sys.stdin.buffer:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(operations, request)
        _, status = os.waitpid(pid, 0)
        _say(1, _ending(status), start=b"\n")


def _ending(status: int) -> dict[str, str]:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        name = signal.Signals(number).name
        return {"end": _LIMIT_SIGNALS.get(signal.Signals(number), "crash"), "detail": name}
    return {"end": {0: "done", 3: "error", 4: "memory"}.get(os.WEXITSTATUS(status), "crash")}


def _child(operations: Mapping[str, Operation], request: Mapping[str, Any]) -> NoReturn:
    """Run one operation and exit without the zygote's clean-up."""
    channel = os.dup(1)
    os.dup2(2, 1)  # output of a library must not be mistaken for a message
    code = 0
    try:
        _limit(request["limits"])
        for message in operations[request["operation"]](**request["arguments"]):
            _say(channel, message)
    except MemoryError:
        code = 4
    except BaseException as error:  # any exception that a hostile file causes is a result
        code = 4 if "std::bad_alloc" in str(error) else 3
        with contextlib.suppress(OSError):
            told = {"error": f"{type(error).__name__}: {error}"[:500], "trace": traceback.format_exc()[-2000:]}
            _say(channel, {**told, "errno": _errno(error)})
    os._exit(code)


def _errno(error: BaseException | None) -> int:
    """What the system said, however deep below the exception of a library; 0 if it said nothing."""
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return error.errno
        if os.strerror(errno.ENOSPC) in str(error):  # C++ libraries raise a RuntimeError with the system's words
            return errno.ENOSPC
        error = error.__cause__ or error.__context__
    return 0


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
