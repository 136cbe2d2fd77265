"""Converts single documents to PDF quickly for previews: a LibreOffice process is kept ready for the next document.

A second call of the program with the same profile passes its file to the waiting process, which converts it and ends; then
the next one is started. If none is waiting, the call does the work itself: the same command, only slower.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ssj_docs.documents.pdf.convert import soffice
from ssj_docs.ground.errors import DataError, MissingProgramError
from ssj_docs.ground.external_tool import RunningProgram

#: seconds for one document, and after which no further one is expected
_TIMEOUT = 60.0
_IDLE = 300.0


class WarmConverter:
    """Converts one document at a time; may be called from any thread. `close` stops the waiting process."""

    def __init__(self, idle: float = _IDLE) -> None:
        self._room = tempfile.TemporaryDirectory(prefix="ssj-warm-", ignore_cleanup_errors=True)
        self._folder = Path(self._room.name)
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._ready: RunningProgram | None = None
        self._idle, self._timer, self._closed = idle, threading.Timer(0, self.rest), False

    def warm(self) -> None:
        """Start a process for the next document, unless one is waiting or LibreOffice is missing."""
        with self._lock, contextlib.suppress(MissingProgramError, OSError):
            if self._closed:
                return
            self._timer.cancel()
            self._timer = threading.Timer(self._idle, self.rest)
            self._timer.daemon = True
            self._timer.start()
            if self._ready is not None and self._ready.ended:
                self._ready.close()
                self._ready = None
            if self._ready is None:
                self._ready = self._start([], "ready.log")

    def convert(self, docx: bytes) -> bytes:
        """Convert a document to PDF.

        Raises: MissingProgramError without LibreOffice; DataError if the document is not converted within a minute.
        """
        with self._turn:
            source, made = self._folder / "page.docx", self._folder / "page.pdf"
            made.unlink(missing_ok=True)
            source.write_bytes(docx)
            limit = time.monotonic() + _TIMEOUT
            with self._start(
                ["--convert-to", "pdf", "--outdir", str(self._folder), str(source)], "call.log"
            ) as running:
                running.wait(lambda: time.monotonic() < limit)
            data = _whole(made, lambda: time.monotonic() < limit and self._working())
        threading.Thread(target=self._next, daemon=True).start()
        if not data:
            raise DataError("LibreOffice 没有转出这一份的页面", "请再试一次；总是这样的，编号印发后用 Word 打开查看")
        return data

    def _next(self) -> None:
        """Wait for the process that did the work, then start another."""
        with self._turn:
            limit = time.monotonic() + 5.0
            while self._working() and time.monotonic() < limit:
                time.sleep(0.05)
            self.rest()
            self.warm()

    def _working(self) -> bool:
        with self._lock:
            return self._ready is not None and not self._ready.ended

    def rest(self) -> None:
        """Stop the waiting process."""
        with self._lock:
            self._timer.cancel()
            if self._ready is not None:
                self._ready.close()
                self._ready = None

    def close(self) -> None:
        """Stop for good."""
        self._closed = True
        self.rest()
        self._room.cleanup()

    def _start(self, words: list[str], log: str) -> RunningProgram:
        profile = (self._folder / "profile").resolve().as_uri()
        options = [f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nologo", "--nolockcheck"]
        return RunningProgram(
            [str(soffice()), *options, *(words or ["--quickstart", "--invisible"])], self._folder / log
        )


def _whole(path: Path, wait: Callable[[], bool]) -> bytes:
    """A complete PDF; the process that got the file may still be writing it."""
    while True:
        going = wait()
        data = path.read_bytes() if path.is_file() else b""
        if data.startswith(b"%PDF-") and b"%%EOF" in data[-64:]:
            return data
        if not going:
            return b""
        time.sleep(0.02)
