"""What is indexed and what a search gives back: one record a page, one hit a page.

Restricted personal data (ID numbers, mobile numbers) is cut out here, before any engine sees a record
(DESIGN invariant 11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal

Origin = Literal["text", "ocr", "issued"]

#: stands for one character of restricted data; same length, so that offsets and word boxes stay true
HIDDEN = "\ue000"
#: how a run of hidden characters is shown
HIDDEN_SHOWN = "（已隐去）"
#: bump when the meaning of an index changes; older ones are rebuilt
SCHEMA_VERSION = 3


@dataclass(frozen=True)
class PageRecord:
    """One page of one archived item, with what is known about its item, case, task and company.

    Attributes:
        case, item, page: identify the page; ``page`` counts from 1.
        kind / kind_label: document kind of the catalogue and its Chinese name. title / number: 题名 / 文号.
        year: 年度 or None. departments: canonical names. task: task id. task_name: 抽查任务名称.
        company: 市场主体名称. credit_code: 统一社会信用代码. people: names.
        results / result_labels: codes and Chinese labels, side by side.
        origin: where the text comes from. confidence: 0 to 1, None where not measured.
        text: the page's text as read. path: relative to the workspace. date: day of the document.
        rendition: ``original``, ``internal`` or ``public``. visible_to: departments that may see it, empty = all.
        stamp: changes when the item's content or metadata change; lets an index be brought up to date.
    """

    case: str
    item: str
    page: int
    kind: str = ""
    kind_label: str = ""
    title: str = ""
    number: str = ""
    year: int | None = None
    departments: tuple[str, ...] = ()
    task: str = ""
    task_name: str = ""
    company: str = ""
    credit_code: str = ""
    people: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    result_labels: tuple[str, ...] = ()
    origin: Origin = "text"
    confidence: float | None = None
    text: str = ""
    path: str = ""
    date: date | None = None
    rendition: str = "original"
    visible_to: tuple[str, ...] = ()
    stamp: str = ""

    @property
    def id(self) -> str:
        """``case/item/page``."""
        return f"{self.case}/{self.item}/{self.page}"

    def without_restricted(self) -> PageRecord:
        """The record with ID numbers and mobile numbers cut out of every text it carries."""
        text, title, company = cut_restricted(self.text), _cut_value(self.title), _cut_value(self.company)
        people = tuple(map(_cut_value, self.people))
        if (text, title, company, people) == (self.text, self.title, self.company, self.people):
            return self
        return replace(self, text=text, title=title, company=company, people=people)

    def as_mapping(self) -> dict[str, Any]:
        """A JSON-ready mapping of everything but the text."""
        values = dict(self.__dict__)
        del values["text"]
        values["date"] = self.date.isoformat() if self.date else None
        return values

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], text: str) -> PageRecord:
        """The opposite of `as_mapping`."""
        known: dict[str, Any] = dict(values)
        for name in ("departments", "people", "results", "result_labels", "visible_to"):
            known[name] = tuple(known[name])
        known["date"] = date.fromisoformat(known["date"]) if known["date"] else None
        return cls(text=text, **known)


@dataclass(frozen=True)
class Hit:
    """One page that answers the query.

    Attributes:
        record: the page. score: relevance, comparable within one result.
        snippet: piece of the original text around the first words found; words are marked ``【`` ``】``.
        marks: (start, end) of every word found, offsets in ``record.text`` and so in the page's word boxes.
        matched: names of the fields in which words were found (``text``, ``title`` …).
    """

    record: PageRecord
    score: float
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()
    matched: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with more keys."""
        r = self.record
        return {
            "case": r.case,
            "item": r.item,
            "kind": r.kind,
            "kind_label": r.kind_label,
            "title": r.title,
            "number": r.number,
            "year": r.year,
            "department": r.departments[0] if r.departments else "",
            "departments": list(r.departments),
            "task": r.task,
            "company": r.company,
            "results": list(r.result_labels or r.results),
            "date": r.date.isoformat() if r.date else None,
            "page": r.page,
            "origin": r.origin,
            "confidence": r.confidence,
            "snippet": self.snippet,
            "path": r.path,
            "matched": list(self.matched),
            "marks": [list(mark) for mark in self.marks],
            "score": round(self.score, 6),
        }


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        total: pages that answer the query. exact: False if there may be more than ``total``.
        hits: the wanted slice, in the wanted order. facets: field → value → pages.
        notes: Chinese remarks on how the query was understood.
        engine: name of the index engine.
    """

    total: int
    hits: tuple[Hit, ...] = ()
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    engine: str = ""
    exact: bool = True

    @property
    def total_shown(self) -> str:
        """``123``, or ``10000+`` where counting ended there."""
        return f"{self.total}" if self.exact else f"{self.total}+"

    def by_case(self) -> list[tuple[str, tuple[Hit, ...]]]:
        """The hits grouped by case, cases in the order of their best hit."""
        groups: dict[str, list[Hit]] = {}
        for hit in self.hits:
            groups.setdefault(hit.record.case, []).append(hit)
        return [(case, tuple(hits)) for case, hits in groups.items()]

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with ``notes``, ``engine`` and ``cases`` beside."""
        return {
            "total": self.total,
            "exact": self.exact,
            "hits": [hit.as_json() for hit in self.hits],
            "facets": {name: dict(values) for name, values in self.facets.items()},
            "cases": [{"case": case, "hits": len(hits)} for case, hits in self.by_case()],
            "notes": list(self.notes),
            "engine": self.engine,
        }


@dataclass(frozen=True)
class Filters:
    """Exact filters beside the query: within one several values mean any of them, between two both.

    ``viewer`` is the department that asks: pages that are visible to others only give no hit and no count.
    """

    years: Sequence[int] = ()
    departments: Sequence[str] = ()
    kinds: Sequence[str] = ()
    results: Sequence[str] = ()
    tasks: Sequence[str] = ()
    cases: Sequence[str] = ()
    companies: Sequence[str] = ()
    viewer: str = ""


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


@lru_cache(8192)
def _cut_value(value: str) -> str:
    return cut_restricted(value)


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
