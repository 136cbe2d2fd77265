"""Reading and checking a storage root of OCFL 1.1, whatever its files lie on; the adapters add how to write one.

Layout: extension 0003 with zero tuples, so that a person with a file manager finds a case by its id.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import BinaryIO

from archive.files.digests import Digests, digest_of
from archive.store.object_check import Tally, check_object, check_root
from archive.store.ocfl_inventory import INVENTORY, SIDECAR, SM3_SUMS, Inventory, folder_name, parse, sidecar
from archive.store.raw_files import RawFile, RawFiles
from ssj_docs.ground.errors import FixityError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do

ROOT_DECLARATION = "0=ocfl_1.1"
LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
LOCK = ".lock"
STAGING = "extensions/ssj-staging"
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
_ALLOWED = (LOCK, f"extensions/{LAYOUT}", STAGING)
_RESTORE = "请从备份恢复该案卷"


class OcflReading:
    """The reading half of a `FileStore` of OCFL objects.

    Args:
        raw: the files of the storage root.
    """

    def __init__(self, raw: RawFiles) -> None:
        self._raw = raw

    def objects(self) -> tuple[str, ...]:
        """The ids of all objects, sorted."""
        return tuple(sorted(self._inventory_at(name).id for name in self.names()))

    def has(self, object_id: str) -> bool:
        """True if the object exists."""
        return self._raw.holds(f"{folder_name(object_id)}/{INVENTORY}")

    def inventory(self, object_id: str) -> Inventory:
        """The object's inventory, held against its sidecar."""
        if not self.has(object_id):
            raise NotFoundError(f"档案中没有案卷 {object_id}", "核对案卷号")
        return self._inventory_at(folder_name(object_id))

    def _inventory_at(self, name: str) -> Inventory:
        data = self._raw.read(f"{name}/{INVENTORY}")
        inventory = parse(data, f"{name}/{INVENTORY}") if data is not None else None
        expected = self._raw.read(f"{name}/{inventory.head}/{SIDECAR}") if inventory is not None else None
        if data is None or inventory is None or expected is None:
            raise FixityError(f"{name} 缺少清单 {INVENTORY}", _RESTORE)
        # the head's own sidecar, since the root's two files cannot be renamed at one instant
        if expected != sidecar(data):
            raise FixityError(f"{name}/{INVENTORY} 与其摘要不符，清单被改动", _RESTORE)
        return inventory

    def location(self, object_id: str, path: str, version: str = "") -> str:
        """The name in the root under which the bytes of a logical path lie."""
        return self._locate(self.inventory(object_id), path, version)[0]

    def _locate(self, inventory: Inventory, path: str, version: str) -> tuple[str, str]:
        """Name and SHA-512 of a logical path."""
        try:
            content, digest = inventory.content(path, version)
        except KeyError as error:
            remedy = Remedy(do("show_case", case=inventory.id), "，核对件目录")
            raise NotFoundError(f"案卷 {inventory.id} 中没有文件 {path}", remedy) from error
        return f"{folder_name(inventory.id)}/{content}", digest

    def _file(self, inventory: Inventory, path: str, version: str) -> tuple[RawFile, str]:
        """The file that lies there, and the SHA-512 it must have."""
        name, digest = self._locate(inventory, path, version)
        if not self._raw.holds(name):
            place = name.rpartition("/")[2]
            raise FixityError(f"案卷 {inventory.id} 的文件 {path} 不见了（应在 {place}）", _RESTORE)
        return self._raw.file(name), digest

    def read(self, object_id: str, path: str, version: str = "") -> bytes:
        """The bytes of a logical path, checked against their digest."""
        return self.read_from(self.inventory(object_id), path, version)

    def read_from(self, inventory: Inventory, path: str, version: str = "") -> bytes:
        """As `read`, with an inventory at hand: for reading many files of one object."""
        with self._open(inventory, path, version) as stream:
            return stream.read()

    def open(self, object_id: str, path: str, version: str = "") -> BinaryIO:
        """As `read`, as a stream from beginning to end; altered bytes raise FixityError where it ends."""
        return self._open(self.inventory(object_id), path, version)

    def _open(self, inventory: Inventory, path: str, version: str) -> BinaryIO:
        file, digest = self._file(inventory, path, version)
        altered = FixityError(f"案卷 {inventory.id} 的文件 {path} 已被改动，与清单中的摘要不符", _RESTORE)
        return io.BufferedReader(_Checked(file.open(), digest, altered), 1 << 16)

    def _newest(self, object_id: str) -> dict[str, Path | bytes]:
        """The newest state of an object, to write it anew."""
        inventory = self.inventory(object_id)
        return {path: self.read_from(inventory, path) for path in inventory.version().state if path != SM3_SUMS}

    def digests(self, object_id: str, path: str, version: str = "") -> Digests:
        """Of the bytes as they lie now, whatever the inventory says."""
        with self._file(self.inventory(object_id), path, version)[0].open() as stream:
            return digest_of(stream)

    def _wrong(self, object_id: str, path: str) -> tuple[str, str] | None:
        """Name and SHA-512 of a logical path whose bytes are not what they must be, None if they are."""
        name, digest = self._locate(self.inventory(object_id), path, "")
        if self._raw.holds(name):
            with self._raw.file(name).open() as stream:
                if digest_of(stream).sha512 == digest:
                    return None
        return name, digest

    # --- preservation ------------------------------------------------------------------------------------------------
    def names(self) -> tuple[str, ...]:
        """The names under which objects lie, sorted."""
        return tuple(name for name in self._raw.folders() if name != "extensions")

    def name(self, object_id: str) -> str:
        """The name under which the object lies or would lie."""
        return folder_name(object_id)

    def lies(self, object_id: str) -> bool:
        """True if something lies there, sound or not."""
        return self._raw.has_folder(folder_name(object_id))

    def check(self, name: str, tally: Tally) -> Inventory | None:
        """Read every file of one object; faults and counts go to ``tally``."""
        return check_object(self._raw, name, tally)

    def check_root(self, tally: Tally) -> None:
        """The root's own files, and what should not lie beside the objects."""
        check_root(self._raw, ROOT_FILES, _ALLOWED, tally)

    def _raw_files(self, name: str) -> list[RawFile]:
        """The files of one object, or the root's own: what a copy of the root needs."""
        names = self._raw.names(name) if name else [*self._raw.names(deep=False), *self._raw.names("extensions")]
        return [self._raw.file(n) for n in names if n != LOCK and not n.startswith(STAGING) and self._raw.holds(n)]


def other_bytes(object_id: str, path: str) -> FixityError:
    """The failure of mending with bytes that the manifest does not name."""
    return FixityError(f"案卷 {object_id} 的文件 {path} 与用来修复的文件不是同样的字节，没有修复", _RESTORE)


class _Checked(io.RawIOBase):
    """A stream that is held against its digest as it is read."""

    def __init__(self, stream: BinaryIO, sha512: str, altered: FixityError) -> None:
        self._stream, self._expected, self._altered = stream, sha512, altered
        self._digest = hashlib.sha512()

    def readable(self) -> bool:
        """True."""
        return True

    def readall(self) -> bytes:
        """Everything that is left."""
        return self._checked(self._stream.read(), ended=True)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """The next bytes."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = self._checked(data, ended=not data)
        return len(data)

    def _checked(self, data: bytes, *, ended: bool) -> bytes:
        self._digest.update(data)
        if ended and self._digest.hexdigest() != self._expected:
            raise self._altered
        return data

    def close(self) -> None:
        """Close the file below."""
        self._stream.close()
        super().close()
