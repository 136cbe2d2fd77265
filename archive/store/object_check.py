"""Fixity of an OCFL object and of the storage root: every file and digest, and what is missing or extra."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.files.digests import digest_of
from archive.store.ocfl import LAYOUT, ROOT_FILES, FileStore
from archive.store.ocfl_inventory import (
    DECLARATION,
    INVENTORY,
    SIDECAR,
    SM3_SUMS,
    Inventory,
    folder_name,
    parse,
    sidecar,
)
from archive.store.version_staging import read_sm3_sums
from ssj_docs.ground.errors import FixityError

_Sink = Callable[[str, str], None]


@dataclass(frozen=True)
class Fault:
    """Something that changed: in which case (may be empty), in which file, and what."""

    case: str
    path: str
    fault: str

    def as_json(self) -> dict[str, str]:
        """The contract's shape."""
        return {"case": self.case, "path": self.path, "fault": self.fault}


@dataclass
class Tally:
    """What has been read so far, and the faults found."""

    objects: int = 0
    files: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_root(store: FileStore, tally: Tally) -> None:
    """Check the root's own files and folders, apart from the objects."""
    for path, expected in ROOT_FILES.items():
        place = store.root / path
        if not place.is_file():
            tally.faults.append(Fault("", f"archive/{path}", "文件缺失"))
        elif _read(place, tally) != expected:
            tally.faults.append(Fault("", f"archive/{path}", "文件被改动"))
    known = {path.split("/")[0] for path in ROOT_FILES} | {".lock"}
    for entry in sorted(store.root.iterdir()):
        if entry.name not in known and not entry.is_dir():
            tally.faults.append(Fault("", f"archive/{entry.name}", "多出的文件"))
    for entry in sorted((store.root / "extensions").glob("*")):
        if entry.name not in (LAYOUT, "ssj-staging"):
            tally.faults.append(Fault("", f"archive/extensions/{entry.name}", "多出的文件夹"))


def check_object(folder: Path, tally: Tally) -> Inventory | None:
    """Read every file of one object.

    Returns: its inventory, or None if it cannot be trusted; faults and counts are added to ``tally``.
    """
    tally.objects += 1
    name = folder.name

    def fault(path: str, text: str) -> None:
        tally.faults.append(Fault(name, f"archive/{name}/{path}".rstrip("/"), text))

    inventory = None
    for problem, path, value in _inventory_steps(folder, tally):
        if problem:
            fault(path, problem)
        inventory = value or inventory
    if inventory is None:
        return None
    if folder_name(inventory.id) != name:
        fault("", f"文件夹名与案卷号 {inventory.id} 不符")
    _check_versions(folder, inventory, fault_sink=fault, tally=tally)
    _check_contents(folder, inventory, fault_sink=fault, tally=tally)
    return inventory


def _read(place: Path, tally: Tally) -> bytes:
    data = place.read_bytes()
    tally.files += 1
    tally.bytes += len(data)
    return data


def _inventory_steps(folder: Path, tally: Tally) -> Iterator[tuple[str, str, Inventory | None]]:
    """Check the root's declaration, inventory and sidecar; yields the inventory once a copy of it can be trusted."""
    declaration = folder / DECLARATION
    if not declaration.is_file():
        yield "对象声明缺失", DECLARATION, None
    elif _read(declaration, tally) != b"ocfl_object_1.1\n":
        yield "对象声明被改动", DECLARATION, None
    data = _read(folder / INVENTORY, tally) if (folder / INVENTORY).is_file() else None
    given = _read(folder / SIDECAR, tally) if (folder / SIDECAR).is_file() else None
    newest = _newest(folder)
    inner = (newest / INVENTORY).read_bytes() if newest and (newest / INVENTORY).is_file() else None
    inner_side = (newest / SIDECAR).read_bytes() if newest and (newest / SIDECAR).is_file() else None
    good = next((d for d in (data, inner) if d is not None and sidecar(d) in (given, inner_side)), None)
    if data is None:
        yield "清单缺失", INVENTORY, None
    elif data != good:
        yield "清单被改动，与摘要不符", INVENTORY, None
    if given is None:
        yield "清单摘要缺失", SIDECAR, None
    elif good is not None and given != sidecar(good):
        yield "清单摘要被改动", SIDECAR, None
    if good is not None:
        try:
            yield "", "", parse(good, folder.name)
        except FixityError as error:
            yield error.message, INVENTORY, None


