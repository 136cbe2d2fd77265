"""Long work behind the pages: one thread, one piece of work after the other, its progress to be looked at.

One thread, because the archive takes one writer and PDFium is not safe in two. What is under way when the server stops
is gone on with by the library itself (receipts, page queue), not by this list.
"""

from __future__ import annotations

import secrets
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from ssj_docs.errors import DataError, SsjError

_KEPT = 200


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
    lines: list[str] = field(default_factory=list)

    def tell(self, done: int, total: int, step: str = "") -> None:
        """Report progress."""
        self.done, self.total, self.step = done, total, step or self.step


Work = Callable[[Job], list[str]]


class Jobs:
    """The work of one server."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ssj-work")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, owner: str, title: str, back: str, work: Work) -> Job:
        """Queue work; it answers with lines for people."""
        job = Job(secrets.token_urlsafe(12), owner, title, back)
        with self._lock:
            self._jobs[job.id] = job
            for old in [key for key, one in self._jobs.items() if one.state in ("done", "failed")][:-_KEPT]:
                del self._jobs[old]
        self._pool.submit(_run, job, work)
        return job

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
        self._pool.shutdown(wait=True, cancel_futures=True)


def _run(job: Job, work: Work) -> None:
    job.state = "running"
    try:
        job.lines = work(job)
        job.state = "done"
    except SsjError as failure:
        job.lines = [failure.message, failure.remedy]
        if isinstance(failure, DataError):
            job.lines += [str(problem) for problem in failure.problems]
        job.state = "failed"
    except Exception:  # the boundary of the background: the page says so, the log has the rest
        traceback.print_exc()
        job.lines = ["程序出错，这是软件的缺陷", "请把服务窗口里的出错信息交给维护人员"]
        job.state = "failed"
