"""Writes files so that after a power cut there is either the old state or the new one: fsync and renames."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.files.digests import DigestPass, Digests, blocks
from ssj_docs.ground.errors import DataError


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; not needed on Windows."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(target: Path, source: Path | bytes | BinaryIO) -> Digests:
    """Copy bytes to a new file, fsync it, and return the digests of what was written."""
    digests = write_new(target, source)
    _sync_file(target)
    return digests


def write_new(target: Path, source: Path | bytes | BinaryIO) -> Digests:
    """Copy bytes to a new file, to be made durable by `sync_tree`; returns the digests of what was written."""
    digests = DigestPass()
    with target.open("xb") as stream:
        for block in blocks(source):
            stream.write(block)
            digests.update(block)
    return digests.result()


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make everything below ``folder`` durable: first all files in parallel, then the names."""
    files, folders = [], []
    for path, _, names in os.walk(folder, topdown=False):
        folders.append(Path(path))
        files += [Path(path) / name for name in names]
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(_sync_file, files))
        list(pool.map(sync_folder, folders))


@contextmanager
def full_disk_explained(place: Path) -> Iterator[None]:
    """Convert "no space", "read-only" and "no permission" errors into messages that a clerk can act on."""
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: ("磁盘已满", "请清理磁盘或换到有空间的磁盘后重试"),
            errno.EDQUOT: ("磁盘配额已满", "请联系管理员增加配额"),
            errno.EROFS: ("磁盘是只读的", "请换到可写的磁盘"),
            errno.EACCES: ("没有写入权限", "请检查文件夹的权限"),
        }
        if error.errno not in reasons:
            raise
        reason, remedy = reasons[error.errno]
        raise DataError(f"写入 {place} 失败：{reason}，未作任何改动", remedy) from error
