"""Bags (BagIt, RFC 8493): a folder of files with their digests beside it, made in place and checked.

The version written is 0.97: it takes a percent sign in a name as it is, and every tool reads it. bagit-python checks our
bags in the tests; it is not used to make them because it changes the current folder of the whole process and lists tag
files in the order of the file system (docs/decisions/0008-bags-written-by-ourselves.md).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from archive.files.digests import blocks
from ssj_docs.ground.errors import DataError

ALGORITHMS = ("sha256", "sha512")
_DECLARATION = "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-f]{64,128}) {1,2}(\S[^\n]*)")


@dataclass(frozen=True)
class BagFault:
    """A file of a bag that is not as the bag says: its path in the bag and the fault in words."""

    path: str
    fault: str


def make_bag(folder: Path, info: Mapping[str, str]) -> None:
    """Turn a folder into a bag: what it holds moves to ``data/``, declaration and manifests stand beside it.

    Args:
        info: lines of ``bag-info.txt``; the count of bytes and files is added.
    """
    entries, payload = list(folder.iterdir()), folder / ".payload"
    payload.mkdir()
    for entry in entries:
        entry.rename(payload / entry.name)
    payload.rename(folder / "data")
    names = list(_files(folder / "data", folder))
    size = sum((folder / name).stat().st_size for name in names)
    lines = dict(info) | {"Payload-Oxum": f"{size}.{len(names)}"}
    _write(folder / "bagit.txt", _DECLARATION)
    _write(folder / "bag-info.txt", "".join(f"{name}: {' '.join(lines[name].split())}\n" for name in sorted(lines)))
    _write_manifests(folder, "manifest", names)
    _write_manifests(folder, "tagmanifest", _tag_files(folder))


def check_bag(folder: Path) -> list[BagFault]:
    """Every file that is missing, not listed, or not what a manifest says; empty if the bag is whole."""
    if not (folder / "bagit.txt").is_file():
        return [BagFault("bagit.txt", "没有这个文件")]
    found: list[BagFault] = []
    for kind, names in (("tagmanifest", _tag_files(folder)), ("manifest", list(_files(folder / "data", folder)))):
        try:
            listed = {algorithm: read_manifest(folder, algorithm, kind) for algorithm in ALGORITHMS}
        except DataError as failure:
            return [*found, BagFault("", failure.message)]
        found += _compare(folder, listed, {normalize("NFC", name): name for name in names})
    return found


def read_manifest(folder: Path, algorithm: str, kind: str = "manifest") -> dict[str, str]:
    """Digest by path in the bag. Raises: DataError if the manifest is missing or not written as `make_bag` writes it."""
    path, entries = folder / f"{kind}-{algorithm}.txt", {}
    try:
        *lines, rest = path.read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as failure:
        raise DataError(f"清单 {path.name} 读不出来", "请向制作单位重新索取") from failure
    for line in [*lines, rest] if rest else lines:
        entry = _LINE.fullmatch(line)
        name = normalize("NFC", _decoded(entry[2])) if entry else ""
        if entry is None or name in entries:
            raise DataError(f"清单 {path.name} 不是制作时的写法", "请向制作单位重新索取")
        entries[name] = entry[1]
    return entries


def _compare(folder: Path, listed: Mapping[str, Mapping[str, str]], names: Mapping[str, str]) -> Iterator[BagFault]:
    """Hold the files (NFC name → name on disk) against the manifests of each algorithm."""
    for name in sorted(set(names).union(*listed.values())):
        wanted = {algorithm: entries.get(name) for algorithm, entries in listed.items()}
        if None in wanted.values():
            yield BagFault(name, "不在清单中")
        elif name not in names:
            yield BagFault(name, "清单中有，文件没有")
        elif _digests(folder / names[name]) != wanted:
            yield BagFault(name, "内容与清单不符")


def _write_manifests(folder: Path, kind: str, names: list[str]) -> None:
    digests = {name: _digests(folder / name) for name in names}
    for algorithm in ALGORITHMS:
        lines = (f"{digests[name][algorithm]}  {_encoded(name)}\n" for name in names)
        _write(folder / f"{kind}-{algorithm}.txt", "".join(lines))


def _tag_files(folder: Path) -> list[str]:
    """Everything beside the payload but the tag manifests themselves."""
    own = {f"tagmanifest-{algorithm}.txt" for algorithm in ALGORITHMS}
    return [name for name in _files(folder, folder) if not name.startswith("data/") and name not in own]


def _files(folder: Path, bag: Path) -> Iterator[str]:
    """Paths in the bag of the files below a folder, in a fixed order."""
    yield from sorted(path.relative_to(bag).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _digests(path: Path) -> dict[str, str]:
    hashers = {algorithm: hashlib.new(algorithm) for algorithm in ALGORITHMS}
    for block in blocks(path):
        for hasher in hashers.values():
            hasher.update(block)
    return {algorithm: hasher.hexdigest() for algorithm, hasher in hashers.items()}


def _encoded(name: str) -> str:
    return name.replace("\r", "%0D").replace("\n", "%0A")


def _decoded(name: str) -> str:
    return name.replace("%0D", "\r").replace("%0A", "\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
