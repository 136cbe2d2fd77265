"""Search indexes kept open between requests, because opening one takes longer than most searches.

`web.worker.worker` updates the index shortly after each change; this module only reads it.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from archive.search.engines.generations import Store
from archive.search.engines.port import SearchIndex, Wanted
from archive.search.fields.fields import FACETS
from archive.search.office_search import open_office_index
from archive.search.query.filters import Filters
from archive.search.results import Group, SearchResult
from archive.search.search import INDEX_FOLDER, open_workspace_index, search_as_it_stands, search_groups
from ssj_docs.office.workspace import Workspace
from web.worker.worker import WorkerProcess

#: seconds to wait for another writer when the index has to be repaired before it can be read
_WAIT = 2.0


class OpenIndexes:
    """A pool of open indexes; each serves one request at a time."""

    def __init__(self, worker: WorkerProcess) -> None:
        """``worker`` builds the index if there is none."""
        self._worker = worker
        self._free: queue.LifoQueue[SearchIndex] = queue.LifoQueue()
        self._free_office: queue.LifoQueue[SearchIndex] = queue.LifoQueue()

    def search(
        self, workspace: Workspace, query: str, filters: Filters, wanted: Wanted, facets: Sequence[str] = FACETS
    ) -> SearchResult:
        """Search the workspace's index and count the hits of each facet.

        Raises: UsageError for a mistake in the query; IndexBusyError while a damaged index is being rebuilt.
        """
        with self._index(workspace) as index:
            return search_as_it_stands(workspace, index, query, filters, wanted, facets)

    def groups(self, workspace: Workspace, query: str, filters: Filters, groups: Sequence[str]) -> tuple[Group, ...]:
        """Search what the office holds besides the archived pages.

        Raises: UsageError for a mistake in the query; IndexBusyError while a damaged index is being rebuilt.
        """
        if not groups:
            return ()
        try:
            index = self._free_office.get_nowait()
        except queue.Empty:
            index = open_office_index(workspace, wait=_WAIT)
        try:
            found = search_groups(workspace, index, query, filters, groups)
        except BaseException:
            index.close()
            raise
        self._free_office.put(index)
        return found

    @contextmanager
    def _index(self, workspace: Workspace) -> Iterator[SearchIndex]:
        try:
            index = self._free.get_nowait()
        except queue.Empty:
            if Store(workspace.path(INDEX_FOLDER)).current() is None:
                self._worker.run("index", workspace)
            index = open_workspace_index(workspace, wait=_WAIT)
        try:
            yield index
        except BaseException:
            index.close()  # it may be damaged; opening it again repairs it
            raise
        self._free.put(index)

    def close(self) -> None:
        """Close all indexes."""
        for free in (self._free, self._free_office):
            with suppress(queue.Empty):
                while True:
                    free.get_nowait().close()
