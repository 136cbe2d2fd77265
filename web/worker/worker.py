"""Slow work in separate processes with low priority: reading pages, updating the search index and the register snapshot.

Reading a page takes about a second of processor time; in a thread of the server it would slow down every request.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from archive.preservation.register_snapshot import SECRET
from ssj_docs.database.engine import Written
from ssj_docs.ground.child_process import clean_environment, python_child
from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.remedies import unpacked
from ssj_docs.office.workspace import Workspace

#: an update waits until nothing changed for so many seconds, so that several changes are handled by one update,
_DELAY = 0.3
#: but at most so many seconds
_MAX_DELAY = 5.0
#: seconds between checks for changes made by other programs
_CHECK_INTERVAL = 20.0
#: the pause after an update, as a multiple of its duration
_PAUSE_FACTOR = 4.0


class WorkerProcess:
    """A child process that handles one operation at a time; may be called from any thread."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def run(self, do: str, workspace: Workspace, progress: Callable[[int, int], None] | None = None) -> list[str]:
        """Run ``read``, ``index`` or ``snapshot`` (see `web.worker.worker_child`) as the workspace's user.

        Args:
            progress: called with (done, total).

        Returns: a report, as lines of text. Raises: SsjError with the message of the failure.
        """
        request = {
            "do": do,
            "who": workspace.who,
            "now": workspace.now.isoformat(),
            "today": workspace.today.isoformat(),
        }
        with self._turn:
            child = self._started(workspace.root)
            assert child.stdin is not None and child.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(json.dumps(request).encode() + b"\n")
                child.stdin.flush()
            for line in child.stdout:
                message = json.loads(line)
                if "lines" in message:
                    return [str(one) for one in message["lines"]]
                if "fault" in message:
                    said, remedy = message["fault"]
                    failure = SsjError(said, unpacked(remedy))
                    failure.exit_code = int(message["code"])
                    raise failure
                if progress:
                    progress(int(message["done"]), int(message["total"]))
        raise SsjError("后台进程中断了", "没有做完的会接着做；再点一次“继续识别”，反复中断请查看服务窗口")

    def _started(self, root: Path) -> subprocess.Popen[bytes]:
        if self._closed:
            raise SsjError("服务正在停止", "重新启动后会接着做")
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = subprocess.Popen(
                python_child("web.worker.worker_child", str(root.resolve())),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=clean_environment(),
                start_new_session=True,
            )
        return self._child

    def close(self) -> None:
        """Stop the child process, even in the middle of an operation; the next start continues it."""
        self._closed = True
        if self._child is not None:
            self._child.terminate()
        with self._turn:
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Updater:
    """Runs one operation (``index`` or ``snapshot``) shortly after each commit, once for many commits.

    A change is in the database and its journal at once. `ssj rebuild`, should the database be lost, finds it after the
    next update of the snapshot; a server that is stopped in order waits for a last one.
    """

    def __init__(self, worker: WorkerProcess, do: str, workspace: Callable[[], Workspace]) -> None:
        self._worker, self._do, self._workspace = worker, do, workspace
        self._wanted, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"ssj-{do}", daemon=True)

    def start(self) -> None:
        """Start with a first update."""
        self._wanted.set()
        self._thread.start()

    def committed(self, written: Written) -> None:
        """Request an update, unless only the tables of the pages themselves were written to."""
        if written - SECRET:
            self._wanted.set()

    def _work(self) -> None:
        while not self._over.is_set():
            self._wanted.wait(_CHECK_INTERVAL)
            latest = time.monotonic() + _MAX_DELAY
            self._wanted.clear()
            while not self._over.wait(_DELAY) and self._wanted.is_set() and time.monotonic() < latest:
                self._wanted.clear()
            self._wanted.clear()
            begun = time.monotonic()
            self._update()
            self._over.wait((time.monotonic() - begun) * _PAUSE_FACTOR)

    def _update(self) -> None:
        try:
            self._worker.run(self._do, self._workspace())
        except SsjError as failure:
            print(f"检索索引或登记快照没有更新：{failure.message}。{failure.remedy}", file=sys.stderr)

    def closing(self, _workspace: Workspace) -> None:
        """Run a last update and stop."""
        self._over.set()
        if self._thread.is_alive():
            self._wanted.set()
            self._thread.join()
            if self._wanted.is_set():
                self._update()
