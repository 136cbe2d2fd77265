"""Long operations that run in the background while the page shows their progress.

One thread runs them, because the archive allows one writer and PDFium is not thread-safe. A second thread waits for the
process that reads pages, so that reading a thousand pages does not delay other jobs. When the server stops, the library
continues unfinished work by itself (receipts, page queue); this list is not saved.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Advice

_KEPT = 200
#: a line of a result
Line = Advice | Problem | SsjError
_NICE = 10


@dataclass
class Job:
    """A background operation.

    Attributes:
        id: used in the address of its page.
        owner: the user who started it.
        title: what is shown of it.
        state: ``waiting``, ``running``, ``done`` or ``failed``.
        done, total, step: the progress.
        lines: the result.
        back: the page to go to afterwards.
    """

    id: str
    owner: str
    title: str
    back: str
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    done: int = 0
    total: int = 0
    step: str = ""
    lines: list[Line] = field(default_factory=list)

    @property
    def doubts(self) -> int:
        """How many lines of the answer ask for a person."""
        return sum(isinstance(line, str) and line.lstrip().startswith("✗") for line in self.lines)

    def tell(self, done: int, total: int, step: str = "") -> None:
        """Report progress."""
        self.done, self.total, self.step = done, total, step or self.step


Work = Callable[[Job], Sequence[Line]]


class Jobs:
    """The background operations of a server."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ssj-work", initializer=_step_back)
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="ssj-slow")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(
        self, owner: str, title: str, back: str, work: Work, *, then: Work | None = None, slow: bool = False
    ) -> Job:
        """Queue an operation; it returns its result as lines of text.

        Args:
            then: a slow operation to run afterwards.
            slow: whether it only waits for another process, so that other jobs need not wait for it.
        """
        job = Job(secrets.token_urlsafe(12), owner, title, back)
        with self._lock:
            self._jobs[job.id] = job
            for old in [key for key, one in self._jobs.items() if one.state in ("done", "failed")][:-_KEPT]:
                del self._jobs[old]
        (self._slow if slow else self._pool).submit(self._run, job, work, then)
        return job

    def _run(self, job: Job, work: Work, then: Work | None = None) -> None:
        job.state = "running"
        try:
            job.lines = [*job.lines, *work(job)]
            if then is None:
                job.state = "done"
            else:
                job.tell(0, 0, "排队等候")
                self._slow.submit(self._run, job, then)
        except SsjError as failure:
            job.lines = [*job.lines, failure.message, failure.remedy, *failure.problems]
            job.state = "failed"
        except Exception:  # the outermost handler: the page says that it failed, the log has the details
            traceback.print_exc()
            job.lines = [*job.lines, "程序出错，这是软件的缺陷", "请把服务窗口里的出错信息交给维护人员"]
            job.state = "failed"

    def run(self, work: Callable[[], object]) -> None:
        """Run an operation in the job thread and wait for it; its exception is raised here."""
        self._pool.submit(work).result()

    def find(self, job: str, owner: str) -> Job | None:
        """Return a job of this user."""
        found = self._jobs.get(job)
        return found if found and found.owner == owner else None

    def of(self, owner: str) -> list[Job]:
        """Return a user's unfinished jobs, oldest first."""
        return [job for job in self._jobs.values() if job.owner == owner and job.state in ("waiting", "running")]

    def close(self) -> None:
        """Wait for the running job and drop the others."""
        for pool in (self._pool, self._slow):
            pool.shutdown(wait=True, cancel_futures=True)


def _step_back() -> None:
    """Lower the priority of this thread and of the programs it starts (LibreOffice, PDF children)."""
    if sys.platform == "linux":  # Linux has priorities for single threads
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICE, os.getpriority(os.PRIO_PROCESS, thread)))
