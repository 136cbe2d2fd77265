"""A file store in memory: for tests, and to hold other adapters against; what it keeps ends with the process."""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from archive.files.digests import Digests, digest_of
from archive.store.ocfl_inventory import DECLARATION, INVENTORY, SIDECAR, Inventory, first, folder_name, sidecar
from archive.store.ocfl_reading import ROOT_FILES, OcflReading, other_bytes
from archive.store.raw_files import RawFile
from archive.store.version_building import Story, build
from ssj_docs.ground.errors import FixityError
from ssj_docs.ground.remedies import Remedy, do


class MemoryFiles(dict[str, bytes]):
    """Names and bytes of the files of a storage root."""

    def names(self, folder: str = "", *, deep: bool = True) -> list[str]:
        """Every file below a folder, or directly in it."""
        top = f"{folder}/" if folder else ""
        return sorted(n for n in self if n.startswith(top) and (deep or "/" not in n.removeprefix(top)))

    def folders(self, folder: str = "") -> list[str]:
        """The names of the folders directly in a folder."""
        top = f"{folder}/" if folder else ""
        below = (n.removeprefix(top).split("/") for n in self if n.startswith(top))
        return sorted({parts[0] for parts in below if len(parts) > 1})

    def has_folder(self, name: str) -> bool:
        """True if there is a file below it."""
        return any(n.startswith(f"{name}/") for n in self)

    def holds(self, name: str) -> bool:
        """True if there is a file of that name."""
        return name in self

    def file(self, name: str) -> RawFile:
        """One file."""
        data = self[name]
        return RawFile(name, len(data), 0.0, lambda: io.BytesIO(data))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None if there is none."""
        return self.get(name)

    def remove(self, folder: str) -> None:
        """Remove every file below a folder."""
        for name in self.names(folder):
            del self[name]


class MemoryStore(OcflReading):
    """A `FileStore` in a dictionary; may be used from any thread."""

    def __init__(self) -> None:
        self.raw = MemoryFiles(ROOT_FILES)
        super().__init__(self.raw)
        self._writing = threading.RLock()

    # --- for programs and copies ---------------------------------------------------------------------------------
    @contextmanager
    def local_copy(self, object_id: str, path: str, version: str = "") -> Iterator[Path]:
        """The bytes in a file of a folder of its own, which goes with the context."""
        with tempfile.TemporaryDirectory(prefix="ssj-copy-") as folder:
            place = Path(folder) / Path(path).name
            place.write_bytes(self.read(object_id, path, version))
            yield place

    @contextmanager
    def local_folder(self, object_id: str) -> Iterator[Path]:
        """Every file of the object in a folder, which goes with the context."""
        with tempfile.TemporaryDirectory(prefix="ssj-copy-") as top:
            for name in self.raw.names(folder_name(object_id)):
                place = Path(top) / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self.raw[name])
            yield Path(top) / folder_name(object_id)

    @contextmanager
    def files(self, name: str = "") -> Iterator[list[RawFile]]:
        """Every file of one object (or the root's own), while nobody else writes to the store."""
        with self._writing:
            yield self._raw_files(name)

    # --- writing -------------------------------------------------------------------------------------------------
    def add_version(
        self,
        object_id: str,
        add: Mapping[str, Path | bytes],
        *,
        message: str,
        user: str,
        created: datetime,
        remove: Collection[str] = (),
    ) -> str:
        """Add or replace files as one new version."""
        with self._writing:
            old = self.inventory(object_id) if self.has(object_id) else first(object_id)
            built = self._built(old, add, remove, Story(message, user, created))
            self.raw.update(built)
            return self.inventory(object_id).head

    def purge(
        self,
        object_id: str,
        paths: Collection[str],
        add: Mapping[str, Path | bytes],
        *,
        message: str,
        user: str,
        created: datetime,
    ) -> str:
        """Take files out of every version of an object: for a destruction that was signed off, and for nothing else."""
        with self._writing:
            kept = self.inventory(object_id).without(paths)
            built = self._copied(kept) | self._built(kept, add, (), Story(message, user, created))
            return self._exchange(object_id, built)

    def restart(self, object_id: str, *, message: str, user: str, created: datetime) -> str:
        """Write an object anew, its newest state as its only version: for records derived from others."""
        with self._writing:
            files, story = self._newest(object_id), Story(message, user, created)
            return self._exchange(object_id, self._built(first(object_id), files, (), story))

    def mend(self, object_id: str, path: str, source: Path) -> bool:
        """Put the right bytes back where those of a logical path were altered or lost."""
        with self._writing:
            wrong = self._wrong(object_id, path)
            if wrong is None:
                return False
            name, digest = wrong
            data = source.read_bytes()
            if digest_of(data).sha512 != digest:
                raise other_bytes(object_id, path)
            self.raw[name] = data
            return True

    def _exchange(self, object_id: str, built: Mapping[str, bytes]) -> str:
        self.raw.remove(folder_name(object_id))
        self.raw.update(built)
        return self.inventory(object_id).head

    def _built(
        self, old: Inventory, add: Mapping[str, Path | bytes], remove: Collection[str], story: Story
    ) -> dict[str, bytes]:
        """The files of a new version by name; none if nothing would change."""
        top = folder_name(old.id)
        content = _Content(self.raw, top)
        inventory = build(old, add, remove, story, content)
        if inventory is None:
            return {}
        data = inventory.as_bytes()
        own = {f"{place}/{INVENTORY}": data for place in (top, f"{top}/{inventory.head}")}
        own |= {f"{place}/{SIDECAR}": sidecar(data) for place in (top, f"{top}/{inventory.head}")}
        return content.new | own | {f"{top}/{DECLARATION}": b"ocfl_object_1.1\n"}

    def _copied(self, kept: Inventory) -> dict[str, bytes]:
        """The earlier versions without what was taken out, each with its inventory."""
        top, copied = folder_name(kept.id), {}
        for version in kept.versions:
            data = kept.upto(version.name).as_bytes()
            copied[f"{top}/{version.name}/{INVENTORY}"] = data
            copied[f"{top}/{version.name}/{SIDECAR}"] = sidecar(data)
        for digest, path in kept.manifest.items():
            copied[f"{top}/{path}"] = self.raw.get(f"{top}/{path}", b"")
            if digest_of(copied[f"{top}/{path}"]).sha512 != digest:
                raise FixityError(f"案卷 {kept.id} 的文件 {path} 不见了或已被改动", Remedy("先", do("verify")))
        return copied


class _Content:
    """New content beside what the object holds already."""

    def __init__(self, raw: MemoryFiles, top: str) -> None:
        self._raw, self._top = raw, top
        self.new: dict[str, bytes] = {}

    def put(self, path: str, source: Path | bytes) -> Digests:
        data = source if isinstance(source, bytes) else source.read_bytes()
        self.new[f"{self._top}/{path}"] = data
        return digest_of(data)

    def drop(self, path: str) -> None:
        del self.new[f"{self._top}/{path}"]

    def held(self, path: str) -> bytes:
        return self._raw[f"{self._top}/{path}"]
