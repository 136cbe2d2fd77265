"""Searching the archive: read the query, keep the index up to date, find, show the words in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from archive.cases.catalogue import ArchiveItem, load_items
from archive.search.engines.disk import open_index
from archive.search.engines.generations import IndexBusyError
from archive.search.engines.port import SearchIndex, Wanted
from archive.search.fields.analyzer import Normalised, near_occurrences, normalise, normalise_mapped, occurrences
from archive.search.fields.page_record import (
    HIDDEN,
    HIDDEN_SHOWN,
    Filters,
    Hit,
    PageRecord,
    SearchResult,
    cut_restricted,
)
from archive.search.query.hints import ORIGIN_NAMES, hints
from archive.search.query.match import COVER_FIELDS, FACETS, joined, ordered
from archive.search.query.parser import And, Everything, Keyword, Node, Not, Or, Query, Word, parse_query, words
from archive.search.records import item_stamps, iter_page_records, source_state
from ssj_docs.documents.kinds.catalogue import load_catalogue
from ssj_docs.model.office import Office
from ssj_docs.office.workspace import Workspace

INDEX_FOLDER = "index"
#: wraps the items that are being indexed, to show how far it is
Progress = Callable[[Sequence[ArchiveItem]], Iterable[ArchiveItem]]
#: seconds a search waits for a writer before it answers from the index as it is
_WAIT = 2.0
_AROUND = 30
_SNIPPET = 120


def open_workspace_index(workspace: Workspace, engine: str = "", *, wait: float = 10.0) -> SearchIndex:
    """The workspace's index, made or mended where needed. ``engine`` overrides office.toml."""

    def records() -> Iterator[PageRecord]:
        with workspace.read() as connection:
            yield from iter_page_records(workspace, connection)

    return open_index(workspace.path(INDEX_FOLDER), engine or workspace.office.search_engine, records, wait=wait)


def refresh(workspace: Workspace, index: SearchIndex) -> int:
    """Bring the index to the state of the database; the number of items that changed. Cheap if nothing did."""
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
    """Build the index anew beside the old one and swap; the number of pages and the engine's name."""
    index = open_index(workspace.path(INDEX_FOLDER), engine or workspace.office.search_engine, lambda: ())
    try:
        with workspace.read() as connection:
            state = source_state(connection)
            pages = index.rebuild(iter_page_records(workspace, connection, progress=progress), state)
    finally:
        index.close()
    return pages, index.name


def search_workspace(
    workspace: Workspace,
    query: str,
    filters: Filters | None = None,
    wanted: Wanted | None = None,
    *,
    engine: str = "",
    facets: Sequence[str] = FACETS,
) -> SearchResult:
    """Search the archive as it is now; ``facets`` names the fields to count by (none: no counting).

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
        return _found(workspace, index, parsed, filters, wanted, facets)
    finally:
        index.close()


def search_as_it_stands(
    workspace: Workspace,
    index: SearchIndex,
    query: str,
    filters: Filters | None = None,
    wanted: Wanted | None = None,
    facets: Sequence[str] = FACETS,
) -> SearchResult:
    """The same in an index that somebody else keeps open and up to date.

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
    """What the index holds, values named as the office names them."""
    kinds = {kind.id: kind.title for kind in load_catalogue(workspace.templates).values()}
    named = _named(filters or Filters(), workspace.office, kinds)
    with workspace.read() as connection:
        unknown = _unknown(named, workspace.office, kinds, connection)
    parsed = replace(parsed, notes=(*parsed.notes, *unknown))
    parsed = _known(parsed, workspace.office)
    found = find(index, parsed, named, wanted, facets)
    if found.total:
        return found
    return replace(found, notes=(*found.notes, *hints(parsed.node, workspace.office, kinds)))


def search(
    index: SearchIndex, query: str, filters: Filters | None = None, wanted: Wanted | None = None
) -> SearchResult:
    """Search an index. Filter values are compared as they are; `search_workspace` also knows the office's names."""
    return find(index, _query(query, filters), filters or Filters(), wanted)


def find(
    index: SearchIndex, query: Query, filters: Filters, wanted: Wanted | None = None, facets: Sequence[str] = FACETS
) -> SearchResult:
    """Run a parsed query; ``facets`` names the fields to count by (none: no counting)."""
    node = with_filters(query.node, filters)
    slice_wanted = wanted or Wanted()
    found = index.find(node, slice_wanted)
    hits = tuple(_hit(record, score, node) for record, score in found.records)
    counts = {field: ordered(values) for field, values in index.facets(node, facets).items()} if facets else {}
    exact = slice_wanted.enough is None or found.total < slice_wanted.enough
    return SearchResult(found.total, hits, counts, query.notes, index.name, exact)


def _query(text: str, filters: Filters | None) -> Query:
    """The parsed query; an empty one stands for every page if there are filters."""
    if not text.strip() and filters and any(value for name, value in filters.__dict__.items() if name != "viewer"):
        return Query(Everything())
    parsed = parse_query(text)
    if cut_restricted(text) != text:
        note = "身份证号、手机号不进索引，查不到；请用专门的查询。"
        return replace(parsed, notes=(*parsed.notes, note))
    return parsed


