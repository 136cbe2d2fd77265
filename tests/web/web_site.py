"""A server on a real port, the people who use it, and a clock that tests put forward."""

from __future__ import annotations

import io
import re
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import openpyxl
import uvicorn

from archive.demonstration import EXAMPLE_TODAY
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.office.workspace import Workspace
from web.access.accounts import User, add_user, load_user, open_session
from web.app import COOKIE, make_app

PASSWORD = "correct-horse-battery"
TASK = "2026-002"
#: user → (roles, department, may look at personal data)
PEOPLE = {
    "clerk": (("clerk",), "", False),
    "archivist": (("archivist",), "", False),
    "assessor": (("assessor",), "", False),
    "sysadmin": (("sysadmin",), "", False),
    "security": (("security",), "", False),
    "auditor": (("auditor",), "", False),
    "trusted": (("archivist",), "", True),
    "confidant": (("clerk", "archivist", "assessor"), "", True),
    "officer": (("clerk", "archivist", "assessor"), "", False),
    "fire": (("clerk",), "消防救援大队", False),
    "nobody": ((), "", False),
}


class Clock:
    """A clock that tests put forward."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=8)))

    def __call__(self) -> datetime:
        return self.now


class Site:
    """A running server and people who use it."""

    def __init__(self, root: Path) -> None:
        self.clock = Clock()
        self.app = make_app(root, self.clock, today=EXAMPLE_TODAY, backups=root.with_name("backups"))
        self.server = self.app.state.server
        self.setup_token = self.server.setup
        config = uvicorn.Config(self.app, port=0, log_level="error", ws="none", server_header=False)
        self.listener = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.listener.run)
        self._thread.start()
        while not self.listener.started:
            time.sleep(0.02)
        port = self.listener.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    @property
    def workspace(self) -> Workspace:
        return self.server.workspace.at(today=EXAMPLE_TODAY, now=self.clock.now, who="tester")

    def person(self, name: str) -> None:
        """Make sure the account exists."""
        roles, department, restricted = PEOPLE[name]
        with self.workspace.transaction() as connection:
            try:
                load_user(connection, name)
            except NotFoundError:
                user = User(name, name.title(), department, roles, restricted, True, False, "", "")
                add_user(self.workspace, connection, user, PASSWORD)

    def client(self, name: str = "") -> httpx.Client:
        """A browser-like client, logged in as ``name``."""
        client = httpx.Client(base_url=self.url, timeout=120, trust_env=False)
        if name:
            self.person(name)
            with self.workspace.transaction() as connection:
                client.cookies.set(COOKIE, open_session(self.workspace, connection, name), domain="127.0.0.1")
        return client

    def wait(self, client: httpx.Client, answer: httpx.Response) -> str:
        """Follow the page of a job to its end; its words."""
        assert answer.status_code == 303, answer.text
        for _ in range(600):
            page = client.get(answer.headers["location"])
            assert page.status_code == 200, page.text
            if "http-equiv" not in page.text:
                return page.text
            time.sleep(0.1)
        raise AssertionError("the job did not end")

    def close(self) -> None:
        self.listener.should_exit = True
        self._thread.join(30)


def csrf(client: httpx.Client, path: str = "/account") -> str:
    """The token in the forms of a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(path).text)
    assert found, path
    return found[1]


def read_mark(client: httpx.Client, path: str, name: str) -> str:
    """What the form about ``name`` on a page says it was when it was read."""
    found = re.search(rf'action="[^"]*/{name}".*?name="read" value="(\w+)"', client.get(path).text, re.DOTALL)
    assert found, path
    return found[1]


def faulty_plan() -> bytes:
    """A plan for 2031 whose department does not exist and whose task's name is hostile."""
    book = openpyxl.Workbook()
    book.active.append(
        ["序号", "任务名", "抽查事项", "检查对象", "事项类别", "抽查类型", "发起部门", "抽取比例", "检查时间"]
    )
    book.active.append(
        [1, "<i>试</i>验任务", "一项检查", "辖区企业", "重点检查事项", "不定向", "没有的部门", "3%", "2031年3月-6月"]
    )
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
