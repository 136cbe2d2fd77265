"""Finds the archived page that proves a fact about a case, by document kind and by words.

A copy that is unsigned, unreadable or different from what was issued proves nothing; it is shown beside what is missing,
so that people can look at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, or_, select

from archive.cases import catalogue
from archive.cases.catalogue import ArchiveItem
from ssj_docs.database.schema import cases, page_texts, tasks
from ssj_docs.ground.personal_data import cut_restricted

_AROUND = 24


@dataclass(frozen=True)
class Proof:
    """A page that proves something.

    Attributes:
        case, item, page: where it is.
        kind, title: which paper it is.
        path: logical path in the case file.
        sha256: its digest.
        snippet: text around the words.
        words: the words to mark.
        query: the saved search that found it, marked instead of words.
        note: a remark of the person who chose it.
    """

    case: str
    item: str
    page: int
    kind: str
    title: str
    path: str
    sha256: str
    snippet: str = ""
    words: str = ""
    query: str = ""
    note: str = ""


@dataclass(frozen=True)
class Doubt:
    """Why a copy proves nothing, and the page that shows it (with words to mark, if known)."""

    why: str
    page: int = 1
    words: str = ""


@dataclass(frozen=True)
class ProofIndex:
    """Items by case, the first page of each item that contains each word, and texts of papers of whole tasks.

    ``doubts`` names copies that prove nothing, by (case, item).
    """

    items: Mapping[str, Sequence[ArchiveItem]]
    hits: Mapping[tuple[str, str, str], tuple[int, str]]
    shared: Mapping[tuple[str, str], Sequence[tuple[int, str]]]
    doubts: Mapping[tuple[str, str], Doubt] = field(default_factory=dict)

    def find(self, case: str, kinds: Sequence[str], words: Sequence[str] = ()) -> Proof | None:
        """Find the newest sound copy of the first kind in ``kinds`` that the case file has; None if there is none.

        The page is the first that contains the first of ``words`` found in the copy, otherwise the item's first page.
        """
        for kind in kinds:
            for item in reversed(self.items.get(case, ())):
                if item.kind == kind and (case, item.item) not in self.doubts:
                    return self._proof(item, words)
        return None

    def doubted(self, case: str, kinds: Sequence[str]) -> tuple[Proof, str] | None:
        """The page of a copy that proves nothing, and why."""
        for item in self.items.get(case, ()):
            doubt = self.doubts.get((case, item.item))
            if doubt and item.kind in kinds:
                return page_proof(item, doubt.page, words=doubt.words), doubt.why
        return None

    def find_shared(self, task: str, kinds: Sequence[str], names: Sequence[str]) -> Proof | None:
        """Find a page of a paper of the whole task (公示表 …) that contains one of ``names``, tried in order.

        The credit code comes first, because one company's name can be the beginning of another's.
        """
        for name in filter(None, ("".join(name.split()) for name in names)):
            for item in self.items.get(task, ()):
                if (task, item.item) in self.doubts:
                    continue
                for page, text in self.shared.get((task, item.item), ()) if item.kind in kinds else ():
                    place = text.find(name)
                    if place >= 0:
                        return page_proof(item, page, _around(text, place, name), name)
        return None

    def _proof(self, item: ArchiveItem, words: Sequence[str]) -> Proof:
        for word in words:
            hit = self.hits.get((item.case, item.item, word))
            if hit:
                return page_proof(item, hit[0], hit[1], word)
        return page_proof(item, 1)


def page_proof(item: ArchiveItem, page: int, snippet: str = "", words: str = "") -> Proof:
    """A page of an archived paper as proof; restricted personal data is removed from the snippet."""
    return Proof(
        item.case,
        item.item,
        page,
        item.kind,
        item.title,
        item.main.path,
        item.main.sha256,
        cut_restricted(snippet),
        words,
    )


def _around(text: str, place: int, word: str) -> str:
    return text[max(0, place - _AROUND) : place + len(word) + _AROUND]


def _of_year(year: int) -> ColumnElement[bool]:
    """Page texts of a year's cases and tasks."""
    planned = select(tasks.c.id).where(tasks.c.year == year)
    drawn = select(cases.c.id).where(cases.c.task.in_(planned))
    return or_(page_texts.c.case.in_(drawn), page_texts.c.case.in_(planned))


def index_proofs(
    connection: Connection,
    year: int,
    wanted: Iterable[str],
    words: Iterable[str],
    doubts: Mapping[tuple[str, str], Doubt],
) -> ProofIndex:
    """Read items and page texts of a year once; only positions of the words and the texts of task papers are kept.

    Args:
        wanted: cases and tasks of the year.
    """
    looked_for, wanted = sorted(set(words)), set(wanted)
    whole = set(connection.execute(select(tasks.c.id).where(tasks.c.year == year)).scalars())
    items: dict[str, list[ArchiveItem]] = {}
    for item in catalogue.load_items(connection):
        if item.case in wanted and item.state == "filed":
            items.setdefault(item.case, []).append(item)
    hits: dict[tuple[str, str, str], tuple[int, str]] = {}
    shared: dict[tuple[str, str], list[tuple[int, str]]] = {}
    t = page_texts.c
    query = (
        select(t.case, t.item, t.page, t.text).where(t.state == "done", _of_year(year)).order_by(t.case, t.item, t.page)
    )
    for case, number, page, text in connection.execute(query.execution_options(yield_per=500)):
        squeezed = "".join(text.split())
        if case in whole:
            shared.setdefault((case, number), []).append((page, squeezed))
        for word in looked_for:
            if (case, number, word) not in hits and (place := squeezed.find(word)) >= 0:
                hits[case, number, word] = (page, _around(squeezed, place, word))
    return ProofIndex(items, hits, shared, {**doubts, **altered_copies(connection, year)})


def altered_copies(connection: Connection, year: int) -> dict[tuple[str, str], Doubt]:
    """Copies that differ from the issued page, with the first difference of each."""
    t = page_texts.c
    found: dict[tuple[str, str], Doubt] = {}
    query = select(t.case, t.item, t.page, t.comparison).where(t.comparison.is_not(None), _of_year(year))
    for case, number, page, comparison in connection.execute(query.order_by(t.case, t.item, t.page)):
        marks = comparison["altered"] + comparison["missing"] if comparison and comparison["confirmed"] is False else ()
        for place, issued, seen, *_ in marks[:1]:
            now = f"签署件上是“{seen}”" if seen else "签署件上没有"
            found.setdefault(
                (case, number), Doubt(f"第 {page} 页与原发页面不符：{place}原为“{issued}”，{now}，请核对", page, seen)
            )
    return found