def with_filters(node: Node, filters: Filters) -> Node:
    """The query narrowed by the filters."""
    parts: list[Node] = [node]
    if filters.years:
        parts.append(Keyword("year", tuple(str(year) for year in filters.years)))
    for field, values in (
        ("department", filters.departments),
        ("kind", filters.kinds),
        ("result", filters.results),
        ("task", filters.tasks),
        ("case", filters.cases),
    ):
        if values:
            parts.append(Keyword(field, tuple(values)))
    if filters.companies:
        names = [Word(normalise(name), field) for name in filters.companies for field in ("company", "credit")]
        parts.append(Or(tuple(names)))
    if filters.viewer:
        parts.append(Keyword("visible", ("*", filters.viewer)))
    return And(tuple(parts)) if len(parts) > 1 else node


def _named(filters: Filters, office: Office, kinds: dict[str, str]) -> Filters:
    """Filter values as the index has them: departments by alias or part of their name, results by label or alias."""
    departments = [name for value in filters.departments for name in _departments(value, office)]
    results = [code for value in filters.results for code in _results(value, office)]
    chosen = [kind for value in filters.kinds for kind in _kinds(value, kinds)]
    return replace(filters, departments=tuple(departments), results=tuple(results), kinds=tuple(chosen))


def _unknown(named: Filters, office: Office, kinds: Mapping[str, str], connection: Connection) -> list[str]:
    """A remark for each filter value that the office does not know, so that no hits are not taken for no documents."""
    lists: tuple[tuple[str, Sequence[str], set[str], str], ...] = (
        (
            "部门",
            named.departments,
            {d.name for d in office.departments},
            "、".join(d.name for d in office.departments),
        ),
        ("文种", named.kinds, set(kinds), "见 docs/document-kinds.md"),
        ("检查结果", named.results, {r.code for r in office.results}, "、".join(r.label for r in office.results)),
    )
    notes = [
        f"没有这个{what}：{value}（可用：{told}）。"
        for what, values, known, told in lists
        for value in values
        if value not in known
    ]
    if named.viewer:  # whether a case is there is not told to those who may not see it
        return notes
    return notes + [f"归档里没有这个案件：{value}。" for value in named.cases if not load_items(connection, value)]


def _departments(value: str, office: Office) -> list[str]:
    exact = [d.name for d in office.departments if value in (d.code, d.name, d.short, *d.aliases)]
    return exact or [d.name for d in office.departments if value in d.name] or [value]


def _results(value: str, office: Office) -> list[str]:
    exact = [r.code for r in office.results if value in (r.code, r.label, r.header, *r.aliases)]
    return exact or [r.code for r in office.results if value in r.label] or [value]


def _kinds(value: str, kinds: dict[str, str]) -> list[str]:
    exact = [kind for kind, label in kinds.items() if value in (kind, label)]
    return exact or [kind for kind, label in kinds.items() if value in label] or [value]


def _known(query: Query, office: Office) -> Query:
    """A result, department or origin named by its whole label or alias means that one, no other that contains it."""

    def known(node: Node) -> Node:
        match node:
            case Word(text, "result"):
                codes = [r.code for r in office.results if _is_named(text, r.code, r.label, r.header, *r.aliases)]
                return Keyword("result", tuple(codes)) if codes else node
            case Word(text, "department"):
                same = [d.name for d in office.departments if _is_named(text, d.code, d.short, *d.aliases)]
                return Or((node, Keyword("department", tuple(same)))) if same else node
            case Word(text, "origin"):
                origins = [origin for origin, names in ORIGIN_NAMES.items() if _is_named(text, origin, *names)]
                return Keyword("origin", tuple(origins)) if origins else node
            case And(parts):
                return And(tuple(map(known, parts)))
            case Or(parts):
                return Or(tuple(map(known, parts)))
            case Not(part):
                return Not(known(part))
            case _:
                return node

    return replace(query, node=known(query.node))


def _is_named(text: str, *names: str) -> bool:
    return text in {normalise(name) for name in names if name}


def _hit(record: PageRecord, score: float, node: Node) -> Hit:
    """The hit with its words marked and a piece of text around the first of them."""
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
    """About 120 characters of the original around the first mark, on one line; the title where nothing is marked."""
    if not marks:
        shown = " ".join(filter(None, (record.title, record.number, record.company)))
        return (f"{shown}　" if shown else "") + _one_line(record.text[: _SNIPPET - min(len(shown), _SNIPPET // 2)])
    start = max(0, marks[0][0] - _AROUND)
    end = min(len(record.text), max(start + _SNIPPET, marks[0][1] + _AROUND))
    piece = _one_line(record.text[start:end])
    return ("…" if start else "") + piece + ("…" if end < len(record.text) else "")


def _one_line(text: str) -> str:
    """Line breaks inside Chinese vanish, others become blanks; what was cut out is named."""
    text = re.sub(f"{HIDDEN}+", HIDDEN_SHOWN, text)
    text = re.sub(r"(?<=[^\x00-\xff])[ \t]*[\r\n]+\s*|\s*[\r\n]+[ \t]*(?=[^\x00-\xff])", "", text)
    return re.sub(r"\s+", " ", text).strip()
