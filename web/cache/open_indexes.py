"""Search indexes kept open between requests: opening one costs more than most searches.

They are brought up to date by `web.worker.worker`, a moment after each change; here they are only asked.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from archive.search.engines.generations import Store
from archive.search.engines.port import SearchIndex, Wanted
from archive.search.fields.fields import FACETS
from archive.search.query.filters import Filters
from archive.search.results import SearchResult
from archive.search.search import INDEX_FOLDER, open_workspace_index, search_as_it_stands
from ssj_docs.office.workspace import Workspace
from web.worker.worker import BackRoom

#: seconds to wait for a writer where the index cannot be read as it is
_WAIT = 2.0


class Searching:
    """Open indexes, each for one request at a time."""

    def __init__(self, room: BackRoom) -> None:
        """``room`` makes the index where there is none."""
        self._room = room
        self._free: queue.LifoQueue[SearchIndex] = queue.LifoQueue()

    def search(
        self, workspace: Workspace, query: str, filters: Filters, wanted: Wanted, facets: Sequence[str] = FACETS
    ) -> SearchResult:
        """Search; ``facets`` are counted.

        Raises: UsageError for a mistake in the query; IndexBusyError while a damaged index is being mended.
        """
        with self._index(workspace) as index:
            return search_as_it_stands(workspace, index, query, filters, wanted, facets)

    @contextmanager
    def _index(self, workspace: Workspace) -> Iterator[SearchIndex]:
        try:
            index = self._free.get_nowait()
        except queue.Empty:
            if Store(workspace.path(INDEX_FOLDER)).current() is None:
                self._room.run("index", workspace)
            index = open_workspace_index(workspace, wait=_WAIT)
        try:
            yield index
        except BaseException:
            index.close()  # perhaps damaged: the next one is opened, and mended, anew
            raise
        self._free.put(index)

    def close(self) -> None:
        """Close them."""
        with suppress(queue.Empty):
            while True:
                self._free.get_nowait().close()
