"""Work that would make people wait, in processes of its own at low priority: reading pages; index and register snapshot.

A page's text takes about a second of a processor, and a thread of the server would take it from the pages.
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

#: seconds without a change before index and snapshot are renewed, so that several changes are one renewal
_SOON = 0.3
#: seconds after which they are renewed though changes go on
_LATEST = 5.0
#: seconds between looks for changes made by other programs
_LOOK = 20.0
#: after a renewal the tidier rests so many times as long as it took
_REST = 4.0


class BackRoom:
    """A child process; one piece of work after the other; may be asked from any thread."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def run(self, do: str, workspace: Workspace, told: Callable[[int, int], None] | None = None) -> list[str]:
        """Do ``read``, ``index`` or ``snapshot`` (see `web.worker.worker_child`), in the name of the workspace's user.

        Args:
            told: called with (done, total) as it goes on.

        Returns: lines for people. Raises: SsjError with the failure's own words.
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
                if told:
                    told(int(message["done"]), int(message["total"]))
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
        """End the child, whatever it is at: reading and renewing are gone on with at the next start."""
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


class Tidier:
    """Renews one thing (``index`` or ``snapshot``) soon after each commit it hears of, however many there are.

    What was written is in the database and its journal at once; from the snapshot, should the database be lost, it can be
    rebuilt (`ssj rebuild`) when the tidier has been there, which a server that stops in order waits for.
    """

    def __init__(self, room: BackRoom, do: str, moment: Callable[[], Workspace]) -> None:
        self._room, self._do, self._moment = room, do, moment
        self._wanted, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"ssj-{do}", daemon=True)

    def start(self) -> None:
        """Begin; the first renewal is at once."""
        self._wanted.set()
        self._thread.start()

    def committed(self, written: Written) -> None:
        """Ask for a renewal, unless only the pages' own tables were written to."""
        if written - SECRET:
            self._wanted.set()

    def _work(self) -> None:
        while not self._over.is_set():
            self._wanted.wait(_LOOK)
            latest = time.monotonic() + _LATEST
            self._wanted.clear()
            while not self._over.wait(_SOON) and self._wanted.is_set() and time.monotonic() < latest:
                self._wanted.clear()
            self._wanted.clear()
            begun = time.monotonic()
            self._renew()
            self._over.wait((time.monotonic() - begun) * _REST)

    def _renew(self) -> None:
        try:
            self._room.run(self._do, self._moment())
        except SsjError as failure:
            print(f"检索索引或登记快照没有更新：{failure.message}。{failure.remedy}", file=sys.stderr)

    def closing(self, _workspace: Workspace) -> None:
        """A last renewal, then the end."""
        self._over.set()
        if self._thread.is_alive():
            self._wanted.set()
            self._thread.join()
            if self._wanted.is_set():
                self._renew()
