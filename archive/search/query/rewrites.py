"""Other ways to write a word of a query, each with its reason: dates, numbers, aliases, traditional characters, sounds.

A rewrite is exact again: it is searched like any query. So a suggestion is a page that matches something that was not
asked, and says what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from archive.search.fields.fields import FIELDS, OUTCOMES
from archive.search.fields.traditional import TO_SIMPLIFIED, TO_TRADITIONAL
from archive.search.query.names import Names
from archive.search.query.parser import And, Between, Node, Or, Word

_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)")
_NUMBER = re.compile(r"(.*?)[(\[]?((?:19|20)\d\d)[)\]]?\s*(?:年|-|第|\s)?\s*第?(\d{1,4})(?:号)?")
#: words of the trade that mean the same
_SAME = (
    ("危化品", "危险化学品"),
    ("特设", "特种设备"),
    ("失联", "无法联系"),
    ("整改通知书", "责令限期整改指令书", "责令改正通知书"),
    ("营业执照", "执照"),
    ("消防栓", "消火栓"),
    ("法人", "法定代表人"),
    ("负责人", "法定代表人"),
    ("抽查计划", "抽查工作计划"),
    ("复查", "整改复查"),
    ("工资", "劳动报酬"),
    ("移交", "移送", "转办"),
)


@dataclass(frozen=True)
class Rewrite:
    """``node`` to search in place of a word, and the Chinese reason."""

    node: Node
    why: str


def rewrites(word: Word, names: Names) -> Iterator[Rewrite]:
    """Other ways to write a word without a field."""
    text = word.text
    yield from _dates(text)
    yield from _numbers(text)
    for field in OUTCOMES:
        told = Word(text, field)
        if len(text) > 1 and names.has_part(told):
            yield Rewrite(names.read(told), f"登记的{FIELDS[field].label}是“{text}”")
    for known, label in names.spoken_of(text):
        others = tuple(Word(text.replace(known, other)) for other in names.same_as(known))
        if others:
            yield Rewrite(_either(others), f"“{known}”即“{label}”")
    for group in _SAME:
        for known in group:
            if known in text:
                others = tuple(Word(text.replace(known, other)) for other in group if other not in text)
                if others:
                    shown = "、".join(other for other in group if other not in text)
                    yield Rewrite(_either(others), f"“{known}”又叫“{shown}”")
    for table in (TO_SIMPLIFIED, TO_TRADITIONAL):
        turned = text.translate(table)
        if turned != text:
            yield Rewrite(Word(turned), f"繁简字：{turned}")


def _either(words: Sequence[Word]) -> Node:
    return words[0] if len(words) == 1 else Or(tuple(words))


def _dates(text: str) -> Iterator[Rewrite]:
    """A date in every usual spelling, and papers of that date."""
    match = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        return
    try:
        day = date(*map(int, match.groups()))
    except ValueError:
        return
    spelled = {day.strftime("%Y年%m月%d日"), f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"}
    for sign in "-./":
        spelled |= {f"{day:%Y{sign}%m{sign}%d}", f"{day.year}{sign}{day.month}{sign}{day.day}"}
    others = tuple(Word(one) for one in sorted(spelled - {text}))
    shown = f"{day.year}年{day.month}月{day.day}日"
    yield Rewrite(Or(others), f"同一天的另一种写法：{shown}")
    yield Rewrite(Between("date", day.toordinal(), day.toordinal()), f"文件日期是{shown}")


def _numbers(text: str) -> Iterator[Rewrite]:
    """A document number written without its brackets or 号."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return
    series, year, serial = match[1].strip(), match[2], int(match[3])
    full = f"{series}({year}){serial}号"
    if full != text and (series or "号" in text):
        yield Rewrite(Word(full), f"文号：{series}〔{year}〕{serial}号")


def replaced(node: Node, word: Word, by: Node) -> Node:
    """The query with a word replaced; words inside a `Not` stay."""
    if node == word:
        return by
    if isinstance(node, And | Or):
        return type(node)(tuple(replaced(part, word, by) for part in node.parts))
    return node


def loose_strings(text: str, pages: Sequence[str], *, edits: bool) -> list[tuple[str, str]]:
    """Strings on the pages that differ from ``text`` in signs, or in one character that is no digit or letter.

    Returns (string, Chinese reason).
    """
    found: dict[str, str] = {}
    signs = re.compile(r"[^0-9a-z\u3400-\u9fff]{0,3}".join(map(re.escape, re.sub(r"[^0-9a-z\u3400-\u9fff]", "", text))))
    near = _one_edit(text) if edits and len(text) >= 4 else None
    for page in pages:
        for match in signs.finditer(page):
            found.setdefault(match[0], "标点、括号不同")
        if near:
            for match in near.finditer(page):
                found.setdefault(match[0], "差一个字")
    found.pop(text, None)
    found.pop("", None)
    return list(found.items())[:12]


def _one_edit(text: str) -> re.Pattern[str]:
    """``text`` with one Chinese character wrong, missing or too many."""
    parts = []
    for at, c in enumerate(text):
        before, after = re.escape(text[:at]), re.escape(text[at + 1 :])
        if "\u3400" <= c <= "\u9fff":
            parts.append(f"{before}[\u3400-\u9fff]{after}")
            if at > 0:
                parts.append(f"{before}[\u3400-\u9fff]{re.escape(c)}{after}")
            if 0 < at < len(text) - 1:
                parts.append(f"{before}{after}")
    return re.compile("|".join(parts)) if parts else re.compile(r"(?!)")
