"""Finds restricted personal data in text: ID numbers, mobile numbers, bank cards, home addresses (DESIGN invariant 11).

The same rules apply everywhere: search index, page texts, snippets, journal, public renditions and pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ssj_docs.ground.personal_numbers import cut_numbers

T = TypeVar("T")

#: replaces one character of restricted data, so that offsets and word boxes stay valid
HIDDEN = "\ue000"
#: displayed instead of a run of hidden characters
HIDDEN_SHOWN = "（已隐去）"

_DIGIT = "[0-9０-９]"
_GAP = r"[ \t\u3000\u00a0\r\n]?"
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


def _hide(match: re.Match[str]) -> str:
    return HIDDEN * len(match[0])


def _hide_home(match: re.Match[str]) -> str:
    place = match[1]
    return match[0][: -len(place)] + HIDDEN * len(place) if _PLACE.search(place) else match[0]


def cut_restricted(text: str) -> str:
    """Replace restricted personal data by `HIDDEN`, character by character.

    Which numbers these are, `ssj_docs.ground.personal_numbers` decides by their labels, check digits and structure.
    Landlines, registration, certificate and task numbers and credit codes stay.
    """
    # a lone surrogate cannot be stored as UTF-8
    text = _UNSTORABLE.sub("\ufffd", text.replace(HIDDEN, " "))
    text = cut_numbers(text, HIDDEN)
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
