"""Cells that name people: ``公安局：张三、李四；王五（卫健委，16170120356）`` → each with what is said beside the name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ssj_docs.intake.values.folding import fold, squeeze

_NOBODY = frozenset(("", "无", "/", "-", "—", "——", "\\", "待定", "空缺", "暂无", "同上", "等"))
_LABEL = re.compile(r"^\s*([^\s:、,;()]{1,14})\s*:\s*")
_NUMBER = re.compile(r"[A-Za-z]{0,6}-?\d[\dA-Za-z-]{1,20}号?")
#: words of a label or a bracket that say a person's part, not who the person is
_PARTS = re.compile(
    r"(检查|执法)?(小?组|队)?(组长|副组长|组员|成员|主检|协检|带队|领队|负责人|牵头|人员|主办|协办)人?(员|领导)?"
)


@dataclass(frozen=True)
class NamedPerson:
    """A person as written; ``asides``: certificate, department … from brackets, from a label before, in order."""

    name: str
    asides: tuple[str, ...] = ()

    def __str__(self) -> str:
        """``姓名（旁注，旁注）``."""
        return f"{self.name}（{'，'.join(self.asides)}）" if self.asides else self.name


def read_people(text: str) -> list[NamedPerson]:
    """The people of a cell, in order; labels such as 组长： say nothing of who it is, departments before a colon do."""
    people: list[NamedPerson] = []
    label = ""
    for piece in _pieces(text):
        body = piece
        while found := _LABEL.match(body):
            label = "" if _PARTS.fullmatch(found[1]) else found[1]
            body = body[found.end() :]
        people += _people_of(body, (label,) if label else ())
    return people


def _pieces(text: str) -> Iterator[str]:
    """The text cut at separators outside of brackets."""
    body = re.sub(r"[【\[]", "(", re.sub(r"[】\]]", ")", fold(text.replace("\n", "；"))))
    body = re.sub(r"\s*([(:;,、])\s*", r"\1", body)
    body = re.sub(r"(?<=[^\s;])\s+(?=[\u4e00-\u9fff]{1,12}:)|(?<=\))(?=[\u4e00-\u9fff]{2,8}:)", ";", body)
    depth, current = 0, ""
    for char in body:
        depth = max(0, depth + (char == "(") - (char == ")"))
        if not depth and char in "、,;/|。":
            yield current
            current = ""
        else:
            current += char
    yield current


def _people_of(piece: str, before: tuple[str, ...]) -> Iterator[NamedPerson]:
    """``林知远 王禾`` are two people, ``林 知远`` is one, ``张三(公安局)李四`` are two, ``张三 16170`` is one with a number."""
    for written, brackets in re.findall(r"([^()]+)((?:\([^()]*\))*)", piece):
        inside = tuple(part for part in re.split(r"[(),;、/\s]+", brackets) if part)
        asides = tuple(dict.fromkeys((*before, *(_aside(part) for part in inside if not _PARTS.fullmatch(part)))))
        words = written.split()
        numbers = [word for word in words if _NUMBER.fullmatch(word)]
        names = [word for word in words if word not in numbers]
        if numbers and not names:
            yield from (NamedPerson(number, asides) for number in numbers)
            continue
        apart = len(names) > 1 and all(len(name) >= 2 for name in names)
        for name in names if apart else ["".join(names)]:
            if squeeze(name) not in _NOBODY:
                yield NamedPerson(squeeze(name), (*asides, *(() if apart else numbers)))


def _aside(text: str) -> str:
    """``执法证号:16170`` → the number."""
    return text.rpartition(":")[2]
