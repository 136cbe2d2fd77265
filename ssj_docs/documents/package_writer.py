"""The zip container of a docx, read once with limits and written with fixed times: the same parts give the same bytes.

zipfile compresses and dates every part at each save; most parts of a form never change, so their compressed bytes
are kept and copied.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from ssj_docs.errors import DataError

MAX_PARTS = 2000
MAX_PART_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 96 * 1024 * 1024

#: 1980-01-01 00:00:00, the earliest time a zip entry can carry.
_DOS_TIME, _DOS_DATE = 0, 0x21
_UTF8_NAME = 0x800


@dataclass(frozen=True)
class PackedPart:
    """One entry of a zip file, already compressed.

    Attributes:
        name: path inside the package. data: compressed bytes. size: bytes before compression. crc: CRC-32 of these.
        method: 8 for deflate, 0 for stored.
    """

    name: str
    data: bytes
    size: int
    crc: int
    method: int = 8


def pack(name: str, content: bytes, level: int = 6) -> PackedPart:
    """Compress one part; level 0 stores it (for pictures, which are compressed already)."""
    crc = zlib.crc32(content)
    if level == 0:
        return PackedPart(name, content, len(content), crc, 0)
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    return PackedPart(name, squeeze.compress(content) + squeeze.flush(), len(content), crc)


def write_package(parts: Iterable[PackedPart]) -> bytes:
    """Join packed parts into a zip file with fixed times and no extra fields."""
    body: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for part in parts:
        name = part.name.encode("utf-8")
        flags = 0 if name.isascii() else _UTF8_NAME
        common = (flags, part.method, _DOS_TIME, _DOS_DATE, part.crc, len(part.data), part.size, len(name), 0)
        head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, *common)
        body += (head, name, part.data)
        directory += (struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 20, 20, *common, 0, 0, 0, 0, offset), name)
        offset += len(head) + len(name) + len(part.data)
    size = sum(map(len, directory))
    count = len(directory) // 2
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, 0)
    return b"".join((*body, *directory, end))


def read_package(content: bytes, name: str) -> dict[str, bytes]:
    """Read every part of a docx or xlsx, in order.

    Args:
        content: the file. name: what to call it in messages.

    Raises:
        DataError: it is no zip file, is damaged, encrypted, or unpacks to more than a document needs.
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
    """Read one entry, trusting its bytes and not the size it declares."""
    with archive.open(entry) as stream:
        data = stream.read(MAX_PART_BYTES + 1)
    if len(data) > MAX_PART_BYTES:
        raise zipfile.BadZipFile(entry.filename)
    return data
