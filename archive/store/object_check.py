"""Fixity of an OCFL object and of the storage root: every file and digest, and what is missing or extra."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from archive.files.digests import digest_of
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
from archive.store.raw_files import RawFiles
from archive.store.version_building import read_sm3_sums
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


def check_root(files: RawFiles, expected: Mapping[str, bytes], allowed: Collection[str], tally: Tally) -> None:
    """Check the root's own files and folders, apart from the objects.

    Args:
        expected: what the root's own files must say. allowed: what else may lie there while it is in use.
    """
    for path, data in expected.items():
        found = _read(files, path, tally)
        if found is None:
            tally.faults.append(Fault("", f"archive/{path}", "文件缺失"))
        elif found != data:
            tally.faults.append(Fault("", f"archive/{path}", "文件被改动"))
    for name in files.names(deep=False):
        if name not in expected and name not in allowed:
            tally.faults.append(Fault("", f"archive/{name}", "多出的文件"))
    for name in files.folders("extensions"):
        if f"extensions/{name}" not in allowed:
            tally.faults.append(Fault("", f"archive/extensions/{name}", "多出的文件夹"))


def check_object(files: RawFiles, name: str, tally: Tally) -> Inventory | None:
    """Read every file of the object that lies under this name.

    Returns: its inventory, None if that cannot be trusted; faults and counts go to ``tally``.
    """
    tally.objects += 1

    def fault(path: str, text: str) -> None:
        tally.faults.append(Fault(name, f"archive/{name}/{path}".rstrip("/"), text))

    inventory = None
    for problem, path, value in _inventory_steps(files, name, tally):
        if problem:
            fault(path, problem)
        inventory = value or inventory
    if inventory is None:
        return None
    if folder_name(inventory.id) != name:
        fault("", f"文件夹名与案卷号 {inventory.id} 不符")
    _check_versions(files, name, inventory, fault_sink=fault, tally=tally)
    _check_contents(files, name, inventory, fault_sink=fault, tally=tally)
    return inventory


def _read(files: RawFiles, name: str, tally: Tally) -> bytes | None:
    data = files.read(name)
    if data is not None:
        tally.files += 1
        tally.bytes += len(data)
    return data


def _inventory_steps(files: RawFiles, name: str, tally: Tally) -> Iterator[tuple[str, str, Inventory | None]]:
    """Check the object's declaration, inventory and sidecar; yields the inventory once a copy of it can be trusted."""
    declaration = _read(files, f"{name}/{DECLARATION}", tally)
    if declaration is None:
        yield "对象声明缺失", DECLARATION, None
    elif declaration != b"ocfl_object_1.1\n":
        yield "对象声明被改动", DECLARATION, None
    data = _read(files, f"{name}/{INVENTORY}", tally)
    given = _read(files, f"{name}/{SIDECAR}", tally)
    newest = f"{name}/{_newest(files.folders(name))}"
    inner, inner_side = files.read(f"{newest}/{INVENTORY}"), files.read(f"{newest}/{SIDECAR}")
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
            yield "", "", parse(good, name)
        except FixityError as error:
            yield error.message, INVENTORY, None


def _newest(folders: list[str]) -> str:
    """The name of the highest version, ``v0`` (which no object has) if there is none."""
    return f"v{max((int(name[1:]) for name in folders if name[0] == 'v' and name[1:].isdecimal()), default=0)}"


def _check_versions(files: RawFiles, name: str, inventory: Inventory, *, fault_sink: _Sink, tally: Tally) -> None:
    """Check each version's own inventory, which must have the same content up to that version."""
    for position, version in enumerate(inventory.versions, 1):
        data = _read(files, f"{name}/{version.name}/{INVENTORY}", tally)
        given = _read(files, f"{name}/{version.name}/{SIDECAR}", tally)
        if data is None or given is None:
            fault_sink(f"{version.name}/{INVENTORY}", "该版本的清单或其摘要缺失")
            continue
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


def _check_contents(files: RawFiles, name: str, inventory: Inventory, *, fault_sink: _Sink, tally: Tally) -> None:
    """Check every content file against SHA-512, SHA-256 and SM3; nothing missing, nothing extra."""
    sums = _sm3_sums(files, name, inventory)
    expected = {path: digest for digest, path in inventory.manifest.items()}
    for path, digest in expected.items():
        if not files.holds(f"{name}/{path}"):
            fault_sink(path, "文件缺失")
            continue
        with files.file(f"{name}/{path}").open() as stream:
            found = digest_of(stream)
        tally.files += 1
        tally.bytes += found.size
        if found.sha512 != digest:
            fault_sink(path, "内容被改动（SHA-512 不符）")
        elif inventory.sha256.get(path, found.sha256) != found.sha256:
            fault_sink(path, "SHA-256 与清单不符")
        elif sums.get(path, found.sm3) != found.sm3:
            fault_sink(path, "SM3 与 sm3sum.txt 不符")
    parts = ("", *(f"{version.name}/" for version in inventory.versions))
    own = {f"{part}{file}" for part in parts for file in (INVENTORY, SIDECAR)}
    known = set(expected) | own | {DECLARATION}
    for path in (file.removeprefix(f"{name}/") for file in files.names(name)):
        if path not in known:
            fault_sink(path, "多出的文件，不在清单中")
    versions = {version.name for version in inventory.versions}
    for folder in files.folders(name):
        if folder not in versions:
            fault_sink(folder, "多出的文件夹")


def _sm3_sums(files: RawFiles, name: str, inventory: Inventory) -> dict[str, str]:
    """The newest sm3sum.txt; empty if it is damaged, which its own SHA-512 shows."""
    try:
        return read_sm3_sums(files.read(f"{name}/{inventory.content(SM3_SUMS)[0]}") or b"")
    except (KeyError, OSError, ValueError):
        return {}
