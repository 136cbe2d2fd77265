"""The folder in which a pack is made. Files that an interrupted run finished are reused for the same pack.

Beside the folder is a list of finished files with their digests; its first line identifies the pack. A file is reused only
if it still has its digest, so no incomplete file and none from other data gets into a pack.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from archive.files.digests import digest_of
from archive.files.durable_files import write_new
from ssj_docs.ground.errors import SsjError

#: folders with many files, worth reusing; everything else is quickly made again
KEPT = ("pages", "evidence")


class PackWorkdir:
    """The work folder of one pack.

    Args:
        target: where the pack will be.
        key: digest of everything the pack is made from.
    """

    def __init__(self, target: Path, key: str) -> None:
        self.folder = target.with_name(f".{target.name}.part")
        self._list = target.with_name(f".{target.name}.part.list")
        lines = self._list.read_text("utf-8").splitlines() if self._list.is_file() else []
        same = bool(lines) and lines[0] == key
        self._done: dict[str, str] = {line[65:]: line[:64] for line in lines[1:] if len(line) > 65} if same else {}
        self._clear(same)
        for name in KEPT:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._stream = self._list.open("a" if same else "w", encoding="utf-8")
        self._stream.write("\n" if same else key + "\n")  # a killed run may have left an incomplete line

    def _clear(self, same: bool) -> None:
        """Remove everything except folders worth keeping, also after the folder was being turned into a bag."""
        if not same:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        rest = self.folder.with_name(self.folder.name + ".old")
        shutil.rmtree(rest, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(rest)
        self.folder.mkdir(parents=True)
        for name in KEPT:
            held = [rest / name, *rest.glob(f"*/{name}")]
            for place in held[:1] if held[0].is_dir() else held[1:2]:
                place.rename(self.folder / name)
        shutil.rmtree(rest, ignore_errors=True)

    def add(self, name: str, make: Callable[[], bytes], sha256: str = "") -> bool:
        """Make a file, or take over the finished one.

        Args:
            name: below the folder. make: gives the bytes. sha256: what it must be, if known.

        Returns: False if it cannot be made, or is not what it must be.
        Raises: OSError if it cannot be written.
        """
        path = self.folder / name
        known = self._done.get(name)
        if known and path.is_file() and digest_of(path).sha256 == known:
            return True
        path.unlink(missing_ok=True)
        try:
            data = make()
        except (SsjError, ValueError, OSError):
            return False
        made = write_new(path, data).sha256
        if sha256 and made != sha256:
            path.unlink()
            return False
        self._stream.write(f"{made} {name}\n")
        return True

    def tidy(self) -> None:
        """Remove empty folders."""
        for name in KEPT:
            if not any((self.folder / name).iterdir()):
                (self.folder / name).rmdir()

    def close(self, *, done: bool) -> None:
        """Save the list for the next run; if ``done``, the pack is in its place and the list is removed."""
        self._stream.close()
        if done:
            self._list.unlink(missing_ok=True)
