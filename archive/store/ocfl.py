"""The archive's storage root: OCFL 1.1, one object a case file, a new immutable version for each change.

A version is built in a staging folder and made durable there; then it is renamed into the object, and after it the
object's inventory and sidecar. A crash leaves the old version or, once the version's folder is in its place, the new
one: the next opening finishes or discards what was under way. Every state an outsider finds is a valid OCFL object
after that, and between crash and opening no stored byte is lost.

Layout: extension 0003 with zero tuples, so that a person with a file manager finds a case by its id.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from archive.files.digests import digest_of
from archive.files.durable_files import full_disk_explained, sync_folder, sync_tree, write_durably, write_new
from archive.store.ocfl_inventory import (
    DECLARATION,
    INVENTORY,
    SIDECAR,
    SM3_SUMS,
    Inventory,
    first,
    folder_name,
    parse,
    sidecar,
)
from archive.store.version_staging import StagedVersion, Story, stage
from ssj_docs.ground.errors import FixityError, NotFoundError
from ssj_docs.ground.file_lock import one_writer
from ssj_docs.ground.remedies import Remedy, do

ROOT_DECLARATION = "0=ocfl_1.1"
LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
_LOCK = ".lock"
_STAGING = "extensions/ssj-staging"
_README = """本文件夹是一个 OCFL 1.1 存储根（https://ocfl.io/1.1/spec/），不用任何专门软件即可阅读。
每个子文件夹是一个案卷，名称即案卷号；registers 是各种登记簿（一行一条 JSON）。案卷内：
  inventory.json        清单：各版本有哪些文件，每个文件的 SHA-512、SHA-256
  v1、v2、v3 …          各次变动新增的文件，内容在 content 里，从不改写
  …/case.json           案卷的任务、对象、检查结果、经过和件目录
  …/metadata.xml        按 DA/T 46、GB/T 33480 名称的元数据
  …/items/0001/         第 1 件：原件、说明（item.json）、各页文字（text.json）
  …/restricted/         含个人信息的部分，查阅须经批准
  …/sm3sum.txt          各文件的 SM3（GB/T 32905），可用 cksum --check 核对
