"""收件箱: which of the entries of an inbox are papers that have come in, and which are to be let be.

An inbox is a folder on a share: scanners write page by page into it, people copy over slow lines, systems leave their own
files. A file is taken once it is whole: nobody has it open for writing, and it either ends as its kind ends or has been
quiet for a while. What is no paper stays where it is, and is told.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive.files.open_writers import being_written

#: ``take`` it · ``waiting`` until it is whole · ``left`` where it is, it is no paper
Verdict = Literal["take", "waiting", "left"]

_SYSTEM = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "autorun.inf", "icon\r"})
_UNFINISHED = (".crdownload", ".part", ".partial", ".filepart", ".download", ".opdownload", ".tmp", ".temp", ".swp")
#: how whole files of a kind begin and, within their last bytes, end; other kinds cannot be told
_ENDS = (
    (b"%PDF-", b"%%EOF"),
    (b"\xff\xd8\xff", b"\xff\xd9"),
    (b"\x89PNG\r\n", b"IEND\xaeB`\x82"),
    (b"PK\x03\x04", b"PK\x05\x06"),
)
_HEAD, _TAIL = 1024, 2048


@dataclass(frozen=True)
class Entry:
    """One entry: where it is, what becomes of it, and why it is not taken (Chinese)."""

    path: Path
    verdict: Verdict = "take"
    why: str = ""


def entries(folder: Path, quiet: float) -> list[Entry]:
    """Everything below a folder but our own staging, in order of names.

    Args:
        quiet: seconds for which a file that does not end as its kind ends must not have changed.
    """
    return sorted(_below(folder, quiet), key=lambda entry: entry.path)


def named(paths: Iterable[Path]) -> list[Entry]:
    """What somebody named: a file is taken as it is, a folder stands for the files in it."""
    found = []
    for path in paths:
        inside = _below(path, 0.0) if path.is_dir() else (Entry(path),)
        found += [entry for entry in inside if path in (entry.path.parent, entry.path)]
    return found


def _below(folder: Path, quiet: float) -> Iterator[Entry]:
    try:
        found = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        yield Entry(folder, "left", "文件夹不能读取，请检查权限")
        return
    for one in found:
        path = Path(one.path)
        if one.is_dir(follow_symlinks=False) and not one.name.startswith("."):
            yield from _below(path, quiet)
        elif one.name != ".receiving":
            yield _judged(path, quiet)


def _judged(path: Path, quiet: float) -> Entry:
    if why := _no_paper(path):
        return Entry(path, "left", why)
    if being_written(path):
        return Entry(path, "waiting", "正在写入")
    try:
        young = abs(time.time() - path.stat().st_mtime) < quiet
        if young and not _whole(path):
            return Entry(path, "waiting", "还不完整，可能正在写入")
    except OSError:  # it cannot be read: that is told when it is taken
        return Entry(path)
    return Entry(path)


def _no_paper(path: Path) -> str:
    """Why an entry is nothing to be filed; empty if it may be a paper."""
    name = path.name.casefold()
    try:
        mode = path.lstat().st_mode
    except OSError:
        return ""
    if stat.S_ISLNK(mode):
        return "是链接，不是文件"
    if not stat.S_ISREG(mode):
        return "是文件夹，名称以点开头" if stat.S_ISDIR(mode) else "是管道、套接字或设备，不是文件"
    if name.startswith(("~$", "~wrl", ".~lock.")):
        return "是办公软件的临时文件"
    if name in _SYSTEM:
        return "是系统的文件"
    if name.endswith(_UNFINISHED):
        return "是没有传完的文件"
    return "是隐藏文件" if name.startswith(".") else ""


def _whole(path: Path) -> bool:
    """Whether it ends as its kind ends."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
        tail = stream.read(_TAIL)
    return any(begin in head[:_HEAD] and end in tail for begin, end in _ENDS)
