"""The zip container of a docx, read with limits and written with fixed times, so that the same parts give the same bytes.

zipfile compresses and dates every part each time; most parts of a form never change, so their compressed bytes are reused.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from ssj_docs.ground.errors import DataError

MAX_PARTS = 2000
MAX_PART_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 96 * 1024 * 1024

#: 1980-01-01 00:00:00, the earliest time a zip entry can carry.
_DOS_TIME, _DOS_DATE = 0, 0x21
_UTF8_NAME = 0x800
_LOCAL, _LISTED = struct.Struct("<4s5H3L2H"), struct.Struct("<4sHHHHHHLLLHHHHHL")


class PackedPart(NamedTuple):
    """A compressed zip entry with its headers, except its position in the file.

    Attributes:
        entry: local header, name and compressed bytes.
        listed: its entry in the central directory without the position.
        name: path inside the package, as bytes.
    """

    entry: bytes
    listed: bytes
    name: bytes


@dataclass(frozen=True)
class Docx:
    """An unpacked docx: the content of each part by name, in order."""

    parts: Mapping[str, bytes]

    def packed(self, put: Mapping[str, str] = MappingProxyType({})) -> bytes:
        """The file; ``put``: placeholder text → replacement."""
        parts = dict(self.parts)
        for mark, text in put.items():
            parts = {name: data.replace(mark.encode(), text.encode()) for name, data in parts.items()}
        return write_package(pack(name, data) for name, data in parts.items())


def pack(name: str, content: bytes, level: int = 6) -> PackedPart:
    """Compress one part; level 0 stores it (for pictures, which are compressed already), level 1 is fast."""
    data, method = content, 0
    if level:
        # Parts are some tens of kilobytes: a smaller hash table stays in the processor's cache.
        squeeze = zlib.compressobj(level, zlib.DEFLATED, -15, 5 if level == 1 else zlib.DEF_MEM_LEVEL)
        data, method = squeeze.compress(content) + squeeze.flush(), 8
    path = name.encode("utf-8")
    flags = 0 if name.isascii() else _UTF8_NAME
    crc = zlib.crc32(content)
    common = (flags, method, _DOS_TIME, _DOS_DATE, crc, len(data), len(content), len(path), 0)
    entry = b"".join((_LOCAL.pack(b"PK\3\4", 20, *common), path, data))
    return PackedPart(entry, _LISTED.pack(b"PK\1\2", 20, 20, *common, 0, 0, 0, 0), path)


def write_package(parts: Iterable[PackedPart]) -> bytes:
    """Join packed parts into a zip file with fixed times and no extra fields."""
    body: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for entry, listed, name in parts:
        body.append(entry)
        directory += (listed, offset.to_bytes(4, "little"), name)
        offset += len(entry)
    listing = b"".join(directory)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(body), len(body), len(listing), offset, 0)
    return b"".join((*body, listing, end))


def read_package(content: bytes, name: str) -> dict[str, bytes]:
    """Read every part of a docx or xlsx, in order.

    Args:
        content: the file.
        name: its name in messages.

    Raises:
        DataError: it is not a zip file, is damaged, encrypted, or unpacks to more than a document needs.
    """
    remedy = "请用 Word 或 WPS 打开并另存为 .docx 后再用。"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            too_big = any(entry.file_size > MAX_PART_BYTES for entry in entries)
            if len(entries) > MAX_PARTS or too_big or sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
                raise DataError(f"模板“{name}”解压后过大，不像是文书模板。", remedy)
            return {entry.filename: _read_limited(archive, entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as fault:
        raise DataError(f"模板“{name}”不是完好的 .docx 文件。", remedy) from fault


def _read_limited(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read one entry, limited by its actual size, not by the declared one."""
    with archive.open(entry) as stream:
        data = stream.read(MAX_PART_BYTES + 1)
    if len(data) > MAX_PART_BYTES:
        raise zipfile.BadZipFile(entry.filename)
    return data
