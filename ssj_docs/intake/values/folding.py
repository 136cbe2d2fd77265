"""Folding of written forms: full-width signs, odd spaces, dashes and Chinese numerals."""

from __future__ import annotations

import re

_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009\u202f\t\r\x0b\x0c"), " ")
_FOLD = {**_WIDE, **_SPACES, **_ZERO_WIDTH}
_ALNUM = {code: _WIDE[code] for span in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B)) for code in range(*span)}
_CLEAN = {**_SPACES, **_ZERO_WIDTH, **_ALNUM}

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_NUMERAL = re.compile(r"[零〇○一二两三四五六七八九十百]+")


def fold(text: str) -> str:
    """The text with ASCII for full-width signs, plain spaces, no zero-width characters; for parsing, not for keeping."""
    return text.translate(_FOLD).strip()


def squeeze(text: str) -> str:
    """`fold` without any white space: the form in which labels and names are compared."""
    return re.sub(r"\s+", "", fold(text))


def clean(text: str) -> str:
    """The text as it is kept: outer space and stray line breaks gone, punctuation as written, digits and letters narrow.

    A line break inside a Chinese word comes from the width of a column, so it is dropped; between Latin
    letters or digits it becomes one space.
    """
    joined = re.sub(r"(?<=[!-~]) *\n+ *(?=[!-~])", " ", text.translate(_CLEAN).strip())
    return re.sub(r" *\n+ *", "", joined)


def lines(text: str) -> list[str]:
    """The non-empty lines of a cell, trimmed."""
    parts = (part.strip() for part in text.translate(_CLEAN).split("\n"))
    return [part for part in parts if part]


def chinese_number(text: str) -> int | None:
    """The value of a Chinese numeral up to 999 (三十一 → 31), or None."""
    if not _NUMERAL.fullmatch(text):
        return None
    if not re.search("[十百]", text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            total += (digit or 1) * (100 if char == "百" else 10)
            digit = 0
    return total + digit


def arabic(text: str, before: str) -> str:
    """Write Chinese numerals that stand before one of the characters of ``before`` in digits (三月 → 3月)."""

    def digits(match: re.Match[str]) -> str:
        value = chinese_number(match[0])
        return match[0] if value is None else str(value)

    return re.sub(rf"[零〇○一二两三四五六七八九十]+(?=[{before}])", digits, text)
