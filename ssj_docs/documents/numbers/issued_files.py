"""Files of issued documents: written once, completely or not at all, and never rewritten (DESIGN invariant 2)."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from ssj_docs.ground.errors import DataError

_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


def safe_name(text: str, limit: int = 60) -> str:
    """A file name valid on Windows, macOS and Linux, cut to ``limit`` characters; 〔〕 and Chinese stay."""
    return _UNSAFE.sub("_", text).strip(" .")[:limit].rstrip(" .") or "未命名"


def write_once(path: Path, data: bytes, *, registered: bool = False) -> str:
    """Write a new file durably: temporary file, fsync, rename, fsync of the folder.

    Args:
        registered: the register has a digest for this path, so other bytes are refused.

    Returns: SHA-256 in hex.
    Raises: DataError if the bytes would change a registered file.
    """
    digest = hashlib.sha256(data).hexdigest()
    if registered and path.exists():
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise DataError(f"{path.name} 已经印发，不能改写", "已印发的文件不得变动；需要更正请作废原件后另行印发")
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    stem = f".{path.name[:80]}."
    for left in path.parent.iterdir():  # temporary files of a killed process; the caller holds the write lock
        if left.name.startswith(stem) and left.name.endswith(".part"):
            left.unlink(missing_ok=True)
    temporary = path.with_name(f"{stem}{os.getpid()}.part")
    try:
        with temporary.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest
