"""Finds ID numbers, mobile numbers and bank cards in text, in every spelling; other numbers of that length stay.

The word before a number (身份证号, 电话, 执法证号, 编号 …), its check digit and its structure decide together. A number may be
broken by blanks, lines, dashes and dots, and OCR may have read letters for its digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ssj_docs.ground.number_checks import (
    is_card,
    is_credit_code,
    is_id_number,
    is_mobile,
    is_registration_number,
    looks_like_id_number,
    may_be_id_number,
)

Label = Literal["id", "phone", "card", "official", ""]

_REAL = "[0-9０-９]"
#: a digit, or a letter that OCR reads for one
_DIGIT = "[0-9０-９OoQDIl|｜Ｏ]"
#: what may stand inside a number
_GAP = r"[ \t\u3000\u00a0\r\n]{0,3}[\-－—–‐.．·•_]?[ \t\u3000\u00a0\r\n]{0,3}"
#: digits close enough to be one number, with letters that touch it
_RUN = re.compile(rf"[A-Za-z+＋|｜]*{_REAL}(?:{_GAP}{_DIGIT}){{9,}}(?:{_GAP}[XxＸｘ×](?![A-Za-z]))?[0-9A-Za-z]*")
_PIECE = re.compile(rf"{_DIGIT}*{_REAL}{_DIGIT}*[XxＸｘ×]?|[OoQDIlＯ]{{1,4}}|[XxＸｘ]$")
_FOLD = {ord(c): "0" for c in "OoQDＯ"} | {ord(c): "1" for c in "Il|｜"} | {ord(c): "X" for c in "xＸｘ×"}
_FOLD |= {code: chr(code - 0xFEE0) for code in range(0xFF10, 0xFF1A)}
_LABEL = re.compile(
    r"(?P<phone>电话|手机|移动|联系方式|联系人|微信|短信|传真|致电|拨打|(?i:tel|phone|mobile|mob|cell))"
    r"|(?P<id>身份证|身份号|公民身份|居民证|证件号|证件编号|证件号码|(?i:id\s?(?:card|no)))"
    r"|(?P<card>银行卡|卡号|账号|帐号|账户|帐户)"
    r"|(?P<official>执法证|执法[^，。；\n]{0,4}证件|检查证|资格证|登记|注册|许可|备案|任务|批号|单号|流水|条码|案号|合同|发票|设备"
    r"|出厂|序列|产品|型号|订单|工号|邮编|信用代码|文号|档号|报告|证书|监督证|合格证|编码|统计|追溯|二维码|凭证)"
)
#: says what a number is only where no other word does
_NUMBERED = re.compile(r"(?:编号|证号|代码|标识)[^0-9]{0,4}$")
#: people whose certificates have 11 digits too: what stands after them is a mobile only in a range of mobile networks
_CARRIER = re.compile("(?:检查|执法)人员")
_AFTER = re.compile(r"^\s{0,2}[(（]?(?:手机|电话|移动电话|微信)")
_AWAY = 24
_TOKEN = re.compile("[0-9A-Za-z+/=_]{32,}")
#: letters all along, as in hexadecimal and base64
_MIXED = re.compile("[A-Za-z][^A-Za-z]+[A-Za-z]+[^A-Za-z]+[A-Za-z]+[^A-Za-z]+[A-Za-z]")


@dataclass(frozen=True)
class _Piece:
    """Digits without a gap: where they stand, and how they are to be read."""

    start: int
    end: int
    digits: str


def cut_numbers(text: str, hidden: str) -> str:
    """Replace each character of restricted numbers by ``hidden``."""
    done = 0
    parts: list[str] = []
    shown = _TOKEN.sub(_without_digest, text)
    for run in _RUN.finditer(shown):
        before = re.split(r"[0-9０-９]{6}", text[max(done, run.start() - _AWAY) : run.start()])[-1]
        spans = _restricted(run[0], before, text[run.end() : run.end() + 8])
        for start, end in spans:
            parts += [text[done : run.start() + start], hidden * (end - start)]
            done = run.start() + end
    return "".join((*parts, text[done:])) if parts else text


def _without_digest(token: re.Match[str]) -> str:
    """Blot out a digest, seed or ciphertext of ours: its digits are nobody's number."""
    return "#" * len(token[0]) if _MIXED.search(token[0]) else token[0]


@lru_cache(16384)
def _restricted(run: str, before: str, after: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of the restricted numbers in a run of digits."""
    pieces = list(_pieces(run))
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(pieces):
        told = before + run[: pieces[0].start] if first == 0 else ""
        last = next((last for last in _ends(pieces, first, run) if _is_restricted(pieces[first:last], told, after)), 0)
        if last:
            found.append((_with_prefix(run, pieces, first), pieces[last - 1].end))
            first = last
        else:
            found += _inside(pieces[first])
            first += 1
    return tuple(found)


def _pieces(run: str) -> Iterator[_Piece]:
    for match in _PIECE.finditer(run):
        start, piece = match.start(), match[0]
        yield _Piece(start, match.end(), piece.translate(_FOLD))


def _ends(pieces: list[_Piece], first: int, run: str) -> Iterator[int]:
    """Where a number that begins with a piece may end, the longest first; letters between pieces end it."""
    last, length, ends = first, 0, []
    while last < len(pieces) and length < 19:
        if last > first and re.search(r"[^\s\-－—–‐.．·•_]", run[pieces[last - 1].end : pieces[last].start]):
            break
        length += len(pieces[last].digits)
        last += 1
        if length in (11, 13, 15, 16, 17, 18, 19):
            ends.append(last)
    return reversed(ends)


def _is_restricted(pieces: list[_Piece], before: str, after: str) -> bool:
    digits = "".join(piece.digits for piece in pieces)
    label = _label(before, after)
    if "X" in digits[:-1] or ("X" in digits and len(digits) != 18):
        return False
    match len(digits):
        case 18:
            return _is_id(digits, label) or _is_card(digits, pieces, label)
        case 15:
            return _is_old_id(digits, label)
        case 13:
            return digits.startswith("86") and (is_mobile(digits[2:]) or _is_mobile(digits[2:], before, label))
        case 11:
            return _is_mobile(digits, before, label)
        case 16 | 17 | 19:
            return _is_card(digits, pieces, label)
        case _:
            return False


def _label(before: str, after: str) -> Label:
    """What the words round a number call it."""
    if _AFTER.match(after):
        return "phone"
    found: Label = ""
    for match in _LABEL.finditer(before):
        found = match.lastgroup  # type: ignore[assignment]
    return found or ("official" if _NUMBERED.search(before) else "")


def _is_id(code: str, label: Label) -> bool:
    if is_id_number(code) and looks_like_id_number(code):
        return True
    if is_credit_code(code):
        return False
    return label == "id" or (label != "official" and (looks_like_id_number(code) or may_be_id_number(code)))


def _is_old_id(digits: str, label: Label) -> bool:
    if label in ("id", "official"):
        return label == "id"
    return looks_like_id_number(digits) and not is_registration_number(digits)


def _is_mobile(digits: str, before: str, label: Label) -> bool:
    if not re.fullmatch(r"1[3-9]\d{9}", digits):
        return False
    if label in ("phone", "id", "official"):
        return label != "official"
    # "GB13812345678" is a code of something, "A13812345678" a number that something touches
    if re.search(r"[A-Za-z]{2}$", before):
        return False
    return is_mobile(digits) or not _CARRIER.search(before)


def _is_card(digits: str, pieces: list[_Piece], label: Label) -> bool:
    shape = [len(piece.digits) for piece in pieces]
    grouped = shape[0] == 6 or shape[:4] == [4, 4, 4, 4] or len(shape) == 1
    if label == "card":
        return len(digits) != 18 or is_card(digits)
    return grouped and len(digits) != 17 and is_card(digits) and (label != "official" or not digits.startswith("62"))


def _inside(piece: _Piece) -> list[tuple[int, int]]:
    """Numbers written together without a gap: mobiles, or an ID number and a mobile."""
    digits, length = piece.digits, len(piece.digits)
    if length in (22, 33) and all(is_mobile(digits[at : at + 11]) for at in range(0, length, 11)):
        return [(piece.start, piece.end)]
    if length == 29:
        for at in (18, 11):
            one, other = sorted((digits[:at], digits[at:]), key=len)
            if is_mobile(one) and (looks_like_id_number(other) or is_id_number(other)):
                return [(piece.start, piece.end)]
    return []


def _with_prefix(run: str, pieces: list[_Piece], first: int) -> int:
    """Where the number begins, with +86 before it."""
    lead = re.search(r"[+＋](?:86|８６)?[\-－—\s]{0,2}$", run[: pieces[first].start])
    return lead.start() if lead else pieces[first].start
