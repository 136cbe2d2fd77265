"""The legend of a form: what every copy prints, so that a page's own words can be told from it.

A record form lists all possible results at its foot; a word found only there says nothing of this page. The legend is
the fixed text of the kind's template; the page's pieces that stand in it are left out of what the page itself says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archive.search.fields.analyzer import SEPARATOR, normalise, normalise_mapped

#: shortest run of characters by which a piece of the legend is looked for
SHORTEST = 4
#: shortest piece taken that is no whole line or cell of the form; shorter ones stand in other sentences too
_PART = 8


@dataclass(frozen=True)
class Legend:
    """The fixed text of a template, normalised, and where each run of `SHORTEST` characters begins in it."""

    text: str
    places: dict[str, list[int]] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Legend:
        """Prepare a fixed text, its pieces separated by line breaks."""
        plain = SEPARATOR.join(filter(None, map(normalise, text.split("\n"))))
        places: dict[str, list[int]] = {}
        for at in range(len(plain) - SHORTEST + 1):
            run = plain[at : at + SHORTEST]
            if SEPARATOR not in run:
                places.setdefault(run, []).append(at)
        return cls(plain, places)

    def is_whole(self, start: int, end: int) -> bool:
        """Return whether this part of the text is a whole line or cell."""
        return self.text[start - 1 : start] in ("", SEPARATOR) and self.text[end : end + 1] in ("", SEPARATOR)


NO_LEGEND = Legend("", {})


def printed_spans(text: str, legend: Legend) -> tuple[tuple[int, int], ...]:
    """(start, end) in ``text`` of the pieces that the form prints.

    Each place of the legend counts once, so that a result written in a cell is told from the list of all results.
    """
    if not legend.places:
        return ()
    mapped = normalise_mapped(text)
    return tuple(_joined(mapped.span(start, end) for start, end in _pieces(mapped.text, legend)))


def _pieces(text: str, legend: Legend) -> Iterator[tuple[int, int]]:
    """The longest pieces of ``text`` that stand in the legend, each place of it taken once."""
    taken: set[int] = set()
    at = 0
    while at <= len(text) - SHORTEST:
        best, where = 0, 0
        for place in legend.places.get(text[at : at + SHORTEST], ()):
            length = 0
            while (
                at + length < len(text)
                and place + length < len(legend.text)
                and place + length not in taken
                and text[at + length] == legend.text[place + length]
            ):
                length += 1
            if length > best:
                best, where = length, place
        if best >= _PART or (best >= SHORTEST and legend.is_whole(where, where + best)):
            taken.update(range(where, where + best))
            yield at, at + best
            at += best
        else:
            at += 1


def _joined(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans that follow one another as one."""
    first, last = -1, -1
    for start, end in spans:
        if start > last:
            if last > first:
                yield first, last
            first = start
        last = end
    if last > first:
        yield first, last


def said(text: str, printed: tuple[tuple[int, int], ...]) -> str:
    """What the page itself says: its normalised text without the printed spans, which no match can bridge."""
    edges = [0, *(edge for span in printed for edge in span), len(text)]
    kept = (normalise(text[start:end]) for start, end in zip(edges[::2], edges[1::2], strict=True))
    return SEPARATOR.join(filter(None, kept))
