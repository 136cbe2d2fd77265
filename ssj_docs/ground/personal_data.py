"""Finds restricted personal data in text: ID numbers, mobile numbers, bank cards, home addresses (DESIGN invariant 11).

The same rules apply everywhere: search index, page texts, snippets, journal, public renditions and pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

#: replaces one character of restricted data, so that offsets and word boxes stay valid
HIDDEN = "\ue000"
#: displayed instead of a run of hidden characters
HIDDEN_SHOWN = "（已隐去）"

_DIGIT = "[0-9０-９]"
_GAP = r"[ \t\u3000\u00a0\r\n]?"
_START, _END = "(?<![0-9０-９A-Za-z])", "(?![0-9０-９A-Za-z])"
#: 18 characters of an ID number, OCR spaces and line breaks between them allowed
_ID_NUMBER = re.compile(rf"{_START}(?:{_DIGIT}{_GAP}){{17}}[0-9０-９XxＸｘ]{_END}")
#: 11 digits from 13 to 19, perhaps grouped 3-4-4, perhaps with +86
_MOBILE = re.compile(
    rf"{_START}(?:[+＋]?[8８][6６][-－—]?{_GAP})?[1１]{_GAP}[3-9３-９]{_GAP}{_DIGIT}"
    rf"(?:{_GAP}[-－—]?{_GAP}{_DIGIT}){{8}}{_END}"
)
#: 16 to 19 digits of a bank card, perhaps in groups of four, or the first six apart
_BREAK = rf"(?:{_GAP}[-－—]?{_GAP})"
_FOUR = rf"{_DIGIT}{{4}}"
_CARD = re.compile(
    rf"{_START}(?:{_FOUR}{_BREAK}{_FOUR}{_BREAK}{_FOUR}{_BREAK}{_FOUR}(?:{_BREAK}{_DIGIT}{{1,3}})?"
    rf"|{_DIGIT}{{6}}{_BREAK}{_DIGIT}{{10,13}}){_END}"
)
#: digits close enough to be one number, with adjacent letters: contains all three kinds of numbers
_RUN = re.compile(rf"[A-Za-z+＋]*{_DIGIT}(?:[\s\-－—]{{0,3}}{_DIGIT}){{10,}}(?:\s?[A-Za-zＸｘ][0-9A-Za-z]*)?")
#: the first digits of cards issued in China (GB/T 20546 and the older international ones)
_CARD_ISSUERS = re.compile("60|4|5[0-8]|3[4-7]|95[59]")
#: a labelled home address, up to the end of the line or clause
_HOME = re.compile(
    r"(?:家庭(?:详细)?(?:住址|地址|住所)|户籍(?:地址?|所在地)|户口所在地|现居?住[址地]|居住地址?|暂住地址?|住址)"
    r"[为是在：:\s]{0,4}([^\n，。；,;：:（）()]{3,60})"
)
_HOME_WORDS = ("住址", "家庭", "户籍", "户口", "住地")
#: without one of these after the label it is a heading or an empty field of a form
_PLACE = re.compile(r"[0-9０-９省市县区镇乡村路街巷弄组栋幢楼室号院里]")
#: a flat in a block, with or without a label
_FLAT = re.compile(
    rf"{_DIGIT}{{1,4}}\s?(?:号楼|栋|幢|座|楼)[^\n，。；,;]{{0,4}}?{_DIGIT}{{1,2}}\s?单元\s?{_DIGIT}{{1,4}}\s?[室号户]?"
)
#: digits after a word that announces a personal number, as OCR may read them from handwriting
_ANNOUNCED = re.compile(rf"(?:手机|移动电话|身份证|银行卡)(?:号码?)?[：:\s_—为是（）()]{{0,12}}(?:{_GAP}{_DIGIT}){{7}}")
_LOOK_ALIKE = str.maketrans("OoIl|", "00111")
_UNSTORABLE = re.compile("[\ud800-\udfff]")
_FULL_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)}
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def is_credit_code(code: str) -> bool:
    """Return whether 18 characters have the check character of GB 32100-2015."""
    if len(code) != 18 or any(c not in _CREDIT_ALPHABET for c in code):
        return False
    total = sum(_CREDIT_ALPHABET.index(c) * w for c, w in zip(code, _CREDIT_WEIGHTS, strict=False))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def _is_id_number(code: str) -> bool:
    """Return whether the last character is the check digit of GB 11643-1999 (mod 11-2)."""
    total = sum(int(c) * (pow(2, 17 - place, 11)) for place, c in enumerate(code[:17]))
    return "10X98765432"[total % 11] == code[17]


def _is_card(digits: str) -> bool:
    """Return whether a number has an issuer's prefix and the check digit of ISO/IEC 7812-1 (Luhn).

    No other numbers of this length begin with the 62 of 银联, so such a number is a card even if it was misread.
    """
    if digits.startswith("62") or not _CARD_ISSUERS.match(digits):
        return digits.startswith("62")
    doubled = [int(c) * 2 for c in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def _plain(match: re.Match[str]) -> str:
    return re.sub(r"[\s\-－—]", "", match[0]).translate(_FULL_WIDTH).upper()


def _hide(match: re.Match[str]) -> str:
    return HIDDEN * len(match[0])


def _hide_unless_credit_code(match: re.Match[str]) -> str:
    code = _plain(match)
    return match[0] if is_credit_code(code) and not _is_id_number(code) else _hide(match)


def _hide_card(match: re.Match[str]) -> str:
    return _hide(match) if _is_card(_plain(match)) else match[0]


@lru_cache(16384)
def _without_numbers(run: str) -> str:
    return _CARD.sub(_hide_card, _MOBILE.sub(_hide, _ID_NUMBER.sub(_hide_unless_credit_code, run)))


def _hide_home(match: re.Match[str]) -> str:
    place = match[1]
    return match[0][: -len(place)] + HIDDEN * len(place) if _PLACE.search(place) else match[0]


def cut_restricted(text: str) -> str:
    """Replace restricted personal data by `HIDDEN`, character by character.

    An 18-character number is kept only if it is a credit code by its check character, so a misread ID number is replaced
    too. Landlines, registration numbers and credit codes stay.
    """
    # a lone surrogate cannot be stored as UTF-8
    text = _UNSTORABLE.sub("\ufffd", text.replace(HIDDEN, " "))
    text = _RUN.sub(lambda match: _without_numbers(match[0]), text)
    if any(word in text for word in _HOME_WORDS):
        text = _HOME.sub(_hide_home, text)
    return _FLAT.sub(_hide, text) if "单元" in text else text


def holds_restricted(text: str, *, misread: bool = False) -> bool:
    """Return whether a text contains restricted personal data.

    Args:
        misread: the text comes from OCR: letters that look like digits count as digits, and numbers after a word that
            announces them may have lost or gained digits.
    """
    if HIDDEN in cut_restricted(text):
        return True
    return misread and bool(_ANNOUNCED.search(text) or HIDDEN in cut_restricted(text.translate(_LOOK_ALIKE)))


def without_restricted(text: str) -> str:
    """A text as shown to people without the right: `HIDDEN_SHOWN` for each piece of restricted data."""
    return re.sub(f"{HIDDEN}+", HIDDEN_SHOWN, cut_restricted(text))


def without_restricted_in(value: T) -> T:
    """Apply `without_restricted` to every text in a value: mappings (keys too), lists, tuples and dataclasses."""
    return _without(value)  # type: ignore[no-any-return]


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return without_restricted(value)
    if isinstance(value, Mapping):
        return {_without(key): _without(one) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_without, value))
    if isinstance(value, list | tuple):
        return type(value)(map(_without, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _without(getattr(value, one.name)) for one in fields(value) if one.init})
    return value
