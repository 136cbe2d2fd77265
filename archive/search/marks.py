"""Marks the words of a query on the picture of a page, from the boxes stored when it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive.search.fields.analyzer import near_occurrences, normalise_mapped, occurrences
from archive.search.query.parser import Word, parse_query, words
from ssj_docs.database.schema import page_texts
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.personal_data import cut_restricted
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

#: text, x0, y0, x1, y1 in points from the page's top left; the characters of a piece are evenly spaced in it
TextBox = tuple[str, float, float, float, float]
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class PageMarks:
    """Rectangles to draw on a page of ``width`` by ``height`` points."""

    width: float
    height: float
    rectangles: tuple[Rectangle, ...]


def page_marks(workspace: Workspace, case: str, item: str, page: int, query: str) -> PageMarks:
    """Mark the words of ``query`` on an archived page.

    Raises:
        UsageError: the query has a mistake. NotFoundError: the page has not been read.
    """
    wanted = words(parse_query(query).node)
    t = page_texts.c
    with workspace.read() as connection:
        row = connection.execute(
            select(t.boxes, t.width, t.height, t.origin).where(t.case == case, t.item == item, t.page == page)
        ).first()
    if row is None:
        raise NotFoundError(f"案卷 {case} 第 {item} 件第 {page} 页还没有读取文字", Remedy("先", do("read")))
    boxes = _open_to_all([(str(text), x0, y0, x1, y1) for text, x0, y0, x1, y1 in row.boxes])
    return PageMarks(row.width, row.height, tuple(mark_words(wanted, boxes, misread=row.origin == "ocr")))


def _open_to_all(boxes: Sequence[TextBox]) -> list[TextBox]:
    """The boxes without personal data, because a mark on a number would confirm a guess."""
    text, found, at = cut_restricted("\n".join(box[0] for box in boxes)), [], 0
    for box in boxes:
        found.append((text[at : at + len(box[0])], *box[1:]))
        at += len(box[0]) + 1
    return found


def mark_text(text: str, query: str, *, misread: bool = False) -> list[tuple[str, bool]]:
    """Split a page's text into (text, whether the query matches it); ``misread`` as in `mark_words`.

    Raises: UsageError: the query has a mistake.
    """
    mapped = normalise_mapped(text)
    spans = []
    for word in words(parse_query(query).node):
        if word.field in ("", "text"):
            search = near_occurrences if word.fuzzy and misread else occurrences
            spans += [mapped.span(start, end) for start, end in search(mapped.text, word.text)]
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(spans):
        if end > at:
            pieces += [(text[at : max(start, at)], False), (text[max(start, at) : end], True)]
            at = end
    return [(piece, marked) for piece, marked in (*pieces, (text[at:], False)) if piece]


def mark_words(wanted: Sequence[Word], boxes: Sequence[TextBox], *, misread: bool = False) -> list[Rectangle]:
    """Return a rectangle for every piece of every occurrence; a word over two lines gives two.

    Args:
        wanted: words; those of other fields than the text are ignored.
        boxes: in reading order.
        misread: allow one wrong character for words that allow it.
    """
    joined = normalise_mapped("\n".join(box[0] for box in boxes))
    places = [(number, at, len(box[0])) for number, box in enumerate(boxes) for at in range(len(box[0]) + 1)]
    found: dict[Rectangle, None] = {}
    backwards = _runs_backwards(boxes)
    for word in wanted:
        if word.field not in ("", "text"):
            continue
        search = near_occurrences if word.fuzzy and misread else occurrences
        for start, end in search(joined.text, word.text):
            first, last = joined.span(start, end)
            found |= dict.fromkeys(_rectangles(boxes, places[first:last], backwards))
    return list(found)


def _runs_backwards(boxes: Sequence[TextBox]) -> bool:
    """Return whether the page was scanned upside down or on its left side, so that words run left or upwards.

    The boxes are in reading order, so the direction from line to line shows the orientation.
    """
    tall = sum(_is_tall(box) for box in boxes) * 2 > len(boxes)
    middles = [box[1] + box[3] if tall else box[2] + box[4] for box in boxes]
    half = (len(boxes) - 1) / 2
    advance = sum((number - half) * middle for number, middle in enumerate(middles))
    return len(boxes) > 3 and (advance > 0 if tall else advance < 0)


def _is_tall(box: TextBox) -> bool:
    text, x0, y0, x1, y1 = box
    return len(text) > 1 and y1 - y0 > 1.5 * (x1 - x0)


def _rectangles(boxes: Sequence[TextBox], places: Sequence[tuple[int, int, int]], backwards: bool) -> list[Rectangle]:
    """Rectangles of characters given as (box, position in it, length of its text)."""
    covered: dict[int, list[int]] = {}
    for number, at, length in places:
        if at < length:
            covered.setdefault(number, []).append(at)
    return [_part(boxes[number], min(ats), max(ats) + 1, backwards) for number, ats in covered.items()]


def _part(box: TextBox, start: int, end: int, backwards: bool) -> Rectangle:
    text, x0, y0, x1, y1 = box
    if backwards:
        start, end = len(text) - end, len(text) - start
    first, last = start / len(text), end / len(text)
    if _is_tall(box):
        # a vertical line of characters
        return x0, round(y0 + (y1 - y0) * first, 1), x1, round(y0 + (y1 - y0) * last, 1)
    return round(x0 + (x1 - x0) * first, 1), y0, round(x0 + (x1 - x0) * last, 1), y1
