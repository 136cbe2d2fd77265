"""Files as they lie in a storage root, by name, whatever that root is: what reading and checking objects is built on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True)
class RawFile:
    """A file of a storage root: its name there, ``modified`` in seconds since 1970, and how to open it."""

    name: str
    size: int
    modified: float
    open: Callable[[], BinaryIO]


class RawFiles(Protocol):
    """The files of a storage root; names have ``/`` between their parts."""

    def names(self, folder: str = "", *, deep: bool = True) -> list[str]:
        """Every file below a folder, or directly in it, sorted within each folder."""

    def folders(self, folder: str = "") -> list[str]:
        """The names of the folders directly in a folder, sorted."""

    def has_folder(self, name: str) -> bool:
        """True if there is a folder of that name."""

    def holds(self, name: str) -> bool:
        """True if there is a plain file of that name."""

    def file(self, name: str) -> RawFile:
        """One file. Raises: FileNotFoundError."""

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None if there is none."""


class DiskFiles:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self, folder: str = "", *, deep: bool = True) -> list[str]:
        """Every file below a folder, or directly in it, sorted within each folder."""
        found = []
        for top, folders, names in os.walk(self.root / folder):
            found += [(Path(top) / name).relative_to(self.root).as_posix() for name in sorted(names)]
            folders[:] = sorted(folders) if deep else []
        return found

    def folders(self, folder: str = "") -> list[str]:
        """The names of the folders directly in a folder, sorted."""
        return sorted(entry.name for entry in (self.root / folder).iterdir() if entry.is_dir())

    def has_folder(self, name: str) -> bool:
        """True if there is a folder of that name."""
        return (self.root / name).is_dir()

    def holds(self, name: str) -> bool:
        """True if there is a plain file of that name; a link to one is none."""
        place = self.root / name
        return place.is_file() and not place.is_symlink()

    def file(self, name: str) -> RawFile:
        """One file. Raises: FileNotFoundError."""
        place = self.root / name
        found = place.stat()
        return RawFile(name, found.st_size, found.st_mtime, lambda: place.open("rb"))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None if there is none."""
        place = self.root / name
        return place.read_bytes() if place.is_file() else None
