"""Searches the archive: parse the query, update the index, find pages, mark the matches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import select

from archive.cases.catalogue import ArchiveItem, load_items
from archive.search.engines.disk import open_index
from archive.search.engines.generations import IndexBusyError
from archive.search.engines.port import SearchIndex, Wanted
from archive.search.fields.analyzer import Normalised, near_occurrences, normalise_mapped, occurrences
from archive.search.fields.fields import COVER_FIELDS, FACETS, PageRecord
from archive.search.office_records import office_records, office_state
from archive.search.office_search import find_groups, open_office_index, refresh_office
from archive.search.query.filters import Filters, narrowed
from archive.search.query.hints import hints
from archive.search.query.match import joined, ordered
from archive.search.query.names import Names
from archive.search.query.parser import Everything, Keyword, Node, Query, Word, parse_query, words
from archive.search.records import item_stamps, iter_page_records, source_state
from archive.search.results import Group, Hit, SearchResult
from archive.search.suggestions import Knowledge, with_suggestions
from ssj_docs.database.schema import subjects
from ssj_docs.ground.personal_data import HIDDEN, HIDDEN_SHOWN, cut_restricted
from ssj_docs.office.workspace import Workspace

INDEX_FOLDER = "index"
#: wraps the items being indexed, to show progress
Progress = Callable[[Sequence[ArchiveItem]], Iterable[ArchiveItem]]
#: seconds that a search waits for a writer before it uses the index without updating it
_WAIT = 2.0
_AROUND = 30
_SNIPPET = 120


def open_workspace_index(workspace: Workspace, engine: str = "", *, wait: float = 10.0) -> SearchIndex:
    """Open the workspace's index, creating or repairing it if needed. ``engine`` overrides office.toml."""

    def records() -> Iterator[PageRecord]:
        with workspace.read() as connection:
            yield from iter_page_records(workspace, connection)

    return open_index(workspace.path(INDEX_FOLDER), engine or workspace.office.search_engine, records, wait=wait)


def refresh(workspace: Workspace, index: SearchIndex) -> int:
    """Update the index from the database; returns the number of changed items. Fast if nothing changed."""
    with workspace.read() as connection:
        state = source_state(connection)
        if index.state == state:
            return 0
        wanted = item_stamps(workspace, connection)
        held = index.items()
        gone = [key for key in held if key not in wanted]
        changed = [key for key, stamp in wanted.items() if held.get(key) != stamp]
        index.update(gone, iter_page_records(workspace, connection, changed) if changed else (), state)
    return len(gone) + len(changed)


def reindex(workspace: Workspace, engine: str = "", progress: Progress | None = None) -> tuple[int, str]:
    """Build a new index beside the old one and swap them; returns the number of pages and the engine's name."""
    index = open_index(workspace.path(INDEX_FOLDER), engine or workspace.office.search_engine, lambda: ())
    try:
        with workspace.read() as connection:
            state = source_state(connection)
            pages = index.rebuild(iter_page_records(workspace, connection, progress=progress), state)
    finally:
        index.close()
    office = open_office_index(workspace, engine)
    try:
        with workspace.read() as connection:
            office.rebuild(office_records(workspace, connection), office_state(workspace, connection))
    finally:
        office.close()
    return pages, index.name


def search_workspace(
    workspace: Workspace,
    query: str,
    filters: Filters | None = None,
    wanted: Wanted | None = None,
    *,
    engine: str = "",
    facets: Sequence[str] = FACETS,
    groups: Sequence[str] = (),
) -> SearchResult:
    """Search the archive, updating the index first.

    Args:
        facets: the fields to count; none: no counting.
        groups: what to search besides the archived pages (`archive.search.office_records.GROUPS`).

    Raises:
        UsageError: the query has a mistake; the message says where.
    """
    parsed = _query(query, filters)
    index = open_workspace_index(workspace, engine, wait=_WAIT)
    try:
        try:
            refresh(workspace, index)
        except IndexBusyError:
            parsed = replace(parsed, notes=(*parsed.notes, "索引正在更新或不能写入，最近的变动可能还查不到。"))
        found = _found(workspace, index, parsed, filters, wanted, facets)
    finally:
        index.close()
    if not groups:
        return found
    office = open_office_index(workspace, engine, wait=_WAIT)
    try:
        with suppress(IndexBusyError):
            refresh_office(workspace, office)
        return replace(found, groups=search_groups(workspace, office, query, filters, groups))
    finally:
        office.close()


def search_groups(
    workspace: Workspace, office: SearchIndex, query: str, filters: Filters | None, groups: Sequence[str]
) -> tuple[Group, ...]:
    """Search the open index of the office's papers and registers. Raises: UsageError: the query has a mistake."""
    names, asked = _names(workspace, filters)
    return find_groups(office, narrowed(names.read(_query(query, filters).node), asked), groups, _hit)


def search_as_it_stands(
    workspace: Workspace,
    index: SearchIndex,
    query: str,
    filters: Filters | None = None,
    wanted: Wanted | None = None,
    facets: Sequence[str] = FACETS,
) -> SearchResult:
    """Search an open index without updating it.

    Raises:
        UsageError: the query has a mistake; the message says where.
    """
    return _found(workspace, index, _query(query, filters), filters, wanted, facets)


