"""Long work behind the pages: one piece of work after the other, its progress to be looked at.

One thread, because the archive takes one writer and PDFium is not safe in two; a second one only waits for the process
that reads pages, so that a thousand pages to be read hold up no other work. What is under way when the server stops is
gone on with by the library itself (receipts, page queue), not by this list.
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
#: what a page can say
Line = Advice | Problem | SsjError
_NICE = 10


@dataclass
class Job:
    """One piece of work.

    Attributes:
        id, owner, title: by whom and what. state: ``waiting``, ``running``, ``done`` or ``failed``.
        done, total, step: progress. lines: the answer. back: page to go to afterwards.
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

    def tell(self, done: int, total: int, step: str = "") -> None:
        """Report progress."""
        self.done, self.total, self.step = done, total, step or self.step


Work = Callable[[Job], Sequence[Line]]


class Jobs:
    """The work of one server."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ssj-work", initializer=_step_back)
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="ssj-slow")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(
        self, owner: str, title: str, back: str, work: Work, *, then: Work | None = None, slow: bool = False
    ) -> Job:
        """Queue work; it answers with lines for people.

        Args:
            then: slow work that comes after it. slow: waits for another process, so that it holds up nothing else.
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
        except Exception:  # the boundary of the background: the page says so, the log has the rest
            traceback.print_exc()
            job.lines = [*job.lines, "程序出错，这是软件的缺陷", "请把服务窗口里的出错信息交给维护人员"]
            job.state = "failed"

    def run(self, work: Callable[[], object]) -> None:
        """Do work in the same thread and wait for it; its failure is raised here."""
        self._pool.submit(work).result()

    def find(self, job: str, owner: str) -> Job | None:
        """A job of this user."""
        found = self._jobs.get(job)
        return found if found and found.owner == owner else None

    def of(self, owner: str) -> list[Job]:
        """A user's jobs that are not over, oldest first."""
        return [job for job in self._jobs.values() if job.owner == owner and job.state in ("waiting", "running")]

    def close(self) -> None:
        """Let the running work end, drop what waits."""
        for pool in (self._pool, self._slow):
            pool.shutdown(wait=True, cancel_futures=True)


def _step_back() -> None:
    """Let pages go before this thread and the programs it starts (LibreOffice, children that open PDFs)."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICE, os.getpriority(os.PRIO_PROCESS, thread)))
