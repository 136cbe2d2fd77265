"""检索: one box, filters with counts, hits with the words marked on the text and on the picture of the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from starlette.responses import Response

from archive.assessment.selections import picked_for
from archive.cases import catalogue
from archive.cases.catalogue import ArchiveItem
from archive.search.engines.generations import IndexBusyError
from archive.search.engines.port import Order, Wanted
from archive.search.fields.fields import FACETS, FIELDS, FILTERS
from archive.search.marks import mark_text, page_marks
from archive.search.query.filters import Filters
from archive.search.results import Hit, SearchResult
from ssj_docs.database.schema import page_texts
from ssj_docs.ground.errors import NotFoundError, SsjError, UsageError
from ssj_docs.ground.personal_data import without_restricted
from web.request.request import PageRequest

PER_PAGE = 20
_IN_ITEM = 500
#: no counts by case, because each hit names its case
_FACETS_SHOWN = tuple(name for name in FILTERS if name in FACETS and name != "case")
_VALUES_SHOWN = 8
ORIGINS = {"text": "文字", "ocr": "扫描识别", "issued": "与原发文字相符"}
_ORDERS: Mapping[str, Order] = {"": "relevance", "date": "date", "date_asc": "date_asc", "number": "number"}


def filters_of(visit: PageRequest) -> Filters | None:
    """Return the filters of the address, restricted to what the user may see; None if that is nothing."""
    chosen = {name: tuple(visit.queries(name)) for name in FILTERS}
    years = [value for name in FILTERS if FIELDS[name].kind == "year" for value in chosen[name]]
    if not all(year.isascii() and year.isdecimal() and len(year) == 4 for year in years):
        raise UsageError("年度写法不对", "写四位数字")
    if not visit.me.department:
        return Filters(chosen)
    mine = {task.id for task in visit.tasks}
    tasks = tuple(task for task in chosen["task"] if task in mine) if chosen["task"] else tuple(sorted(mine))
    return Filters(chosen | {"task": tasks}, visit.me.department) if tasks else None


def find(visit: PageRequest, wanted: Wanted, facets: Sequence[str] = FACETS) -> SearchResult:
    """Run the search of the address. Finds nothing where the user may see nothing."""
    filters = filters_of(visit)
    query = visit.query("q")
    if len(query) > 500:
        raise UsageError("检索词太长", "不超过 500 个字")
    if filters is None or not (query or any(visit.queries(name) for name in FILTERS)):
        return SearchResult(0)
    return visit.server.indexes.search(visit.workspace, query, filters, wanted, facets)


def search(visit: PageRequest) -> Response:
    """The search page."""
    page = max(1, visit.whole("page") or 1)
    order = _ORDERS.get(visit.query("order"), "relevance")
    fault = None
    try:
        result = find(visit, Wanted(PER_PAGE, (page - 1) * PER_PAGE, order))
    except (UsageError, IndexBusyError) as failure:
        result, fault = SearchResult(0), failure
    hits = [
        (hit, segments(hit), _hit_link(visit, hit, (page - 1) * PER_PAGE + place))
        for place, hit in enumerate(result.hits, 1)
    ]
    return visit.page(
        "search.html",
        q=visit.query("q"),
        result=result,
        hits=hits,
        fault=fault,
        facets=_facets(visit, result),
        chosen=_chosen(visit),
        origins=ORIGINS,
        page_number=page,
        order=visit.query("order"),
        pages=-(-result.total // PER_PAGE),
        asked=bool(visit.query("q") or _chosen(visit)),
        link=lambda number: _address(visit, page=str(number)),
        hidden=_pairs(visit),
        evidence=evidence_for(visit, [hit.record.case for hit in result.hits]),
    )


def segments(hit: Hit) -> list[tuple[str, bool]]:
    """Split a snippet into (text, whether it is a match)."""
    words = sorted({hit.record.text[a:b] for a, b in hit.marks if b > a}, key=len, reverse=True)
    if not words:
        return [(hit.snippet, False)]
    wanted = {re.sub(r"\s+", "", word) for word in words}
    pieces = re.split("(" + "|".join(map(re.escape, wanted)) + ")", hit.snippet)
    return [(piece, piece in wanted) for piece in pieces if piece]


def _pairs(visit: PageRequest) -> list[tuple[str, str]]:
    return [(name, value) for name in FILTERS for value in visit.queries(name)]


def _address(
    visit: PageRequest, *, add: tuple[str, str] | None = None, drop: tuple[str, str] | None = None, page: str = ""
) -> str:
    pairs = [pair for pair in _pairs(visit) if pair != drop] + ([add] if add else [])
    extra = [(name, value) for name, value in (("order", visit.query("order")), ("page", page)) if value]
    return "/search?" + urlencode([("q", visit.query("q")), *pairs, *extra])


def _chosen(visit: PageRequest) -> list[tuple[str, str, str]]:
    return [
        (FIELDS[name].label, visit.kinds.get(value, value), _address(visit, drop=(name, value)))
        for name, value in _pairs(visit)
    ]


def _facets(visit: PageRequest, result: SearchResult) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """Heading → values with counts, and the address that adds each as a filter."""
    found = []
    for name in _FACETS_SHOWN:
        values = result.facets.get(name, {})
        held = set(visit.queries(name))
        rows = [
            (value, count, _address(visit, add=(name, value))) for value, count in values.items() if value not in held
        ]
        if rows and len(values) > 1:
            found.append((FIELDS[name].label, rows[:_VALUES_SHOWN]))
    return found


def _hit_link(visit: PageRequest, hit: Hit, place: int) -> str:
    record = hit.record
    pairs = [("q", visit.query("q")), *_pairs(visit), ("order", visit.query("order")), ("hit", str(place))]
    return f"/page/{record.case}/{record.item}/{record.page}?" + urlencode([pair for pair in pairs if pair[1]])


# --- one page ---------------------------------------------------------------------------------------------------------
def _item(visit: PageRequest, case: str, number: str) -> ArchiveItem:
    visit.require(case)
    with visit.workspace.read() as connection:
        return catalogue.load_item(connection, case, number)


@dataclass(frozen=True)
class _StoredText:
    """The text read on a page, with personal data; its origin, state (done, queued, failed or empty) and size in points."""

    text: str = ""
    origin: str = ""
    state: str = ""
    width: float = 0.0
    height: float = 0.0


def _text(visit: PageRequest, item: ArchiveItem, page: int) -> _StoredText:
    t = page_texts.c
    with visit.workspace.read() as connection:
        row = connection.execute(
            select(t.text, t.origin, t.state, t.width, t.height).where(
                t.case == item.case, t.item == item.item, t.page == page
            )
        ).first()
    return _StoredText(*row) if row else _StoredText()


def page(visit: PageRequest) -> Response:
    """A page of an item: its picture with the matches marked, its text, previous and next hit."""
    item, number = _item(visit, visit.path("case"), visit.path("item")), visit.number("page")
    if not 1 <= number <= max(item.pages or 1, 1):
        raise NotFoundError(f"第 {item.item} 件没有第 {number} 页", "检查页码")
    read = _text(visit, item, number)
    query = visit.query("q") if read.state == "done" else ""
    public = without_restricted(read.text)
    shown = [(public, False)] if public else []
    if query and shown:
        shown = mark_text(shown[0][0], query, misread=read.origin == "ocr")
    hidden = item.state != "filed" or visit.gate.hides(item, number)
    (width, height), boxes = (read.width, read.height), []
    if not hidden and not width:  # not read yet: the size comes from the file
        width, height = visit.gate.page_size(item, number)
    if query and shown:
        marks = page_marks(visit.workspace, item.case, item.item, number, query)
        boxes = [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in marks.rectangles]
    before, after = _neighbours(visit)
    return visit.page(
        "page.html",
        item=item,
        number=number,
        text=shown,
        origin=ORIGINS.get(read.origin, ""),
        state=read.state,
        width=width,
        height=height,
        boxes=boxes,
        hidden=hidden,
        q=visit.query("q"),
        before=before,
        after=after,
        back=_address(visit) if visit.query("q") else f"/case/{item.case}",
        found_on=_found_on(visit, item),
        evidence=evidence_for(visit, [item.case]),
    )


def _found_on(visit: PageRequest, item: ArchiveItem) -> list[int]:
    """Return the pages of this item that match the query; none without a query or if it cannot match one of them."""
    if not visit.query("q"):
        return []
    filters = Filters({"case": (item.case,)})
    hits = visit.server.indexes.search(visit.workspace, visit.query("q"), filters, Wanted(_IN_ITEM), facets=()).hits
    return sorted(hit.record.page for hit in hits if hit.record.item == item.item)


def evidence_for(visit: PageRequest, cases: Sequence[str]) -> dict[str, Any]:
    """Data for the form 列入佐证 and the earlier selections from these cases; empty without the right."""
    if not visit.can("assessment"):
        return {}
    names = {one.id: one.name for one in visit.workspace.office.indicators}
    picked = picked_for(visit.workspace, cases)
    request = visit.request.url
    return {
        "targets": list(names.values()),
        "back": f"{request.path}?{request.query}" if request.query else request.path,
        "picked": {place: [names.get(one, one) for one in targets] for place, targets in picked.items()},
    }


def _neighbours(visit: PageRequest) -> tuple[str, str]:
    """Addresses of the previous and the next hit."""
    place = visit.whole("hit")
    if not place:
        return "", ""
    order = _ORDERS.get(visit.query("order"), "relevance")
    start = max(place - 2, 0)
    try:
        hits: Sequence[Hit] = find(visit, Wanted(place + 1 - start, start, order), facets=()).hits
    except SsjError:
        return "", ""
    links = {start + offset: _hit_link(visit, hit, start + offset) for offset, hit in enumerate(hits, 1)}
    return links.get(place - 1, ""), links.get(place + 1, "")


def picture(visit: PageRequest) -> Response:
    """The picture of a page."""
    return visit.gate.picture(_item(visit, visit.path("case"), visit.path("item")), visit.number("page"))


def original(visit: PageRequest) -> Response:
    """Download the item's original bytes after checking their digest."""
    return visit.gate.original(_item(visit, visit.path("case"), visit.path("item")))


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "search": search,
    "page": page,
    "picture": picture,
    "original": original,
}
