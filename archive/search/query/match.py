"""The meaning of a query in plain Python: the reference for testing engines.

A word without a field matches a page if it is a substring of the page's text, or, on the first page of an item, of its
title, number, company and the like (`COVER_FIELDS`). A word with a field matches if it is a substring of one of the
field's values, on every page of the item.

The order goes by where the words stand. Best is a page where they stand in the item's own fields or tell what came of the
case; then one that says them itself; last one where only the form's legend does. A page is as good as its worst word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from archive.search.fields.analyzer import SEPARATOR, near_occurrences, normalise, normalise_value
from archive.search.fields.fields import COVER_FIELDS, OUTCOMES, PageRecord, counted_values, ordinal_of, values_of
from archive.search.fields.legend import said
from archive.search.query.parser import And, Between, Everything, Keyword, Node, Not, Or, Word
from ssj_docs.model.document import parse_number

#: what a page's words are: of the form's legend, said by the page, in the item's fields or what came of the case
LEGEND, SAID, NAMED = 1, 2, 3
#: far enough apart that freshness never outweighs them
WEIGHT = {LEGEND: 1.0, SAID: 3.0, NAMED: 9.0}
_FIRST_DAY = date(2000, 1, 1).toordinal()


def joined(record: PageRecord, field: str) -> str:
    """The normalised values of a field in one string, with separators that no match can span."""
    return SEPARATOR.join(map(normalise_value, values_of(record, field)))


def cover(record: PageRecord) -> str:
    """What unqualified words search besides the text: the item's fields, on its first page only."""
    if record.page != 1:
        return ""
    return SEPARATOR.join(filter(None, (joined(record, field) for field in COVER_FIELDS)))


def freshness(record: PageRecord) -> float:
    """A factor of at least 1.0 that ranks the newer of two equal hits first."""
    days = record.date.toordinal() - _FIRST_DAY if record.date else 0
    return 1.0 + min(max(days, 0), 40_000) / 40_000


def number_key(record: PageRecord) -> str:
    """Sort key by series, year and serial; pages without a number come last."""
    number = parse_number(record.number)
    if number is None:
        return "\uffff" + (normalise(record.number) or "\uffff")
    return f"{number.series}\t{number.year}\t{number.serial:08d}"


@dataclass(frozen=True)
class Prepared:
    """A record with its normalised strings."""

    record: PageRecord
    text: str
    cover: str

    @classmethod
    def of(cls, record: PageRecord) -> Prepared:
        """Normalise a record once for many queries."""
        return cls(record, normalise(record.text), cover(record))

    @cached_property
    def said(self) -> str:
        """The text without what the form prints."""
        return said(self.record.text, self.record.printed) if self.record.printed else self.text


def matches(node: Node, page: Prepared) -> bool:
    """Return whether a page matches the query."""
    match node:
        case Word():
            return _has_word(node, page)
        case Keyword(field, wanted):
            return not set(wanted).isdisjoint(values_of(page.record, field))
        case Between(field, low, high):
            value = ordinal_of(page.record, field)
            return value is not None and (low is None or low <= value) and (high is None or value <= high)
        case And(parts):
            return all(matches(part, page) for part in parts)
        case Or(parts):
            return any(matches(part, page) for part in parts)
        case Not(part):
            return not matches(part, page)
        case Everything():
            return True


def _has_word(word: Word, page: Prepared) -> bool:
    if word.field not in ("", "text"):
        return word.text in joined(page.record, word.field)
    if word.text in page.text or (not word.field and word.text in page.cover):
        return True
    return word.fuzzy and page.record.origin == "ocr" and any(True for _ in near_occurrences(page.text, word.text))


def grade(node: Node, page: Prepared) -> int:
    """How well a page that matches does so: `LEGEND`, `SAID` or `NAMED`."""
    match node:
        case Word(text, field) if field in ("", "text"):
            if not field and (text in page.cover or any(text in joined(page.record, name) for name in OUTCOMES)):
                return NAMED
            return SAID if not page.record.printed or text in page.said else LEGEND
        case And(parts):
            return min(grade(part, page) for part in parts)
        case Or(parts):
            return max(grade(part, page) for part in parts if matches(part, page))
        case _:
            return NAMED


def score(node: Node, page: Prepared) -> float:
    """Relevance: pages where the words mean more come first, then newer ones."""
    return WEIGHT[grade(node, page)] * freshness(page.record)


def count_facets(pages: Iterable[Prepared], fields: Iterable[str]) -> dict[str, dict[str, int]]:
    """Number of pages by value for each field, most frequent first."""
    counted: dict[str, dict[str, int]] = {field: {} for field in fields}
    for page in pages:
        for field, counts in counted.items():
            for value in counted_values(page.record, field):
                counts[value] = counts.get(value, 0) + 1
    return {field: ordered(counts) for field, counts in counted.items()}


def ordered(counts: dict[str, int]) -> dict[str, int]:
    """Sort by number of pages, then by value."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
