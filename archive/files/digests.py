"""Digests of stored bytes: SHA-512 (content address), SHA-256 and SM3 (GB/T 32905-2016), in one pass over the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

_BLOCK = 1 << 20
_IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
_WORD = 0xFFFFFFFF


class Hasher(Protocol):
    """The common interface of `hashlib` objects and `Sm3`."""

    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


def _turn(word: int, places: int) -> int:
    places %= 32
    return ((word << places) | (word >> (32 - places))) & _WORD


def _p1(word: int) -> int:
    return word ^ _turn(word, 15) ^ _turn(word, 23)


class Sm3:
    """SM3 in pure Python (about 0.3 MB/s), for machines whose OpenSSL lacks it."""

    def __init__(self) -> None:
        self._state: tuple[int, ...] = _IV
        self._rest, self._length = b"", 0

    def update(self, data: bytes, /) -> None:
        """Add bytes."""
        self._length += len(data)
        data = self._rest + data
        whole = len(data) - len(data) % 64
        for start in range(0, whole, 64):
            self._state = _compress(self._state, data[start : start + 64])
        self._rest = data[whole:]

    def hexdigest(self) -> str:
        """The digest of the bytes added so far, as 64 hex digits."""
        tail = self._rest + b"\x80" + b"\x00" * ((55 - self._length) % 64) + (self._length * 8).to_bytes(8, "big")
        state: tuple[int, ...] = self._state
        for start in range(0, len(tail), 64):
            state = _compress(state, tail[start : start + 64])
        return "".join(f"{word:08x}" for word in state)


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        w.append(_p1(w[j - 16] ^ w[j - 9] ^ _turn(w[j - 3], 15)) ^ _turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _turn((_turn(a, 12) + e + _turn(constant, j)) & _WORD, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & _WORD & g)
        tt1 = (ff + d + (ss1 ^ _turn(a, 12)) + (w[j] ^ w[j + 4])) & _WORD
        tt2 = (gg + h + ss1 + w[j]) & _WORD
        a, b, c, d, e, f, g, h = tt1, a, _turn(b, 9), c, tt2 ^ _turn(tt2, 9) ^ _turn(tt2, 17), e, _turn(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def sm3() -> Hasher:
    """Return a new SM3 hasher, from OpenSSL if possible."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return Sm3()


@dataclass(frozen=True)
class Digests:
    """The digests of one file, in lower-case hex, and its size in bytes."""

    sha512: str
    sha256: str
    sm3: str
    size: int


class DigestPass:
    """Calculates all digests in one pass: `update` with each block, then `result`."""

    def __init__(self) -> None:
        self._hashers: tuple[Hasher, ...] = (hashlib.sha512(), hashlib.sha256(), sm3())
        self._size = 0

    def update(self, data: bytes) -> None:
        """Add bytes."""
        self._size += len(data)
        for hasher in self._hashers:
            hasher.update(data)

    def result(self) -> Digests:
        """The digests of the bytes added so far."""
        sha512, sha256, sm3_sum = (hasher.hexdigest() for hasher in self._hashers)
        return Digests(sha512, sha256, sm3_sum, self._size)


def blocks(source: Path | bytes | BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a file, of memory or of an open stream in blocks."""
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as stream:
        while block := stream.read(_BLOCK):
            yield block


def digest_of(source: Path | bytes | BinaryIO) -> Digests:
    """Calculate the digests of a file, of bytes in memory or of an open stream."""
    digests = DigestPass()
    for block in blocks(source):
        digests.update(block)
    return digests.result()
