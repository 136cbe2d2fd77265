"""Normalisation of indexed text and of queries, and their n-grams.

Treated as equal: full and half width, letter case, the brackets of document numbers (〔〕 ﹝﹞ [] 【】 （） ()), radicals and
compatibility ideographs that PDF fonts use in place of ideographs. White space counts only between two Latin letters or
digits, because OCR and line breaks insert it into Chinese words. Nothing else is changed, so that a hit is a substring of
the page as people read it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ssj_docs.ground.personal_data import HIDDEN

#: separates two values of a field; no query contains it, so no match spans two values
SEPARATOR = "\x1f"

#: replaces spaces in grams, for engines that split at white space
SPACE = "\ue001"

_OPEN = "(（[［〔﹝【〖﹙"
_CLOSE = ")）]］〕﹞】〗﹚"


def _one_to_one() -> dict[int, str | None]:
    """Characters that are replaced by exactly one other, or removed."""
    table: dict[int, str | None] = {}
    for code in range(0xFF01, 0xFF5F):
        table[code] = chr(code - 0xFEE0)
    for first, last in ((0x2E80, 0x2FDF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)):
        for code in range(first, last + 1):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain != chr(code):
                table[code] = plain
    for code in range(0x250):
        lower = chr(code).lower()
        if len(lower) == 1 and lower != chr(code):
            table[code] = lower
    for code in range(0xFF21, 0xFF3B):
        table[code] = chr(code - 0xFEE0).lower()
    table.update({ord(c): "(" for c in _OPEN})
    table.update({ord(c): ")" for c in _CLOSE})
    # soft hyphen, zero width characters, byte order mark: invisible, so not searched
    for code in (ord(SPACE), 0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF):
        table[code] = None
    # other control characters are white space to a reader; SEPARATOR among them is ours alone
    for code in [*range(0x20), 0x7F, 0x85, 0xA0, 0x3000]:
        table[code] = " "
    return table


_CHANGES = {chr(code): to or "" for code, to in _one_to_one().items()}
# beyond the first plane as one range: a set of single characters there is slow to look in
_CHANGING = re.compile("[" + "".join(re.escape(c) for c in _CHANGES if c < "\U00010000") + "\U0002f800-\U0002fa1f]")
_RUN = re.compile(rf"[^\s{SPACE}]+")
_SPACES = re.compile(r"\s+")
# the blank comes first, so that the engine can skip from one to the next
_KEPT_SPACE = re.compile(r" (?<=[0-9a-z] )(?=[0-9a-z])")
_BROKEN_CODE = re.compile(r"(?<![0-9a-z])[0-9a-z]+(?: [0-9a-z]+)+(?![0-9a-z])")
_CREDIT_CODE = re.compile(r"[1-9a-ny][1-9]\d{6}[0-9a-hj-npqrtuwxy]{10}")


def normalise(text: str) -> str:
    """Normalise a text for indexing and comparing. Idempotent; ``normalise_mapped(text).text`` is equal to it."""
    pieces = _CHANGING.sub(_changed, text).split()
    spaced = " ".join(pieces)
    if not _KEPT_SPACE.search(spaced):
        return "".join(pieces)
    folded = _KEPT_SPACE.sub("\x1e", spaced).replace(" ", "").replace("\x1e", " ")
    return _BROKEN_CODE.sub(_join_code, folded)


def _changed(match: re.Match[str]) -> str:
    return _CHANGES.get(match[0], match[0])


def _join_code(match: re.Match[str]) -> str:
    """Join a credit code broken over lines of a table cell; other words keep their spaces."""
    joined = match[0].replace(" ", "")
    return joined if len(joined) == 18 and _CREDIT_CODE.fullmatch(joined) else match[0]


@lru_cache(8192)
def normalise_value(value: str) -> str:
    """Like `normalise`, cached for titles, names and the like, which repeat on every page of an item."""
    return normalise(value)


@dataclass(frozen=True)
class Normalised:
    """Normalised text, and for each of its characters the offset in the original."""

    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The (start, end) in the original of a part of the normalised text."""
        return self.origin[start], self.origin[end - 1] + 1

    def position(self, offset: int) -> int:
        """The position in the normalised text of an offset in the original."""
        return max(0, bisect_right(self.origin, offset) - 1)


def normalise_mapped(text: str) -> Normalised:
    """Normalise and record where each character came from (slower; for snippets and marks)."""
    target = normalise(text)
    # same length as the text: removed characters are marked instead
    folded = _CHANGING.sub(lambda match: _changed(match) or SPACE, text)
    origin: list[int] = []
    end = 0
    for run in _RUN.finditer(folded):
        if origin and target[len(origin)] == " ":
            kept = _SPACES.search(folded, end)
            origin.append(kept.start() if kept else end)
        origin.extend(range(run.start(), run.end()))
        end = run.end()
    return Normalised(target, tuple(origin))


def query_text(text: str) -> str:
    """Normalise a query: like `normalise`, without characters that no page can contain."""
    return normalise(text.replace(HIDDEN, "").replace(SEPARATOR, " ")).strip()


def grams(text: str, size: int) -> Iterator[str]:
    """Every run of ``size`` characters."""
    return (text[start : start + size] for start in range(len(text) - size + 1))


def occurrences(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every non-overlapping occurrence."""
    start = text.find(wanted)
    while start >= 0:
        yield start, start + len(wanted)
        start = text.find(wanted, start + len(wanted))


def near_occurrences(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every place that differs from ``wanted`` in at most one character, for OCR errors.

    The first or last character of ``wanted`` may also be missing at the edge of the text.
    """
    padded = f"{SEPARATOR}{text}{SEPARATOR}"
    half = len(wanted) // 2
    # where at most one character differs, one of the two halves is unchanged
    starts = set(_all_starts(padded, wanted[:half]))
    starts |= {at - half for at in _all_starts(padded, wanted[half:])}
    for start in sorted(starts):
        piece = padded[max(start, 0) : start + len(wanted)]
        if len(piece) == len(wanted) and sum(a != b for a, b in zip(piece, wanted, strict=True)) <= 1:
            yield max(start - 1, 0), min(start - 1 + len(wanted), len(text))


def _all_starts(text: str, wanted: str) -> Iterator[int]:
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + 1)
