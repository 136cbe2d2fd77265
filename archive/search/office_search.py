"""Searches what the office holds besides its archived pages: the same language and engines, an index of its own.

Its hits are listed apart, by group, so that totals and hits of the archive stay exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from archive.search.engines.disk import open_index
from archive.search.engines.port import SearchIndex, Wanted
from archive.search.fields.fields import PageRecord
from archive.search.office_records import GROUPS, office_records, office_stamps, office_state
from archive.search.query.parser import And, Keyword, Node
from archive.search.results import Group, Hit
from ssj_docs.office.workspace import Workspace

#: beside the generations of the archive's index
FOLDER = "index/office"
#: hits shown of a group
SHOWN = 5


def open_office_index(workspace: Workspace, engine: str = "", *, wait: float = 10.0) -> SearchIndex:
    """Open the index of the office's papers and registers, creating or repairing it if needed."""

    def records() -> Iterator[PageRecord]:
        with workspace.read() as connection:
            yield from office_records(workspace, connection)

    return open_index(workspace.path(FOLDER), engine or workspace.office.search_engine, records, wait=wait)


def refresh_office(workspace: Workspace, index: SearchIndex) -> int:
    """Update the index from registers and files; returns the number of changed records."""
    with workspace.read() as connection:
        state = office_state(workspace, connection)
        if index.state == state:
            return 0
        wanted, held = office_stamps(workspace, connection), index.items()
        gone = [key for key in held if key not in wanted]
        changed = [key for key, stamp in wanted.items() if held.get(key) != stamp]
        index.update(gone, office_records(workspace, connection, changed) if changed else (), state)
    return len(gone) + len(changed)


def find_groups(
    index: SearchIndex,
    node: Node,
    groups: Sequence[str],
    show: Callable[[PageRecord, float, Node], Hit],
    limit: int = SHOWN,
) -> tuple[Group, ...]:
    """The groups with hits; of each its total and first hits."""
    found = []
    for group in groups:
        here = And((node, Keyword("group", (group,))))
        result = index.find(here, Wanted(limit))
        if result.total:
            hits = tuple(show(record, score, node) for record, score in result.records)
            found.append(Group(group, GROUPS[group], result.total, hits))
    return tuple(found)
