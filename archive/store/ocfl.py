"""The archive's storage root on disk: OCFL 1.1, one object a case file, a new immutable version for each change.

A version is built in a staging folder and made durable there; then it is renamed into the object, and after it the
object's inventory and sidecar. A crash leaves the old version or, once the version's folder is in its place, the new
one: the next opening finishes or discards what was under way. Every state an outsider finds is a valid OCFL object
after that, and between crash and opening no stored byte is lost.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from archive.files.durable_files import full_disk_explained, sync_folder, sync_tree, write_durably, write_new
from archive.store.ocfl_inventory import (
    DECLARATION,
    INVENTORY,
    SIDECAR,
    Inventory,
    first,
    folder_name,
    sidecar,
)
from archive.store.ocfl_reading import LAYOUT, LOCK, ROOT_DECLARATION, ROOT_FILES, STAGING, OcflReading, other_bytes
from archive.store.raw_files import DiskFiles, RawFile
from archive.store.version_building import Story
from archive.store.version_staging import StagedVersion, stage
from ssj_docs.ground.errors import FixityError
from ssj_docs.ground.file_lock import one_writer
from ssj_docs.ground.remedies import Remedy, do


class OcflStore(OcflReading):
    """A `FileStore` in a folder. Opening creates it where there is none and clears up after a crash.

    Args:
        root: the folder, ``workspace/archive``.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(DiskFiles(root))
        self._root = root
        if not (root / ROOT_DECLARATION).is_file():
            self._create()
        if (root / STAGING).is_dir():
            with one_writer(root / LOCK):
                self._clear_staging()

    # --- for programs and copies ---------------------------------------------------------------------------------
    @contextmanager
    def local_copy(self, object_id: str, path: str, version: str = "") -> Iterator[Path]:
        """The store's own file, lent to a program that only reads it."""
        yield self._root / self._file(self.inventory(object_id), path, version)[0].name

    @contextmanager
    def local_folder(self, object_id: str) -> Iterator[Path]:
        """The object's own folder, lent to a program that only reads it."""
        yield self._folder(object_id)

    @contextmanager
    def files(self, name: str = "") -> Iterator[list[RawFile]]:
        """Every file of one object (or the root's own), while nobody else writes to the store."""
        with one_writer(self._root / LOCK):
            yield self._raw_files(name)

    def _folder(self, object_id: str) -> Path:
        return self._root / folder_name(object_id)

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
        """Add or replace files as one new version, durable when this returns."""
        with self._staging() as staging:
            old = self.inventory(object_id) if self.has(object_id) else first(object_id)
            change = stage(self._folder(object_id), old, add, remove, staging, Story(message, user, created))
            if change is None:
                return old.head
            self._publish(change)
            return change.inventory.head

    @contextmanager
    def _staging(self) -> Iterator[Path]:
        """An empty folder to build in, while nobody else writes; what is in its place at the end stays, the rest goes."""
        with one_writer(self._root / LOCK), full_disk_explained(self._root):
            staging = self._root / STAGING / uuid.uuid4().hex
            staging.mkdir(parents=True)
            try:
                yield staging
            finally:
                self._clear_staging()

    def _publish(self, change: StagedVersion) -> None:
        """Rename what was staged into its place."""
        target, built = self._folder(change.inventory.id), change.folder / "object"
        if change.inventory.head == "v1":
            built.rename(target)
            sync_folder(self._root)
            return
        (built / change.inventory.head).rename(target / change.inventory.head)
        sync_folder(target)
        for name in (SIDECAR, INVENTORY):
            (change.folder / name).replace(target / name)
        sync_folder(target)

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
        with self._staging() as staging:
            old = self.inventory(object_id)
            kept = old.without(paths)
            self._copy_versions(old, kept, staging / "object")
            change = stage(self._folder(object_id), kept, add, (), staging, Story(message, user, created))
            assert change is not None
            for name in (INVENTORY, SIDECAR):
                (staging / name).rename(staging / "object" / name)
            sync_tree(staging)
            self._exchange(change)
            return change.inventory.head

    def restart(self, object_id: str, *, message: str, user: str, created: datetime) -> str:
        """Write an object anew, its newest state as its only version: for records derived from others."""
        with self._staging() as staging:
            files, fresh, story = self._newest(object_id), first(object_id), Story(message, user, created)
            change = stage(self._folder(object_id), fresh, files, (), staging, story)
            assert change is not None
            self._exchange(change)
            return change.inventory.head

    def mend(self, object_id: str, path: str, source: Path) -> bool:
        """Put the right bytes back where those of a logical path were altered or lost."""
        with self._staging() as staging:
            wrong = self._wrong(object_id, path)
            if wrong is None:
                return False
            name, digest = wrong
            if write_durably(staging / "mended", source).sha512 != digest:
                raise other_bytes(object_id, path)
            place = self._root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            (staging / "mended").replace(place)
            sync_folder(place.parent)
            return True

    def _exchange(self, change: StagedVersion) -> None:
        """Put an object that was written anew in the place of the old one."""
        target = self._folder(change.inventory.id)
        target.rename(change.folder / "old")
        (change.folder / "object").rename(target)
        sync_folder(self._root)

    def _copy_versions(self, old: Inventory, kept: Inventory, built: Path) -> None:
        """The earlier versions without what was taken out, each with its inventory."""
        built.mkdir()
        write_new(built / DECLARATION, b"ocfl_object_1.1\n")
        for version in kept.versions:
            (built / version.name).mkdir()
            data = kept.upto(version.name).as_bytes()
            write_new(built / version.name / INVENTORY, data)
            write_new(built / version.name / SIDECAR, sidecar(data))
        for digest, path in kept.manifest.items():
            place = self._folder(old.id) / path
            (built / path).parent.mkdir(parents=True, exist_ok=True)
            if not place.is_file() or write_new(built / path, place).sha512 != digest:
                raise FixityError(f"案卷 {old.id} 的文件 {path} 不见了或已被改动", Remedy("先", do("verify")))

    # --- after a crash -------------------------------------------------------------------------------------------
    def _clear_staging(self) -> None:
        """Finish versions whose folder is already in place, discard the rest. The lock is held."""
        area = self._root / STAGING
        for staging in list(area.iterdir()) if area.is_dir() else []:
            if (staging / "target").is_file():
                target = self._folder((staging / "target").read_text())
                if (staging / "old").is_dir() and not target.exists():
                    (staging / "object").rename(target)
                    sync_folder(self._root)
                _finish(target, staging)
            shutil.rmtree(staging)
        shutil.rmtree(area, ignore_errors=True)

    def _create(self) -> None:
        """Lay out an empty storage root."""
        with full_disk_explained(self._root):
            (self._root / "extensions" / LAYOUT).mkdir(parents=True, exist_ok=True)
            with one_writer(self._root / LOCK):
                if (self._root / ROOT_DECLARATION).is_file():
                    return
                for path, data in ROOT_FILES.items():
                    place = self._root / path
                    for left in place.parent.glob(f".{place.name}.*"):  # of a process that was killed here
                        left.unlink()
                    _put(place, data)
                sync_tree(self._root)


def _put(target: Path, data: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    write_durably(temporary, data)
    temporary.replace(target)
    sync_folder(target.parent)


def _finish(target: Path, staging: Path) -> None:
    """Bring an object's own inventory to its newest version folder, which was made durable before it was renamed."""
    versions = [int(entry.name[1:]) for entry in target.glob("v*") if entry.name[1:].isdigit()]
    if not versions:
        return
    newest = target / f"v{max(versions)}"
    for name in (SIDECAR, INVENTORY):
        data = (newest / name).read_bytes()
        if not (target / name).is_file() or (target / name).read_bytes() != data:
            temporary = staging / f"{name}.{uuid.uuid4().hex}"
            write_durably(temporary, data)
            temporary.replace(target / name)
            sync_folder(target)