最新状态：清单 head 所指版本的 state。
"""

_CONFIG = {"extensionName": LAYOUT, "digestAlgorithm": "sha256", "tupleSize": 0, "numberOfTuples": 0}
_LAYOUT = {"extension": LAYOUT, "description": "One folder for each case file, named by its id."}
#: the root's own files; the declaration comes last, so that half a root is laid out again
ROOT_FILES = {
    f"extensions/{LAYOUT}/config.json": (json.dumps(_CONFIG, indent=2) + "\n").encode(),
    "ocfl_layout.json": (json.dumps(_LAYOUT, indent=2) + "\n").encode(),
    "说明.txt": _README.encode(),
    ROOT_DECLARATION: b"ocfl_1.1\n",
}


class FileStore:
    """An OCFL storage root. Opening creates it where there is none and clears up after a crash.

    Args:
        root: the folder, ``workspace/archive``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        if not (root / ROOT_DECLARATION).is_file():
            self._create()
        if (root / _STAGING).is_dir():
            with one_writer(root / _LOCK):
                self._clear_staging()

    # --- reading -------------------------------------------------------------------------------------------------
    def objects(self) -> tuple[str, ...]:
        """The ids of all objects, sorted."""
        return tuple(sorted(self.inventory_in(folder).id for folder in self.folders()))

    def folders(self) -> Iterator[Path]:
        """The folder of every object, sorted by name."""
        for entry in sorted(self.root.iterdir()):
            if entry.is_dir() and entry.name != "extensions":
                yield entry

    def has(self, object_id: str) -> bool:
        """True if the object exists."""
        return (self.folder(object_id) / INVENTORY).is_file()

    def folder(self, object_id: str) -> Path:
        """Where the object lies or would lie."""
        return self.root / folder_name(object_id)

    def inventory(self, object_id: str) -> Inventory:
        """The object's inventory, held against its sidecar.

        Raises: NotFoundError if there is no such object; FixityError if the inventory was altered.
        """
        if not self.has(object_id):
            raise NotFoundError(f"档案中没有案卷 {object_id}", "核对案卷号")
        return self.inventory_in(self.folder(object_id))

    def inventory_in(self, folder: Path) -> Inventory:
        """The inventory of the object in this folder.

        Raises: FixityError if it is missing or altered.
        """
        try:
            data = (folder / INVENTORY).read_bytes()
            inventory = parse(data, f"{folder.name}/{INVENTORY}")
            expected = (folder / inventory.head / SIDECAR).read_bytes()
        except FileNotFoundError as error:
            raise FixityError(f"{folder.name} 缺少清单 {INVENTORY}", "请从备份恢复该案卷") from error
        # the head's own sidecar, since the root's two files cannot be renamed at one instant
        if expected != sidecar(data):
            raise FixityError(f"{folder.name}/{INVENTORY} 与其摘要不符，清单被改动", "请从备份恢复该案卷")
        return inventory

    def path(self, object_id: str, path: str, version: str = "") -> Path:
        """Where the bytes of a logical path lie; for large files, and never to be written to.

        Raises: NotFoundError.
        """
        return self._locate(self.inventory(object_id), path, version)[0]

    def _locate(self, inventory: Inventory, path: str, version: str) -> tuple[Path, str]:
        try:
            content, digest = inventory.content(path, version)
        except KeyError as error:
            raise NotFoundError(
                f"案卷 {inventory.id} 中没有文件 {path}", Remedy(do("show_case", case=inventory.id), "，核对件目录")
            ) from error
        return self.folder(inventory.id) / content, digest

    def read(self, object_id: str, path: str, version: str = "") -> bytes:
        """The bytes of a logical path, checked against their digest.

        Raises: NotFoundError; FixityError if the stored bytes were altered or are gone.
        """
        return self.read_from(self.inventory(object_id), path, version)

    def read_from(self, inventory: Inventory, path: str, version: str = "") -> bytes:
        """As `read`, with an inventory at hand: for reading many files of one object."""
        object_id = inventory.id
        place, digest = self._locate(inventory, path, version)
        if not place.is_file():
            raise FixityError(f"案卷 {object_id} 的文件 {path} 不见了（应在 {place.name}）", "请从备份恢复该案卷")
        data = place.read_bytes()
        if digest_of(data).sha512 != digest:
            raise FixityError(f"案卷 {object_id} 的文件 {path} 已被改动，与清单中的摘要不符", "请从备份恢复该案卷")
        return data

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
        """Add or replace files as one new version, durable when this returns.

        Args:
            object_id: case or task id. add: logical path → file or bytes. remove: logical paths that the new version
                no longer shows (earlier versions keep them). message, user, created (with offset): the version's story.

        Returns: the head after it; the head as it was if nothing would change.
        Raises: DataError for an impossible path or a full disk (nothing is changed); FixityError.
        """
        with one_writer(self.root / _LOCK), full_disk_explained(self.root):
            old = self.inventory(object_id) if self.has(object_id) else first(object_id)
            staging = self.root / _STAGING / uuid.uuid4().hex
            staging.mkdir(parents=True)
            try:
                story = Story(message, user, created)
                change = stage(self.folder(object_id), old, add, remove, staging, story)
                if change is None:
                    return old.head
                self._publish(change)
                return change.inventory.head
            finally:
                self._clear_staging()

    def _publish(self, change: StagedVersion) -> None:
        """Rename what was staged into its place."""
        target, built = self.folder(change.inventory.id), change.folder / "object"
        if change.inventory.head == "v1":
            built.rename(target)
            sync_folder(self.root)
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
        """Take files out of every version of an object: for a destruction that was signed off, and for nothing else.

        The object is written anew beside the old one without these bytes, with a last version that tells of it, and
        then put in its place. Bytes that another path still names stay.

        Returns: the new head. Raises: NotFoundError, FixityError, DataError (nothing is changed).
        """
        with one_writer(self.root / _LOCK), full_disk_explained(self.root):
            old = self.inventory(object_id)
            staging = self.root / _STAGING / uuid.uuid4().hex
            staging.mkdir(parents=True)
            try:
                kept = old.without(paths)
                self._copy_versions(old, kept, staging / "object")
                change = stage(self.folder(object_id), kept, add, (), staging, Story(message, user, created))
                assert change is not None
                for name in (INVENTORY, SIDECAR):
                    (staging / name).rename(staging / "object" / name)
                sync_tree(staging)
                target = self.folder(object_id)
                target.rename(staging / "old")
                (staging / "object").rename(target)
                sync_folder(self.root)
                return change.inventory.head
            finally:
                self._clear_staging()

    def restart(self, object_id: str, *, message: str, user: str, created: datetime) -> str:
        """Write an object anew, its newest state as its only version: for records derived from others, of which no
        past state is needed. Put in place of the old one as in `purge`.

        Returns: the head, ``v1``. Raises: NotFoundError, FixityError, DataError (nothing is changed).
        """
        with one_writer(self.root / _LOCK), full_disk_explained(self.root):
            old = self.inventory(object_id)
            files: dict[str, Path | bytes] = {
                path: self.read_from(old, path) for path in old.version().state if path != SM3_SUMS
            }
            staging = self.root / _STAGING / uuid.uuid4().hex
            staging.mkdir(parents=True)
            try:
                fresh, story = first(object_id), Story(message, user, created)
                change = stage(self.folder(object_id), fresh, files, (), staging, story)
                assert change is not None
                target = self.folder(object_id)
                target.rename(staging / "old")
                (staging / "object").rename(target)
                sync_folder(self.root)
                return change.inventory.head
            finally:
                self._clear_staging()

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
            (built / path).parent.mkdir(parents=True, exist_ok=True)
            if write_new(built / path, self.folder(old.id) / path).sha512 != digest:
                raise FixityError(f"案卷 {old.id} 的文件 {path} 已被改动", Remedy("先", do("verify")))

    # --- after a crash -------------------------------------------------------------------------------------------
    def _clear_staging(self) -> None:
        """Finish versions whose folder is already in place, discard the rest. The lock is held."""
        area = self.root / _STAGING
        for staging in list(area.iterdir()) if area.is_dir() else []:
            if (staging / "target").is_file():
                target = self.folder((staging / "target").read_text())
                if (staging / "old").is_dir() and not target.exists():
                    (staging / "object").rename(target)
                    sync_folder(self.root)
                _finish(target, staging)
            shutil.rmtree(staging)
        shutil.rmtree(area, ignore_errors=True)

    def _create(self) -> None:
        """Lay out an empty storage root."""
        with full_disk_explained(self.root):
            (self.root / "extensions" / LAYOUT).mkdir(parents=True, exist_ok=True)
            with one_writer(self.root / _LOCK):
                if (self.root / ROOT_DECLARATION).is_file():
                    return
                for path, data in ROOT_FILES.items():
                    place = self.root / path
                    for left in place.parent.glob(f".{place.name}.*"):  # of a process that was killed here
                        left.unlink()
                    _put(place, data)
                sync_tree(self.root)


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
