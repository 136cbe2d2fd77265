"""Search results: hits, totals and facet counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.search.fields.fields import FIELDS, PageRecord, counted_values


@dataclass(frozen=True)
class Hit:
    """A page that matches the query.

    Attributes:
        record: the page.
        score: relevance, comparable within one result.
        snippet: part of the original text around the first match; matches are marked ``【`` ``】``.
        marks: (start, end) of every match, as offsets in ``record.text`` and so in the page's word boxes.
        matched: names of the fields with matches (``text``, ``title`` …).
    """

    record: PageRecord
    score: float
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()
    matched: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The hit as `ssj search --json` gives it."""
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
            **{name: list(counted_values(r, name)) for name, one in FIELDS.items() if one.told},
        }


@dataclass(frozen=True)
class Suggestion:
    """A page that may be meant although it does not match the query; ``why`` says in Chinese what it matches."""

    hit: Hit
    why: str

    def as_json(self) -> dict[str, Any]:
        """The hit's JSON, with the reason."""
        return {**self.hit.as_json(), "why": self.why}


@dataclass(frozen=True)
class WordCount:
    """The number of pages with one word of a query without hits."""

    word: str
    total: int


@dataclass(frozen=True)
class Group:
    """Hits of one kind beside the archived pages (issued papers, drafts, registers): its name, title, total, first hits."""

    name: str
    label: str
    total: int
    hits: tuple[Hit, ...]

    def as_json(self) -> dict[str, Any]:
        """The group as `ssj search --json` gives it."""
        return {
            "group": self.name,
            "label": self.label,
            "total": self.total,
            "hits": [hit.as_json() for hit in self.hits],
        }


@dataclass(frozen=True)
class SearchResult:
    """The result of a search.

    Attributes:
        total: the number of matching pages.
        exact: False if there may be more than ``total``.
        hits: the requested slice, in the requested order.
        facets: field → value → number of pages.
        notes: Chinese remarks on how the query was understood.
        engine: name of the search engine.
        maybe: pages that do not match but may be meant, where ``total`` is small; never counted.
        unread: pages without any text, so that no word finds them (with the same filters and rights).
        groups: hits beside the archived pages; not in ``total`` and ``hits``.
        words: for a query without hits the number of pages of each of its words.
    """

    total: int
    hits: tuple[Hit, ...] = ()
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    engine: str = ""
    exact: bool = True
    maybe: tuple[Suggestion, ...] = ()
    words: tuple[WordCount, ...] = ()
    groups: tuple[Group, ...] = ()
    unread: int = 0

    @property
    def total_shown(self) -> str:
        """``123``, or ``10000+`` if counting stopped there."""
        return f"{self.total}" if self.exact else f"{self.total}+"

    @property
    def unread_shown(self) -> str:
        """A Chinese remark on the pages that could not be searched; empty if there are none."""
        return f"另有 {self.unread} 页没有读出文字，未能检索（用 未读出:是 列出）。" if self.unread else ""

    def by_case(self) -> list[tuple[str, tuple[Hit, ...]]]:
        """The hits grouped by case, in the order of the best hit of each."""
        groups: dict[str, list[Hit]] = {}
        for hit in self.hits:
            groups.setdefault(hit.record.case, []).append(hit)
        return [(case, tuple(hits)) for case, hits in groups.items()]

    def as_json(self) -> dict[str, Any]:
        """The result as `ssj search --json` gives it."""
        return {
            "total": self.total,
            "exact": self.exact,
            "hits": [hit.as_json() for hit in self.hits],
            "facets": {name: dict(values) for name, values in self.facets.items()},
            "cases": [{"case": case, "hits": len(hits)} for case, hits in self.by_case()],
            "notes": list(self.notes),
            "engine": self.engine,
            "maybe": [one.as_json() for one in self.maybe],
            "unread": self.unread,
            "groups": [group.as_json() for group in self.groups],
            "words": [{"word": one.word, "total": one.total} for one in self.words],
        }
