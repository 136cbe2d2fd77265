"""Restricted personal data (ID numbers, mobile numbers) is cut out here, before any engine sees a record (DESIGN invariant 11)."""

from __future__ import annotations

import re

#: stands for one character of restricted data; same length, so that offsets and word boxes stay true
HIDDEN = "\ue000"
#: how a run of hidden characters is shown
HIDDEN_SHOWN = "（已隐去）"
_DIGIT = "[0-9０-９]"
_GAP = r"[ \t\u3000\u00a0\r\n]?"
#: 18 characters of an ID number, OCR spaces and line breaks between them allowed
_ID_NUMBER = re.compile(rf"(?<![0-9０-９A-Za-z])(?:{_DIGIT}{_GAP}){{17}}[0-9０-９XxＸｘ](?![0-9０-９A-Za-z])")
#: 11 digits from 13 to 19, perhaps grouped 3-4-4, perhaps with +86
_MOBILE = re.compile(
    rf"(?<![0-9０-９A-Za-z])(?:[+＋]?[8８][6６][-－—]?{_GAP})?[1１]{_GAP}[3-9３-９]{_GAP}{_DIGIT}"
    rf"(?:{_GAP}[-－—]?{_GAP}{_DIGIT}){{8}}(?![0-9０-９A-Za-z])"
)
#: what every number of either kind holds, quick to look for; without it nothing is cut
_ID_BODY = re.compile(rf"{_DIGIT}{_GAP}(?:{_DIGIT}{_GAP}){{16}}[0-9０-９XxＸｘ]")
_MOBILE_BODY = re.compile(rf"[1１]{_GAP}[3-9３-９]{_GAP}{_DIGIT}(?:{_GAP}[-－—]?{_GAP}{_DIGIT}){{8}}")
_UNSTORABLE = re.compile("[\ud800-\udfff]")
_FULL_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)}
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def is_credit_code(code: str) -> bool:
    """True if the 18 characters carry the right check character of GB 32100-2015."""
    if len(code) != 18 or any(c not in _CREDIT_ALPHABET for c in code):
        return False
    total = sum(_CREDIT_ALPHABET.index(c) * w for c, w in zip(code, _CREDIT_WEIGHTS, strict=False))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def _is_id_number(code: str) -> bool:
    """True if the last character is the check of GB 11643-1999 (mod 11-2)."""
    total = sum(int(c) * (pow(2, 17 - place, 11)) for place, c in enumerate(code[:17]))
    return "10X98765432"[total % 11] == code[17]


def _hide_unless_credit_code(match: re.Match[str]) -> str:
    code = re.sub(r"\s", "", match[0]).translate(_FULL_WIDTH).upper()
    if is_credit_code(code) and not _is_id_number(code):
        return match[0]
    return HIDDEN * len(match[0])


def cut_restricted(text: str) -> str:
    """Replace every ID number and mobile number by `HIDDEN`, character for character.

    An 18-character number is kept only where it is a credit code by its check character; a misread ID number
    is thus cut too. Landlines, registration numbers and credit codes stay.
    """
    # a lone surrogate cannot be stored as UTF-8
    text = _UNSTORABLE.sub("\ufffd", text.replace(HIDDEN, " "))
    if _ID_BODY.search(text):
        text = _ID_NUMBER.sub(_hide_unless_credit_code, text)
    if _MOBILE_BODY.search(text):
        text = _MOBILE.sub(lambda match: HIDDEN * len(match[0]), text)
    return text
