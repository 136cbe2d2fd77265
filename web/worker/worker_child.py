"""The child process of `web.worker.worker`: one thread with low priority reads pages and updates index and snapshot.

Requests are JSON lines on stdin. Messages are JSON lines on stdout; the last one of a request has ``lines`` or ``fault``.
Started by `ssj_docs.ground.child_process.python_child` with the workspace's folder as argument.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from archive.preservation.opening import open_office
from archive.preservation.register_snapshot import keep_registers
from archive.search.office_search import open_office_index, refresh_office
from archive.search.search import open_workspace_index, refresh
from archive.text.read_and_index import read_and_index
from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.remedies import packed
from ssj_docs.office.workspace import Workspace

_NICE = 10
Say = Callable[[dict[str, object]], None]


def read(workspace: Workspace, say: Say) -> list[str]:
    """Read the pages in the queue."""

    def progress(pages: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, str, int]]:
        for done, page in enumerate(pages):
            say({"done": done, "total": len(pages)})
            yield page

    report = read_and_index(workspace, progress=progress)
    told = [f"识别 {report.read} 页，失败 {report.failed} 页，等待 {report.waiting} 页。"]
    told += [f"✗ 案卷 {case} 第 {item} 件第 {page} 页与原发文字不符，请核对原件" for case, item, page in report.altered]
    return told + [
        f"案卷 {case} 第 {item} 件第 {page} 页是否与原发文字相同不能断定，请看原件：{places}"
        for case, item, page, places in report.doubtful
    ]


def index(workspace: Workspace, _say: Say) -> list[str]:
    """Update the search index, creating it if there is none."""
    opened = open_workspace_index(workspace)
    try:
        refresh(workspace, opened)
    finally:
        opened.close()
    office = open_office_index(workspace)
    try:
        refresh_office(workspace, office)
    finally:
        office.close()
    return []


def snapshot(workspace: Workspace, _say: Say) -> list[str]:
    """Update the register snapshot."""
    keep_registers(workspace)
    return []


OPERATIONS: Mapping[str, Callable[[Workspace, Say], list[str]]] = {"read": read, "index": index, "snapshot": snapshot}


def _answer(root: Path, request: Mapping[str, str], say: Say) -> None:
    now = datetime.fromisoformat(request["now"])
    try:
        today = date.fromisoformat(request["today"])
        with open_office(root, today=today, now=now, who=request["who"]) as workspace:
            lines = OPERATIONS[request["do"]](workspace, say)
        say({"lines": lines})
    except SsjError as failure:
        say({"fault": [failure.message, packed(failure.remedy)], "code": failure.exit_code})
    except OSError as failure:
        say({"fault": [f"读写文件失败：{failure.strerror}", "检查磁盘空间和文件夹权限，然后再试"], "code": 4})
    except Exception:  # the outermost handler: the defect is reported, and the child continues
        traceback.print_exc()
        say({"fault": ["程序出错，这是软件的缺陷", "请把服务窗口里的出错信息交给维护人员"], "code": 1})


def main() -> None:
    """Handle requests until stdin is closed."""
    os.nice(max(0, _NICE - os.nice(0)))
    channel = os.dup(1)
    os.dup2(2, 1)  # output of a library must not be mistaken for a message

    def say(message: dict[str, object]) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(channel, data) :]

    for line in sys.stdin.buffer:
        _answer(Path(sys.argv[1]), json.loads(line), say)


if __name__ == "__main__":
    main()
