"""Work on files from outside runs in children with limits: memory, processor time, wall time, bytes written.

A file made to harm its reader (a stream of 1 GB in a few kilobytes, a page tree that loops) then costs one child, and
the killed child is an answer. One *zygote* process loads the PDF libraries once and forks a child for each call, so a
call costs milliseconds; it knows neither the database nor the office's key.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import IO, Any, Literal, NoReturn, Self

from ssj_docs.ground.child_process import LACKING, clean_environment, lacking_library, python_child
from ssj_docs.ground.errors import MissingProgramError

Ending = Literal["done", "error", "memory", "time", "crash"]
Message = dict[str, Any]

_MIB = 1024 * 1024
#: seconds that a zygote may take to load its libraries, on a busy machine
_START_SECONDS = 180.0
#: what the machine lacked for a moment, not the file: errno → in Chinese
_PASSING = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.EROFS: "磁盘只读",
    errno.EIO: "磁盘读写出错",
    errno.ENOMEM: "内存不足",
    errno.EMFILE: "打开的文件过多",
    errno.ENFILE: "打开的文件过多",
    errno.EAGAIN: "进程过多",
}


@dataclass(frozen=True)
class Limits:
    """What one child may use: ``memory`` and ``written`` in bytes, ``cpu`` and ``wall`` in seconds."""

    memory: int = 1536 * _MIB
    cpu: int = 30
    wall: float = 60.0
    written: int = 4096 * _MIB


@dataclass(frozen=True)
class ChildResult:
    """The messages of a child and how it ended.

    Attributes:
        messages: JSON objects in the order sent, including those sent before an early end.
        ending: ``done``, ``error`` (the operation failed and said why), ``memory`` or ``time`` (a limit was reached), or
            ``crash``.
        detail: the operation's error message, or the signal.
    """

    messages: tuple[Message, ...]
    ending: Ending
    detail: str = ""

    @property
    def passing(self) -> str:
        """What stood in the way that has nothing to do with the file and may be over next time, in Chinese; else empty.

        A file made to harm spends its own processor time or memory first: a limit of wall time that is reached, or a
        child that the system killed, tells of a machine with too much to do.
        """
        if self.ending == "time" and self.detail != "SIGXCPU":
            return "机器太忙，没有在限定时间内读完"
        if self.ending == "memory" and self.detail == "SIGKILL":
            return "机器内存不足"
        said = next((m["errno"] for m in self.messages if m.get("errno")), 0)
        return _PASSING.get(said, "") if self.ending == "error" else ""


class LimitedChildren:
    """Runs operations under limits; use as a context manager, from one thread.

    Args:
        module: the zygote's, which names the operations.
    """

    def __init__(self, module: str = "archive.files.pdf_child") -> None:
        self._module = module
        self._passing: list[str] = []
        self._zygote: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(
        self,
        operation: str,
        arguments: Mapping[str, Any],
        limits: Limits | None = None,
        on_message: Callable[[Message], None] | None = None,
    ) -> ChildResult:
        """Run one operation in a new child.

        Args:
            operation: its name in the module.
            arguments: JSON values.
            limits: the limits of this call.
            on_message: called with each message as it arrives, for progress.

        Returns: the result; nothing that the file does to the child raises an exception.
        Raises: MissingProgramError if no child can be started here, whatever the file.
        """
        limits = limits or Limits()
        zygote = self.start()
        request = {"operation": operation, "arguments": dict(arguments), "limits": asdict(limits)}
        assert zygote.stdin is not None
        try:
            zygote.stdin.write(json.dumps(request).encode() + b"\n")
            zygote.stdin.flush()
        except BrokenPipeError:
            self.close()
            return ChildResult((), "crash", "子进程无法启动")
        result = self._collect(zygote, limits, on_message)
        if result.passing:
            self._passing.append(result.passing)
        return result

    def passing_trouble(self) -> str:
        """The passing trouble met since this was asked last (`ChildResult.passing`), or empty."""
        met, self._passing = self._passing, []
        return met[0] if met else ""

    def close(self) -> None:
        """Stop the zygote and its child."""
        zygote, self._zygote = self._zygote, None
        if zygote is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(zygote.pid, signal.SIGKILL)
        zygote.wait()
        for pipe in (zygote.stdin, zygote.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the zygote and wait until it is ready.

        Raises: MissingProgramError if a library is missing or it does not start.
        """
        if self._zygote is not None and self._zygote.poll() is None:
            return self._zygote
        self.close()
        with tempfile.TemporaryFile() as said:
            self._zygote = subprocess.Popen(
                python_child(self._module),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=clean_environment(),
                start_new_session=True,
            )
            if not _ready(self._zygote):
                self._not_ready(self._zygote, said)
        return self._zygote

    def _not_ready(self, zygote: subprocess.Popen[bytes], said: IO[bytes]) -> NoReturn:
        """Explain why the zygote did not start; the reason is never a file."""
        code = zygote.poll()
        self.close()
        said.seek(max(0, said.seek(0, os.SEEK_END) - 4096))
        words = said.read()
        if code == LACKING:
            raise lacking_library("读取 PDF 和图像", words)
        last = words.decode(errors="replace").strip().splitlines()[-1:]
        why = f"（{last[0][:200]}）" if last else ""
        raise MissingProgramError(f"读取 PDF 和图像的程序没有启动{why}", "请检查内存和安装是否完整，再运行同一命令")

    def _collect(
        self, zygote: subprocess.Popen[bytes], limits: Limits, on_message: Callable[[Message], None] | None
    ) -> ChildResult:
        """Read messages until the zygote reports how the child ended, or the wall time is over."""
        assert zygote.stdout is not None
        deadline = time.monotonic() + limits.wall
        messages: list[Message] = []
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(zygote.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.close()
                    return ChildResult(tuple(messages), "time", f"超过 {limits.wall:.0f} 秒")
                data = os.read(zygote.stdout.fileno(), 1 << 20)
                if not data:
                    self.close()
                    return ChildResult(tuple(messages), "crash", "子进程意外结束")
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    message = _parse(line)
                    if "end" in message:
                        return ChildResult(tuple(messages), message["end"], message.get("detail", ""))
                    if message:
                        messages.append(message)
                        if on_message:
                            on_message(message)


def _ready(zygote: subprocess.Popen[bytes]) -> bool:
    """Wait for the ready message; return False if the zygote ends or takes too long."""
    assert zygote.stdout is not None
    deadline, told = time.monotonic() + _START_SECONDS, b""
    with selectors.DefaultSelector() as selector:
        selector.register(zygote.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            data = os.read(zygote.stdout.fileno(), 4096)
            told += data
            if not data:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    zygote.wait(5)
                return False
            if b"\n" in told:
                return any("ready" in _parse(line) for line in told.split(b"\n"))
    return False


def _parse(line: bytes) -> Message:
    """Parse one message; a line cut short by a killed child is ignored."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
