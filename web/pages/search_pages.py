"""检索: one box, filters with counts, hits with the words marked on the text and on the picture of the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import select
from starlette.responses import Response

from archive.assessment.selections import picked_for
from archive.cases import catalogue
from archive.cases.catalogue import ArchiveItem
from archive.search.engines.generations import IndexBusyError
from archive.search.engines.port import Order, Wanted
from archive.search.fields.fields import FACETS, FIELDS, FILTERS
from archive.search.marks import mark_text, page_marks
from archive.search.office_records import GROUPS
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
#: group of hits → the right to see it
_GROUP_RIGHTS = {
    "issued": "papers.read",
    "draft": "papers.write",
    "number": "papers.read",
    "plan": "plan.read",
    "case": "cases",
    "subject": "plan.read",
    "inspector": "restricted",
}
ORIGINS = {"text": "文字", "ocr": "扫描识别", "issued": "与原发文字相符"}
_ORDERS: Mapping[str, Order] = {"": "relevance", "date": "date", "date_asc": "date_asc", "number": "number"}


def filters_of(request: PageRequest) -> Filters | None:
    """Return the filters of the address, restricted to what the user may see; None if that is nothing."""
    chosen = {name: tuple(request.queries(name)) for name in FILTERS}
    years = [value for name in FILTERS if FIELDS[name].kind == "year" for value in chosen[name]]
    if not all(year.isascii() and year.isdecimal() and len(year) == 4 for year in years):
        raise UsageError("年度写法不对", "写四位数字")
    if not request.me.department:
        return Filters(chosen)
    mine = {task.id for task in request.tasks}
    tasks = tuple(task for task in chosen["task"] if task in mine) if chosen["task"] else tuple(sorted(mine))
    return Filters(chosen | {"task": tasks}, request.me.department) if tasks else None


def find(request: PageRequest, wanted: Wanted, facets: Sequence[str] = FACETS) -> SearchResult:
    """Run the search of the address. Finds nothing where the user may see nothing."""
    filters = filters_of(request)
    query = request.query("q")
    if len(query) > 500:
        raise UsageError("检索词太长", "不超过 500 个字")
    if filters is None or not (query or any(request.queries(name) for name in FILTERS)):
        return SearchResult(0)
    found = request.server.indexes.search(request.workspace, query, filters, wanted, facets)
    if wanted.offset or not facets:
        return found
    groups = [name for name in GROUPS if request.can(_GROUP_RIGHTS[name])]
    return replace(found, groups=request.server.indexes.groups(request.workspace, query, filters, groups))


def search(request: PageRequest) -> Response:
    """The search page."""
    page = max(1, request.whole("page") or 1)
    order = _ORDERS.get(request.query("order"), "relevance")
    fault = None
    try:
        result = find(request, Wanted(PER_PAGE, (page - 1) * PER_PAGE, order))
    except (UsageError, IndexBusyError) as failure:
        result, fault = SearchResult(0), failure
    hits = [
        (hit, segments(hit), _hit_link(request, hit, (page - 1) * PER_PAGE + place))
        for place, hit in enumerate(result.hits, 1)
    ]
    return request.page(
        "search.html",
        q=request.query("q"),
        result=result,
        hits=hits,
        maybe=_maybe(request, result),
        groups=_groups(result),
        fault=fault,
        facets=_facets(request, result),
        chosen=_chosen(request),
        origins=ORIGINS,
        page_number=page,
        order=request.query("order"),
        pages=-(-result.total // PER_PAGE),
        asked=bool(request.query("q") or _chosen(request)),
        link=lambda number: _address(request, page=str(number)),
        hidden=_pairs(request),
        evidence=evidence_for(request, [hit.record.case for hit in (*result.hits, *(one.hit for one in result.maybe))]),
    )


def _groups(result: SearchResult) -> list[tuple[str, int, list[tuple[Hit, str]]]]:
    """Hits beside the archived pages: heading, total, and hits with the address of the page that shows them."""
    return [(one.label, one.total, [(hit, _group_link(one.name, hit)) for hit in one.hits]) for one in result.groups]


def _group_link(group: str, hit: Hit) -> str:
    record = hit.record
    match group:
        case "issued":
            return "/papers/file?" + urlencode(
                {"id": record.item.partition(":")[2], "as": record.path.rpartition(".")[2]}
            )
        case "draft":
            return "/draft/" + quote(record.item.partition(":")[2])
        case "number":
            return "/papers"
        case "plan":
            return f"/task/{record.case}"
        case "case":
            return f"/case/{record.case}"
        case _:
            return "/search?" + urlencode({"q": record.title})


def _maybe(
    request: PageRequest, result: SearchResult
) -> list[tuple[str, list[tuple[Hit, list[tuple[str, bool]], str]]]]:
    """Pages that may be meant, by reason."""
    reasons = dict.fromkeys(one.why for one in result.maybe)
    return [
        (why, [(one.hit, segments(one.hit), _hit_link(request, one.hit, 0)) for one in result.maybe if one.why == why])
        for why in reasons
    ]


def segments(hit: Hit) -> list[tuple[str, bool]]:
    """Split a snippet into (text, whether it is a match)."""
    words = sorted({hit.record.text[a:b] for a, b in hit.marks if b > a}, key=len, reverse=True)
    if not words:
        return [(hit.snippet, False)]
    wanted = {re.sub(r"\s+", "", word) for word in words}
    pieces = re.split("(" + "|".join(map(re.escape, wanted)) + ")", hit.snippet)
    return [(piece, piece in wanted) for piece in pieces if piece]


def _pairs(request: PageRequest) -> list[tuple[str, str]]:
    return [(name, value) for name in FILTERS for value in request.queries(name)]


def _address(
    request: PageRequest, *, add: tuple[str, str] | None = None, drop: tuple[str, str] | None = None, page: str = ""
) -> str:
    pairs = [pair for pair in _pairs(request) if pair != drop] + ([add] if add else [])
    extra = [(name, value) for name, value in (("order", request.query("order")), ("page", page)) if value]
    return "/search?" + urlencode([("q", request.query("q")), *pairs, *extra])


def _chosen(request: PageRequest) -> list[tuple[str, str, str]]:
    return [
        (FIELDS[name].label, request.kinds.get(value, value), _address(request, drop=(name, value)))
        for name, value in _pairs(request)
    ]


def _facets(request: PageRequest, result: SearchResult) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """Heading → values with counts, and the address that adds each as a filter."""
    found = []
    for name in _FACETS_SHOWN:
        values = result.facets.get(name, {})
        held = set(request.queries(name))
        rows = [
            (value, count, _address(request, add=(name, value))) for value, count in values.items() if value not in held
        ]
        if rows and len(values) > 1:
            found.append((FIELDS[name].label, rows))
    return found


def _hit_link(request: PageRequest, hit: Hit, place: int) -> str:
    record = hit.record
    pairs = [("q", request.query("q")), *_pairs(request), ("order", request.query("order")), ("hit", str(place or ""))]
    return f"/page/{record.case}/{record.item}/{record.page}?" + urlencode([pair for pair in pairs if pair[1]])


# --- one page ---------------------------------------------------------------------------------------------------------
def _item(request: PageRequest, case: str, number: str) -> ArchiveItem:
    request.require(case)
    with request.workspace.read() as connection:
        return catalogue.load_item(connection, case, number)


@dataclass(frozen=True)
class _StoredText:
    """The text read on a page, with personal data; its origin, state (done, queued, failed or empty) and size in points."""

    text: str = ""
    origin: str = ""
    state: str = ""
    width: float = 0.0
    height: float = 0.0


def _text(request: PageRequest, item: ArchiveItem, page: int) -> _StoredText:
    t = page_texts.c
    with request.workspace.read() as connection:
        row = connection.execute(
            select(t.text, t.origin, t.state, t.width, t.height).where(
                t.case == item.case, t.item == item.item, t.page == page
            )
        ).first()
    return _StoredText(*row) if row else _StoredText()


def page(request: PageRequest) -> Response:
    """A page of an item: its picture with the matches marked, its text, previous and next hit."""
    item, number = _item(request, request.path("case"), request.path("item")), request.number("page")
    if not 1 <= number <= max(item.pages or 1, 1):
        raise NotFoundError(f"第 {item.item} 件没有第 {number} 页", "检查页码")
    read = _text(request, item, number)
    query = request.query("q") if read.state == "done" else ""
    public = without_restricted(read.text)
    shown = [(public, False)] if public else []
    if query and shown:
        shown = mark_text(shown[0][0], query, misread=read.origin == "ocr")
    hidden = item.state != "filed" or request.gate.hides(item, number)
    (width, height), boxes = (read.width, read.height), []
    if not hidden and not width:  # not read yet: the size comes from the file
        width, height = request.gate.page_size(item, number)
    if query and shown:
        marks = page_marks(request.workspace, item.case, item.item, number, query)
        boxes = [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in marks.rectangles]
    before, after = _neighbours(request)
    return request.page(
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
        q=request.query("q"),
        before=before,
        after=after,
        back=_address(request) if request.query("q") else f"/case/{item.case}",
        found_on=_found_on(request, item),
        evidence=evidence_for(request, [item.case]),
    )


def _found_on(request: PageRequest, item: ArchiveItem) -> list[int]:
    """Return the pages of this item that match the query; none without a query or if it cannot match one of them."""
    if not request.query("q"):
        return []
    filters = Filters({"case": (item.case,)})
    hits = request.server.indexes.search(
        request.workspace, request.query("q"), filters, Wanted(_IN_ITEM), facets=()
    ).hits
    return sorted(hit.record.page for hit in hits if hit.record.item == item.item)


def evidence_for(request: PageRequest, cases: Sequence[str]) -> dict[str, Any]:
    """Data for the form 列入佐证 and the earlier selections from these cases; empty without the right."""
    if not request.can("assessment"):
        return {}
    names = {one.id: one.name for one in request.workspace.office.indicators}
    picked = picked_for(request.workspace, cases)
    url = request.http.url
    return {
        "targets": list(names.values()),
        "back": f"{url.path}?{url.query}" if url.query else url.path,
        "picked": {place: [names.get(one, one) for one in targets] for place, targets in picked.items()},
    }


def _neighbours(request: PageRequest) -> tuple[str, str]:
    """Addresses of the previous and the next hit."""
    place = request.whole("hit")
    if not place:
        return "", ""
    order = _ORDERS.get(request.query("order"), "relevance")
    start = max(place - 2, 0)
    try:
        hits: Sequence[Hit] = find(request, Wanted(place + 1 - start, start, order), facets=()).hits
    except SsjError:
        return "", ""
    links = {start + offset: _hit_link(request, hit, start + offset) for offset, hit in enumerate(hits, 1)}
    return links.get(place - 1, ""), links.get(place + 1, "")


def picture(request: PageRequest) -> Response:
    """The picture of a page."""
    return request.gate.picture(_item(request, request.path("case"), request.path("item")), request.number("page"))


def original(request: PageRequest) -> Response:
    """Download the item's original bytes after checking their digest."""
    return request.gate.original(_item(request, request.path("case"), request.path("item")))


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "search": search,
    "page": page,
    "picture": picture,
    "original": original,
}