def _found(
    workspace: Workspace,
    index: SearchIndex,
    parsed: Query,
    filters: Filters | None,
    wanted: Wanted | None,
    facets: Sequence[str],
) -> SearchResult:
    """Run the query, with the office's names mapped to values in the index."""
    names, asked = _names(workspace, filters)
    node = names.read(parsed.node)
    notes = (*parsed.notes, *names.unknown(asked), *_unknown_cases(workspace, asked))
    found = find(index, Query(node, notes), asked, wanted, facets)
    if not found.total:
        found = replace(found, notes=(*notes, *hints(node, names)))
    if wanted is not None and (wanted.offset or not wanted.limit):
        return found
    unread = index.find(narrowed(Keyword("unread", ("是",)), asked), Wanted(0)).total
    found = replace(found, unread=unread if any(word.field in ("", "text") for word in words(node)) else 0)
    known = Knowledge(names, lambda: _companies(workspace))
    return with_suggestions(node, found, lambda other, part: index.find(narrowed(other, asked), part), _hit, known)


def _names(workspace: Workspace, filters: Filters | None) -> tuple[Names, Filters]:
    """The office's names, and the filters with values as in the index."""
    names = Names(workspace.office, {kind.id: kind.title for kind in workspace.kinds.values()})
    return names, names.as_indexed(filters or Filters())


def _companies(workspace: Workspace) -> list[str]:
    """The companies of the registers."""
    with workspace.read() as connection:
        return sorted(set(connection.execute(select(subjects.c.name)).scalars()))


def _unknown_cases(workspace: Workspace, filters: Filters) -> list[str]:
    """A remark for each case that is not in the archive; the same for cases that the user may not see."""
    cases = () if filters.viewer else filters.values.get("case", ())
    with workspace.read() as connection:
        return [f"归档里没有这个案件：{case}。" for case in cases if not load_items(connection, case)]


def search(
    index: SearchIndex, query: str, filters: Filters | None = None, wanted: Wanted | None = None
) -> SearchResult:
    """Search an index. Filter values are used as they are; `search_workspace` also knows the office's names."""
    return find(index, _query(query, filters), filters or Filters(), wanted)


def find(
    index: SearchIndex, query: Query, filters: Filters, wanted: Wanted | None = None, facets: Sequence[str] = FACETS
) -> SearchResult:
    """Run a parsed query; ``facets`` names the fields to count (none: no counting)."""
    node = narrowed(query.node, filters)
    slice_wanted = wanted or Wanted()
    found = index.find(node, slice_wanted)
    hits = tuple(_hit(record, score, node) for record, score in found.records)
    counts = {field: ordered(values) for field, values in index.facets(node, facets).items()} if facets else {}
    exact = slice_wanted.enough is None or found.total < slice_wanted.enough
    return SearchResult(found.total, hits, counts, query.notes, index.name, exact)


def _query(text: str, filters: Filters | None) -> Query:
    """The parsed query; an empty one matches every page if there are filters."""
    if not text.strip() and filters and filters.fields:
        return Query(Everything())
    parsed = parse_query(text)
    if cut_restricted(text) != text:
        note = "身份证号、手机号、银行卡号、家庭住址不进索引，查不到；请用专门的查询。"
        return replace(parsed, notes=(*parsed.notes, note))
    return parsed


def _hit(record: PageRecord, score: float, node: Node) -> Hit:
    """The hit with its matches marked and a snippet around the first."""
    wanted = words(node)
    in_text = [word for word in wanted if word.field in ("", "text")]
    text = normalise_mapped(record.text) if in_text and record.text else Normalised("", ())
    marks = sorted({text.span(*place) for word in in_text for place in _places(word, text.text, record.origin)})
    asked = dict.fromkeys(field for word in wanted for field in ([word.field] if word.field else COVER_FIELDS))
    values = {field: joined(record, field) for field in asked if field != "text"}
    matched = [field for field, value in values.items() if _stands(wanted, field, value)]
    return Hit(record, score, snippet(record, marks), tuple(marks), (*(["text"] if marks else []), *matched))


def _stands(wanted: Sequence[Word], field: str, value: str) -> bool:
    return any(word.text in value for word in wanted if word.field in ("", field))


def _places(word: Word, text: str, origin: str) -> Iterator[tuple[int, int]]:
    if word.fuzzy and origin == "ocr":
        return near_occurrences(text, word.text)
    return occurrences(text, word.text)


def snippet(record: PageRecord, marks: Sequence[tuple[int, int]]) -> str:
    """About 120 characters of the original around the first match, on one line; the title if there is none."""
    if not marks:
        shown = " ".join(filter(None, (record.title, record.number, record.company)))
        return (f"{shown}　" if shown else "") + _one_line(record.text[: _SNIPPET - min(len(shown), _SNIPPET // 2)])
    start = max(0, marks[0][0] - _AROUND)
    end = min(len(record.text), max(start + _SNIPPET, marks[0][1] + _AROUND))
    piece = _one_line(record.text[start:end])
    return ("…" if start else "") + piece + ("…" if end < len(record.text) else "")


def _one_line(text: str) -> str:
    """Remove line breaks inside Chinese, replace others by blanks; removed personal data is indicated."""
    text = re.sub(f"{HIDDEN}+", HIDDEN_SHOWN, text)
    text = re.sub(r"(?<=[^\x00-\xff])[ \t]*[\r\n]+\s*|\s*[\r\n]+[ \t]*(?=[^\x00-\xff])", "", text)
    return re.sub(r"\s+", " ", text).strip()
