"""The server's state, shared by all requests: caches, workers, jobs and uploads."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj_docs.documents.issue import Issued
from ssj_docs.office.workspace import Workspace
from web.cache.file_words import KnownWords
from web.cache.open_indexes import OpenIndexes
from web.cache.pictures import Pictures
from web.cache.previews import Previews
from web.cache.year_cache import YearCache
from web.worker.jobs import Jobs
from web.worker.worker import Updater, WorkerProcess


@dataclass
class Server:
    """State shared by all requests of one server.

    Attributes:
        workspace: opened once; `at_this_moment` gives each request its own view of it.
        clock: returns the current time.
        today: the date to calculate with, or None for the clock's.
        backups: the folder for backups.
        setup: the one-time token for the first start; empty once there are accounts.
        staging: the folder for uploads under review.
        uploads: the uploads under review, by id.
        to_print: issued papers waiting for conversion to PDF.
    """

    workspace: Workspace
    clock: Callable[[], datetime]
    today: date | None
    backups: Path
    setup: str = ""
    jobs: Jobs = field(init=False)
    pictures: Pictures = field(default_factory=Pictures)
    words: KnownWords = field(default_factory=KnownWords)
    previews: Previews = field(init=False)
    year_cache: YearCache = field(default_factory=YearCache)
    indexes: OpenIndexes = field(init=False)
    to_print: queue.SimpleQueue[Issued] = field(default_factory=queue.SimpleQueue)
    reading_worker: WorkerProcess = field(default_factory=WorkerProcess)
    _update_worker: WorkerProcess = field(default_factory=WorkerProcess)
    staging: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="ssj-web-")
    )
    uploads: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.previews = Previews(self.pictures)
        self.jobs, self.indexes = Jobs(), OpenIndexes(self._update_worker)
        self._updaters = [
            Updater(self._update_worker, do, lambda: self.at_this_moment("ssj serve")) for do in ("index", "snapshot")
        ]
        self.workspace = self.workspace.heard_by(*self._updaters)

    def at_this_moment(self, who: str) -> Workspace:
        """The workspace for a user, with the current date and time."""
        now = self.clock()
        return self.workspace.at(today=self.today or now.date(), now=now, who=who)

    def start(self) -> None:
        """Start keeping the search index and the register snapshot up to date."""
        for updater in self._updaters:
            updater.start()

    @property
    def staging_folder(self) -> Path:
        """The folder for uploads under review."""
        return Path(self.staging.name)

    def close(self) -> None:
        """Stop threads and child processes, and remove temporary files."""
        self.reading_worker.close()
        self.jobs.close()
        self.workspace.close()
        self._update_worker.close()
        self.indexes.close()
        self.previews.close()
        self.year_cache.close()
        self.pictures.close()
        self.words.close()
        self.staging.cleanup()
