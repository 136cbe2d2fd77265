"""抽查事项: one cell → its items. A numbered list wins over ； and over line breaks."""

from __future__ import annotations

import re

from ssj_docs.intake.values.folding import clean, lines

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_MARK = re.compile(
    rf"(?:^|(?<=[\s。；;，,\u4e00-\u9fff）)]))\s*"
    rf"(?:(?P<plain>\d{{1,2}})\s*[.．、,，)）](?!\d)|[（(](?P<bracket>\d{{1,2}})[)）]|(?P<circled>[{_CIRCLED}]))\s*"
)
_MARK_CHINESE = re.compile(r"(?:^|(?<=[\s。；;]))\s*[（(]?(?P<plain>[一二三四五六七八九十]{1,3})[)）]?[、.．]\s*")
_ENDS = "；;。．.，,、 "


def split_items(text: str) -> tuple[str, ...]:
    """The items of a cell, without their numbers and closing punctuation, in order.

    ``1.甲2.乙`` and ``1、甲\\n2、乙`` are lists if their numbers run from 1; without numbers ``；`` separates, or
    line breaks. ``、`` never separates items: it stands inside their names.
    """
    for pattern in (_MARK, _MARK_CHINESE):
        numbered = _numbered(text, pattern)
        if numbered:
            return numbered
    parts = re.split(r"[；;]", clean(text)) if re.search(r"[；;]", text) else _broken_lines(text)
    return tuple(part for part in (clean(part).strip(_ENDS) for part in parts) if part)


def _numbered(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    marks = _running(list(pattern.finditer(text)))
    if not marks:
        return ()
    head = clean(text[: marks[0].start()]).strip(_ENDS)
    if len(marks) == 1 and head:
        return ()
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    parts = [head] if head and not head.endswith(("：", ":")) else []
    for mark, end in zip(marks, ends, strict=True):
        parts.extend(_trailing_lines(text[mark.end() : end]))
    return tuple(part for part in (clean(part).strip(_ENDS) for part in parts) if part)


def _running(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """The marks whose numbers run 1, 2, 3 …; a number out of turn is part of a text (GB/T 1.1)."""
    kept: list[re.Match[str]] = []
    for mark in marks:
        if _value(mark) == len(kept) + 1:
            kept.append(mark)
    return kept


def _value(mark: re.Match[str]) -> int:
    groups = mark.groupdict()
    if groups.get("circled"):
        return _CIRCLED.index(groups["circled"]) + 1
    number = groups.get("bracket") or groups["plain"]
    return int(number) if number.isdigit() else _chinese(number)


def _chinese(number: str) -> int:
    digits = "一二三四五六七八九"
    if "十" not in number:
        return digits.index(number) + 1 if len(number) == 1 else -1
    tens, _, ones = number.partition("十")
    return (digits.index(tens) + 1 if tens else 1) * 10 + (digits.index(ones) + 1 if ones else 0)


def _trailing_lines(text: str) -> list[str]:
    """An unnumbered line after a complete item is an item whose number was forgotten; else the line was wrapped.

    Complete: it ends with ； or 。, or both end with the same two characters (…的检查 / …的检查).
    """
    parts: list[str] = []
    for line in lines(text):
        closed = bool(parts) and (parts[-1][-1] in "；;。" or parts[-1].strip(_ENDS)[-2:] == line.strip(_ENDS)[-2:])
        if parts and not closed:
            parts[-1] += line
        else:
            parts.append(line)
    return parts


def _broken_lines(text: str) -> list[str]:
    """Line breaks separate items unless a line is too short to be one (the column was narrow)."""
    parts = lines(text)
    if len(parts) > 1 and (min(len(part) for part in parts) < 5 or _looks_wrapped(parts)):
        return ["".join(parts)]
    return parts


def _looks_wrapped(parts: list[str]) -> bool:
    """Lines that end in the middle of a bracket or after a 、 go on in the next one."""
    joined = [
        part
        for part in parts[:-1]
        if part.endswith(("、", "，", "和", "及", "的")) or part.count("（") > part.count("）")
    ]
    return bool(joined)
