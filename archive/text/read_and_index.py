"""Reading what was archived: text of waiting pages, kept beside the items, found by the search at once.

Runs after receiving, never in it (DESIGN invariant 3): a failing reader or index stops no archiving, and what was not read
waits in the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from archive.cases.kept_texts import keep_texts, read_at
from archive.search.search import open_workspace_index, refresh
from archive.text.text_queue import ReadReport, read_waiting
from archive.text.unfiled_reading import guess_unfiled
from ssj_docs.office.workspace import Workspace

Page = tuple[str, str, int]
Progress = Callable[[Sequence[Page]], Iterable[Page]]


def read_and_index(workspace: Workspace, *, limit: int | None = None, progress: Progress = iter) -> ReadReport:
    """Read waiting pages (of items, then those that wait for a place), keep their texts in the case files, bring the index up to date.

    Args:
        limit: at most so many pages. progress: wraps the list of pages, to show how far it is.

    Raises: MissingProgramError if OCR is needed and missing; the pages stay queued.
    """
    report = read_waiting(workspace, limit=limit, progress=progress)
    left = None if limit is None else limit - report.read - report.failed
    report = replace(report, guessed=guess_unfiled(workspace, limit=left))
    with workspace.transaction() as connection:
        keep_texts(workspace, connection, read_at(connection, workspace.now.isoformat()))
    index = open_workspace_index(workspace)
    try:
        refresh(workspace, index)
    finally:
        index.close()
    return report