def _newest(folder: Path) -> Path | None:
    numbers = [int(entry.name[1:]) for entry in folder.glob("v*") if entry.name[1:].isdigit()]
    return folder / f"v{max(numbers)}" if numbers else None


def _check_versions(folder: Path, inventory: Inventory, *, fault_sink: _Sink, tally: Tally) -> None:
    """Check each version's own inventory, which must have the same content up to that version."""
    for position, version in enumerate(inventory.versions, 1):
        place = folder / version.name
        if not (place / INVENTORY).is_file() or not (place / SIDECAR).is_file():
            fault_sink(f"{version.name}/{INVENTORY}", "该版本的清单或其摘要缺失")
            continue
        data, given = _read(place / INVENTORY, tally), _read(place / SIDECAR, tally)
        try:
            told = parse(data, version.name)
        except FixityError:
            told = None
        as_expected = told is not None and told.versions == inventory.versions[:position]
        if not as_expected or (given != sidecar(data) and not _digest_like(given, data)):
            fault_sink(f"{version.name}/{INVENTORY}", "该版本的清单被改动")
        elif given != sidecar(data):
            fault_sink(f"{version.name}/{SIDECAR}", "该版本的清单摘要被改动")


def _digest_like(given: bytes, data: bytes) -> bool:
    """Return whether the sidecar was damaged rather than the inventory: most of its characters are right."""
    expected = sidecar(data)
    return len(given) == len(expected) and sum(a != b for a, b in zip(given, expected, strict=True)) < 16


def _check_contents(folder: Path, inventory: Inventory, *, fault_sink: _Sink, tally: Tally) -> None:
    """Check every content file against SHA-512, SHA-256 and SM3; nothing missing, nothing extra."""
    sums = _sm3_sums(folder, inventory)
    expected = {path: digest for digest, path in inventory.manifest.items()}
    for path, digest in expected.items():
        place = folder / path
        if not place.is_file() or place.is_symlink():
            fault_sink(path, "文件缺失")
            continue
        found = digest_of(place)
        tally.files += 1
        tally.bytes += found.size
        if found.sha512 != digest:
            fault_sink(path, "内容被改动（SHA-512 不符）")
        elif inventory.sha256.get(path, found.sha256) != found.sha256:
            fault_sink(path, "SHA-256 与清单不符")
        elif sums.get(path, found.sm3) != found.sm3:
            fault_sink(path, "SM3 与 sm3sum.txt 不符")
    parts = ("", *(f"{version.name}/" for version in inventory.versions))
    own = {f"{part}{name}" for part in parts for name in (INVENTORY, SIDECAR)}
    known = set(expected) | own | {DECLARATION}
    for top, _, names in os.walk(folder):
        for name in sorted(names):
            path = (Path(top) / name).relative_to(folder).as_posix()
            if path not in known:
                fault_sink(path, "多出的文件，不在清单中")
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in {version.name for version in inventory.versions}:
            fault_sink(entry.name, "多出的文件夹")


def _sm3_sums(folder: Path, inventory: Inventory) -> dict[str, str]:
    """The newest sm3sum.txt; empty if it is damaged, which its own SHA-512 shows."""
    try:
        content, _ = inventory.content(SM3_SUMS)
        return read_sm3_sums((folder / content).read_bytes())
    except (KeyError, OSError, ValueError):
        return {}
