"""inventory.json of an OCFL 1.1 object: parse, next version, bytes and sidecar (https://ocfl.io/1.1/spec/#inventory)."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from archive.files.digests import Digests
from ssj_docs.ground.errors import DataError, FixityError

INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha512"
DECLARATION = "0=ocfl_object_1.1"
#: SM3 has no name in OCFL's list of digest algorithms (E056), so its sums are a file of each version instead.
SM3_SUMS = "sm3sum.txt"
_TYPE = "https://ocfl.io/1.1/spec/#inventory"
_BAD_PATH = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]")


@dataclass(frozen=True)
class Version:
    """One immutable version: when, by whom, why, and logical path → SHA-512."""

    name: str
    created: str
    message: str
    user: str
    state: Mapping[str, str]


@dataclass(frozen=True)
class Inventory:
    """An object's inventory.

    Attributes:
        id: object id. head: newest version, ``v3``. versions: oldest first.
        manifest: SHA-512 → content path in the object. sha256: content path → SHA-256.
    """

    id: str
    head: str
    versions: tuple[Version, ...]
    manifest: Mapping[str, str]
    sha256: Mapping[str, str] = field(default_factory=dict)

    def version(self, name: str = "") -> Version:
        """A version by name, the head by default.

        Raises: KeyError if there is none of that name.
        """
        return {version.name: version for version in self.versions}[name or self.head]

    def content(self, path: str, version: str = "") -> tuple[str, str]:
        """(content path, SHA-512) of a logical path.

        Raises: KeyError if the version has no such path.
        """
        digest = self.version(version).state[path]
        return self.manifest[digest], digest

    def without(self, paths: Collection[str]) -> Inventory:
        """The same story without these logical paths in any version, and without content that only they named."""
        versions = tuple(replace(v, state={p: d for p, d in v.state.items() if p not in paths}) for v in self.versions)
        named = {digest for version in versions for digest in version.state.values()}
        return self._with(versions, {d: p for d, p in self.manifest.items() if d in named})

    def upto(self, name: str) -> Inventory:
        """The inventory as it stood with this version as its head."""
        last = [version.name for version in self.versions].index(name) + 1
        names = {version.name for version in self.versions[:last]}
        manifest = {d: p for d, p in self.manifest.items() if p.split("/")[0] in names}
        return replace(self._with(self.versions[:last], manifest), head=name)

    def _with(self, versions: tuple[Version, ...], manifest: Mapping[str, str]) -> Inventory:
        paths = set(manifest.values())
        sha256 = {path: digest for path, digest in self.sha256.items() if path in paths}
        return replace(self, versions=versions, manifest=manifest, sha256=sha256)

    def as_bytes(self) -> bytes:
        """inventory.json, readable by people, the same bytes for the same inventory."""
        # written by hand: the library's indented writer is ten times slower, and one line of a megabyte is unreadable
        manifest = {digest: [path] for digest, path in sorted(self.manifest.items(), key=lambda pair: pair[1])}
        versions = ",\n".join(f"  {_json(v.name)}: {_version_json(v)}" for v in self.versions)
        return (
            f'{{\n "id": {_json(self.id)},\n "type": {_json(_TYPE)},\n "digestAlgorithm": "sha512",\n'
            f' "head": {_json(self.head)},\n "manifest": {_lines(manifest, 2)},\n "versions": {{\n{versions}\n }},\n'
            f' "fixity": {{\n  "sha256": {_lines(_grouped(self.sha256), 3)}\n }}\n}}\n'
        ).encode()


#: one encoder for all: making one for each of a hundred thousand lines costs more than the lines
_json = json.JSONEncoder(ensure_ascii=False).encode


def _grouped(digests: Mapping[str, str]) -> dict[str, list[str]]:
    by_digest: dict[str, list[str]] = {}
    for path, digest in sorted(digests.items()):
        by_digest.setdefault(digest, []).append(path)
    return by_digest


def _lines(block: Mapping[str, list[str]], depth: int) -> str:
    """A digest block of JSON, one digest a line."""
    if not block:
        return "{}"
    indent = " " * depth
    body = ",\n".join(f'{indent}"{digest}": {_json(paths)}' for digest, paths in block.items())
    return f"{{\n{body}\n{indent[:-1]}}}"


def _version_json(version: Version) -> str:
    return (
        f'{{\n   "created": {_json(version.created)},\n   "message": {_json(version.message)},\n'
        f'   "user": {_json({"name": version.user})},\n   "state": {_lines(_grouped(version.state), 4)}\n  }}'
    )


def sidecar(inventory: bytes) -> bytes:
    """inventory.json.sha512 of these inventory bytes."""
    return f"{hashlib.sha512(inventory).hexdigest()} {INVENTORY}\n".encode()


def parse(data: bytes, place: str) -> Inventory:
    """Read inventory.json.

    Raises: FixityError if it is not an inventory that this store writes.
    """
    try:
        value = json.loads(data)
        versions = tuple(_parse_version(name, body) for name, body in value["versions"].items())
        sha256 = {path: digest for digest, paths in value.get("fixity", {}).get("sha256", {}).items() for path in paths}
        manifest = {digest.lower(): paths[0] for digest, paths in value["manifest"].items()}
        inventory = Inventory(value["id"], value["head"], versions, manifest, sha256)
        if not all(re.fullmatch(r"v[1-9]\d*", version.name) for version in (*versions, inventory.version())):
            raise ValueError("version name")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise FixityError(f"{place} 不是完好的 OCFL 清单（{type(error).__name__}）", "请从备份恢复该案卷") from error
    return inventory


def _parse_version(name: str, body: Mapping[str, Any]) -> Version:
    state = {path: digest.lower() for digest, paths in body["state"].items() for path in paths}
    return Version(name, body["created"], body.get("message", ""), body.get("user", {}).get("name", ""), state)


def first(object_id: str) -> Inventory:
    """An inventory without versions, to start from."""
    return Inventory(object_id, "v0", (), {})


def next_name(inventory: Inventory) -> str:
    """``v4`` after ``v3``."""
    return f"v{int(inventory.head[1:]) + 1}"


def extended(
    inventory: Inventory,
    state: Mapping[str, str],
    added: Mapping[str, Digests],
    *,
    message: str,
    user: str,
    created: datetime,
) -> Inventory:
    """The inventory with one more version.

    Args:
        state: logical path → SHA-512 of the whole new version. added: new content path → its digests.
        created: with offset (RFC 3339, OCFL 1.1 3.5.3.1).
    """
    if created.tzinfo is None:
        raise ValueError("created needs an offset")
    name = next_name(inventory)
    version = Version(name, created.isoformat(timespec="seconds"), message, user, dict(state))
    manifest = {**inventory.manifest, **{digests.sha512: path for path, digests in added.items()}}
    sha256 = {**inventory.sha256, **{path: digests.sha256 for path, digests in added.items()}}
    return Inventory(inventory.id, name, (*inventory.versions, version), manifest, sha256)


def checked_path(path: str) -> str:
    """A logical path as stored: NFC, relative, no name that a common file system refuses.

    Raises: DataError if it leads out of the object or cannot be a file name.
    """
    path = unicodedata.normalize("NFC", path)
    parts = path.split("/")
    bad = any(part in ("", ".", "..") or part != part.strip(" .") or len(part.encode()) > 255 for part in parts)
    if bad or _BAD_PATH.search(path):
        remedy = '请去掉 : * ? " < > | \\ 和控制字符，单个名称不超过 80 个汉字'
        raise DataError(f"归档路径“{path}”不能用作文件名", remedy)
    return path


def check_state(state: Mapping[str, str]) -> None:
    """No path may be a folder of another (OCFL 1.1 E095).

    Raises: DataError.
    """
    for path in state:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            if "/".join(parts[:depth]) in state:
                raise DataError(f"归档路径“{path}”与已有文件同名", "请换一个文件名")


def folder_name(object_id: str) -> str:
    """The object's folder by extension 0003 with no tuples: the id itself, other characters as %xx."""
    name = "".join(
        c if re.match(r"[A-Za-z0-9_-]", c) else "".join(f"%{byte:02x}" for byte in c.encode()) for c in object_id
    )
    return name if len(name) <= 100 else f"{name[:100]}-{hashlib.sha256(object_id.encode()).hexdigest()}"
