"""Power cuts for tests: a process that ends at its n-th step towards the disk, with no handler of ours run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

#: between one cut and the next in the tests; 1 tries every step and takes minutes
EVERY = int(os.environ.get("SSJ_CUT_EVERY", "9"))
_CUT = 9
#: every way in which we make something durable or visible: files, names, removals; commits come with the engine's events
_STEPS = (
    (os, "fsync"),
    (os, "link"),
    (Path, "rename"),
    (Path, "replace"),
    (Path, "unlink"),
    (os, "rename"),
    (os, "replace"),
)


def cut_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a process that is cut off before its ``step``-th step, counted from 1.

    Returns: True if the work came to its end before that. What it raises ends the process too, and fails the test.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _count_down(step)
            work()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, _CUT), "the work failed by itself"
    return code == 0


def _count_down(step: int) -> None:
    left = step

    def one_more(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(_CUT)

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            one_more()
            return real(*args, **kwargs)

        return call

    patch = pytest.MonkeyPatch()  # never undone: the process ends
    for owner, name in _STEPS:
        patch.setattr(owner, name, counted(getattr(owner, name)))
    event.listen(Engine, "commit", one_more)
