"""The whoosh engine: pure Python, for machines without tantivy and for small archives.

Each page is indexed by the set of its characters and pairs of characters. These give candidates, and the reference
implementation (`archive.search.query.match`) decides, so the result is exact for every query.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from whoosh import fields, index, query
from whoosh.searching import Searcher

from archive.search.engines.port import EngineKind, Found, ItemKey, Wanted
from archive.search.fields.analyzer import SEPARATOR, SPACE, normalise
from archive.search.fields.fields import FIELDS, PERIODS, WHOLE, PageRecord, values_of
from archive.search.query.match import Prepared, count_facets, cover, joined, matches, number_key, score
from archive.search.query.parser import And, Between, Everything, Keyword, Node, Not, Or, Word

_GRAM_FIELDS = ("cover", *(name for name, one in FIELDS.items() if one.names and name not in PERIODS))


def _schema() -> fields.Schema:
    schema = fields.Schema(key=fields.ID, stamp=fields.ID, data=fields.STORED, text=fields.STORED, cover=fields.STORED)
    for name in _GRAM_FIELDS:
        schema.add(f"{name}_g", fields.KEYWORD)
    for name in WHOLE:
        schema.add(f"{name}_k", fields.KEYWORD)
    return schema


def _grams(text: str) -> str:
    """Every distinct character and pair, separated by blanks."""
    text = text.replace(" ", SPACE)
    return " ".join({*text, *map(str.__add__, text, text[1:])} - {SEPARATOR})


def _value(value: str) -> str:
    """A whole value as one term."""
    return "".join(SPACE if c.isspace() else c for c in value)


def _key(case: str, item: str) -> str:
    return f"{case}{SEPARATOR}{item}"


class WhooshEngine:
    """See `archive.search.engines.port.Engine`."""

    name = "whoosh"

    def __init__(self, opened: index.FileIndex) -> None:
        self._index = opened
        self._searcher: Searcher = opened.searcher()

    def refresh(self) -> None:
        self._searcher.close()
        self._searcher = self._index.searcher()

    def close(self) -> None:
        self._searcher.close()
        self._index.close()

    def write(self, gone: Iterable[ItemKey], records: Iterable[PageRecord], fresh: bool) -> int:
        writer = self._index.writer(limitmb=256 if fresh else 32)
        number = 0
        try:
            for key in gone:
                writer.delete_by_term("key", _key(*key))
            seen: set[ItemKey] = set()
            for record in records:
                key = (record.case, record.item)
                if not fresh and key not in seen:
                    seen.add(key)
                    writer.delete_by_term("key", _key(*key))
                writer.add_document(**_document(record.without_restricted()))
                number += 1
        except BaseException:
            writer.cancel()
            raise
        writer.commit()
        self.refresh()
        return number

    def items(self) -> Mapping[ItemKey, str]:
        found: dict[ItemKey, str] = {}
        for stored in self._searcher.all_stored_fields():
            values = json.loads(stored["data"])
            found.setdefault((values["case"], values["item"]), values["stamp"])
        return found

    def find(self, node: Node, wanted: Wanted) -> Found:
        total = 0

        def keyed() -> Iterator[_Ranked]:
            nonlocal total
            for page in self._answer(node):
                total += 1
                yield _Ranked(_sort_key(page, node, wanted), total, page)

        # at least one, or nothing would be counted
        best = heapq.nsmallest(max(1, wanted.offset + wanted.limit), keyed())
        best = best[wanted.offset : wanted.offset + wanted.limit]
        total = total if wanted.enough is None else min(total, wanted.enough)
        return Found(total, tuple((ranked.page.record, score(node, ranked.page)) for ranked in best))

    def facets(self, node: Node, fields: Sequence[str]) -> dict[str, dict[str, int]]:
        return count_facets(self._answer(node), fields)

    def _answer(self, node: Node) -> Iterator[Prepared]:
        wide = _candidates(node)
        for number in self._searcher.docs_for_query(wide or query.Every()):
            stored = self._searcher.stored_fields(number)
            record = PageRecord.from_mapping(json.loads(stored["data"]), stored["text"])
            page = Prepared(record, normalise(record.text), stored["cover"])
            if matches(node, page):
                yield page


@dataclass(frozen=True, order=True)
class _Ranked:
    key: float | str
    place: int
    page: Prepared


def _sort_key(page: Prepared, node: Node, wanted: Wanted) -> float | str:
    day = page.record.date.toordinal() if page.record.date else 0
    match wanted.order:
        case "date":
            return -day
        case "date_asc":
            return day
        case "number":
            return number_key(page.record)
        case "relevance":
            return -score(node, page)


def _document(record: PageRecord) -> dict[str, str]:
    covering = cover(record)
    document = {
        "key": _key(record.case, record.item),
        "data": json.dumps(record.as_mapping(), ensure_ascii=False),
        "text": record.text,
        "cover": covering,
        "cover_g": _grams(covering),
    }
    for name in _GRAM_FIELDS[1:]:
        document[f"{name}_g"] = _grams(joined(record, name))
    for name in WHOLE:
        document[f"{name}_k"] = " ".join(map(_value, values_of(record, name)))
    return {name: value for name, value in document.items() if value or name in ("text", "cover")}


def _candidates(node: Node) -> query.Query | None:
    """A query that finds at least the pages that answer; None stands for all pages."""
    match node:
        case Word():
            return _word_candidates(node)
        case Keyword(field, values):
            return query.Or([query.Term(f"{field}_k", _value(value)) for value in values])
        case Between(field, low, high) if (
            FIELDS[field].kind == "year" and low is not None and high is not None and high - low < 50
        ):
            return query.Or([query.Term(f"{field}_k", str(year)) for year in range(low, high + 1)])
        case And(parts):
            found = [part for part in map(_candidates, parts) if part is not None]
            return query.And(found) if found else None
        case Or(parts):
            alternatives = [_candidates(part) for part in parts]
            return None if any(part is None for part in alternatives) else query.Or(alternatives)
        case Not() | Everything() | Between():
            return None


def _word_candidates(word: Word) -> query.Query:
    if word.fuzzy:
        # at most one character differs, so one half is unchanged
        half = len(word.text) // 2
        halves = [_holding("text", word.text[:half]), _holding("text", word.text[half:])]
        return query.Or([*halves, _holding("cover", word.text)])
    if word.field:
        return _holding(word.field, word.text)
    return query.Or([_holding("text", word.text), _holding("cover", word.text)])


def _holding(field: str, text: str) -> query.Query:
    text = text.replace(" ", SPACE)
    terms = sorted({text[at : at + 2] for at in range(max(1, len(text) - 1))})
    return query.And([query.Term(f"{field}_g", term) for term in terms])


def _create(folder: Path) -> WhooshEngine:
    return WhooshEngine(index.create_in(str(folder), _schema()))


def _open(folder: Path) -> WhooshEngine:
    return WhooshEngine(index.open_dir(str(folder)))


KIND = EngineKind("whoosh", version("whoosh-reloaded"), _create, _open)
