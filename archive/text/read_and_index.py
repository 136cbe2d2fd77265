"""Reads archived pages and adds their text to the search index.

It runs after receiving, never during it (DESIGN invariant 3): a failing reader or index does not stop archiving, and
unread pages stay in the queue.
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
    """Read waiting pages of items and unfiled pages, store their texts in the case files, and update the index.

    Args:
        limit: the maximum number of pages.
        progress: wraps the list of pages to show progress.

    Raises: MissingProgramError if OCR is needed and missing; the pages stay in the queue.
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
