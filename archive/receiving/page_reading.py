"""Reads the pages of a file in several limited children at once; a page that crashes its child affects no other page."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import LifoQueue
from types import TracebackType
from typing import Any, Self

from archive.files.limited_child import ChildResult, LimitedChildren, Limits
from archive.receiving.stack import PageReading

_CHUNK = 12
_REASONS = {
    "memory": "读取本页时超出内存限制",
    "time": "读取本页时超出时间限制",
    "crash": "读取本页时阅读程序崩溃",
    "error": "本页无法读取",
}


class PageReaders:
    """A group of limited children; use as a context manager.

    Args:
        crew: how many work at once; by default one for each processor, at most four.
    """

    def __init__(self, crew: int = 0) -> None:
        self._size = crew or max(1, min(4, os.cpu_count() or 1))
        self._all = [LimitedChildren() for _ in range(self._size)]
        self.signing = LimitedChildren("archive.signatures.child")  #: for `archive.signatures.check`
        self._idle: LifoQueue[LimitedChildren] = LifoQueue()  # last in, first out: a small file needs only one child
        for children in reversed(self._all):
            self._idle.put(children)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for children in (*self._all, self.signing):
            children.close()

    @property
    def children(self) -> LimitedChildren:
        """One of the children, for single calls between readings."""
        return self._all[0]

    def passing_trouble(self) -> str:
        """What stood in the way since this was asked last and may be over next time, in Chinese; else empty."""
        met = [children.passing_trouble() for children in (*self._all, self.signing)]
        return next(filter(None, met), "")

    def read_pdf(self, path: Path, pages: int, done: Callable[[int], None] | None = None) -> list[PageReading]:
        """Read every page of a PDF.

        Args:
            path: the file.
            pages: its number of pages.
            done: called with the number of pages read since the last call.

        Returns: one reading for each page, in order; unreadable pages say why.
        """
        chunks = [range(start, min(start + _CHUNK, pages)) for start in range(0, pages, _CHUNK)]
        with ThreadPoolExecutor(min(self._size, len(chunks) or 1)) as pool:
            futures = [pool.submit(self._read_chunk, path, chunk) for chunk in chunks]
            readings: list[PageReading] = []
            for chunk, future in zip(chunks, futures, strict=True):
                readings.extend(future.result())
                if done:
                    done(len(chunk))
        return readings

    def read_image(self, path: Path) -> list[PageReading]:
        """Read an image file; returns one reading for each page, or one that says why it failed."""
        outcome = self.children.run("read_image", {"path": str(path)}, Limits(cpu=60, wall=120))
        readings = [_reading(message) for message in outcome.messages if "codes" in message]
        return readings if readings and outcome.ending == "done" else [_failed(1, outcome)]

    def _read_chunk(self, path: Path, chunk: range) -> list[PageReading]:
        children = self._idle.get()
        try:
            found, outcome = _ask(children, path, chunk)
            for number in chunk:
                if number not in found:
                    alone, outcome = _ask(children, path, range(number, number + 1))
                    found[number] = alone.get(number) or _failed(number + 1, outcome)
            return [found[number] for number in chunk]
        finally:
            self._idle.put(children)


def _ask(children: LimitedChildren, path: Path, chunk: range) -> tuple[dict[int, PageReading], ChildResult]:
    limits = Limits(cpu=15 + 5 * len(chunk), wall=30.0 + 10 * len(chunk))
    arguments = {"path": str(path), "first": chunk.start, "last": chunk.stop - 1}
    outcome = children.run("read_pages", arguments, limits)
    return {m["page"]: _reading(m) for m in outcome.messages if "codes" in m}, outcome


def _reading(message: Mapping[str, Any]) -> PageReading:
    return PageReading(
        page=message["page"] + 1,
        codes=tuple((code["text"], code["turn"]) for code in message["codes"]),
        quality=message["quality"],
        width=message["width"],
        height=message["height"],
        scan_dpi=message["scan_dpi"],
        text=message["text"],
    )


def _failed(page: int, outcome: ChildResult) -> PageReading:
    return PageReading(page, fault=_REASONS.get(outcome.ending, _REASONS["error"]))
