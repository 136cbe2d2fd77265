"""A workspace: the data of one office, outside the source tree (DESIGN: A workspace)."""

from __future__ import annotations

import getpass
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Connection

from ssj_docs.database import journal
from ssj_docs.database.engine import Database, Written
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.office import Office
from ssj_docs.office.paper_kinds import PaperKinds, load_kinds
from ssj_docs.office.settings import load_office

FOLDERS = ("templates", "drafts", "issued", "inbox", "archive", "trust")
DATABASE = "ssj.db"
KEY_FILE = "ssj.key"
#: the example's signed copies carry codes made with this key, and by it the example is known; a real office gets a secret one
EXAMPLE_KEY = "e0" * 32


class Listener(Protocol):
    """Is notified of commits and of closing; its own failures must not fail the action, which is done."""

    def committed(self, written: Written, /) -> None:
        """A transaction that wrote to these tables was committed."""

    def closing(self, workspace: Workspace, /) -> None:
        """The workspace, whose database was used, is about to be closed."""


@dataclass(frozen=True)
class Workspace:
    """An open workspace; a context manager that closes it.

    Attributes:
        root: the folder.
        office: the settings of office.toml.
        today, now: date and time of this run, given from outside.
        who: the user, for the journal.
        database: shared with every copy made by `at` or `replace`.
        listeners: notified of every commit and of closing.
        clock_watched: nothing is written while the clock is earlier than the journal's last row.
    """

    root: Path
    office: Office
    today: date
    now: datetime
    who: str
    database: Database = field(compare=False, repr=False)
    listeners: tuple[Listener, ...] = field(default=(), compare=False, repr=False)
    clock_watched: bool = field(default=False, compare=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the listeners finish, then close the database if it was opened.

        Raises: failures of listeners (SsjError, OSError); every action so far is done.
        """
        if not self.database.opened:
            return
        try:
            for listener in self.listeners:
                listener.closing(self)
        finally:
            self.database.close()

    @cached_property
    def key(self) -> bytes:
        """32 secret bytes for keyed checks (page codes, look-up of personal data)."""
        path = self.root / KEY_FILE
        if not path.is_file():
            raise NotFoundError(f"工作区缺少密钥文件 {KEY_FILE}", "从备份恢复；没有它，已印出的二维码无法核验")
        return bytes.fromhex(path.read_text("ascii").strip())

    @property
    def example(self) -> bool:
        """Whether it is the example, whose invented office may issue papers."""
        return self.key == bytes.fromhex(EXAMPLE_KEY)

    @property
    def templates(self) -> Path:
        """The office's own templates, which override the shipped ones by name."""
        return self.root / "templates"

    @property
    def kinds(self) -> PaperKinds:
        """The kinds of paper: the shipped ones and the office's own. Raises: DataError if its catalogue is faulty."""
        return load_kinds(self.templates)

    def path(self, *parts: str) -> Path:
        """A path inside the workspace; refuses to leave it."""
        found = self.root.joinpath(*parts).resolve()
        if not found.is_relative_to(self.root.resolve()):
            raise UsageError(f"路径越出工作区：{'/'.join(parts)}", "只能使用工作区内的文件")
        return found

    def at(self, *, today: date, now: datetime, who: str) -> Workspace:
        """The same workspace at another time, for another user."""
        return replace(self, today=today, now=now, who=who)

    def heard_by(self, *listeners: Listener) -> Workspace:
        """The same workspace with further listeners."""
        return replace(self, listeners=(*self.listeners, *listeners))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One action in one transaction; listeners are notified after the commit.

        Raises: DataError if the clock is watched and was set back.
        """
        with self.database.transaction(self._committed) as connection:
            if self.clock_watched:
                journal.refuse_earlier_clock(connection, self.now)
            yield connection

    def _committed(self, written: Written) -> None:
        for listener in self.listeners:
            listener.committed(written)

    def read(self) -> AbstractContextManager[Connection]:
        """A consistent view for reading."""
        return self.database.reading()

    def log(
        self,
        connection: Connection,
        action: str,
        subject: str,
        detail: dict[str, object] | None = None,
        digest: str = "",
    ) -> None:
        """Add a journal row for this user and time."""
        journal.append(
            connection, when=self.now, who=self.who, action=action, subject=subject, detail=detail, digest=digest
        )


def current_user() -> str:
    """SSJ_USER, or the name of the system account."""
    try:
        return os.environ.get("SSJ_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def init_workspace(root: Path, office_toml: str | None = None, *, example: bool = False) -> list[str]:
    """Create a workspace: folders, a commented office.toml, the key, the database.

    Args:
        example: give it the key of the example, so that papers of the invented office can be issued.

    Existing files are kept. Returns: the names that were created.
    """
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} 是一个文件，不能作工作区", "换一个文件夹名")
    made = []
    try:
        root.mkdir(parents=True, exist_ok=True)
        for folder in FOLDERS:
            if not (root / folder).exists():
                (root / folder).mkdir()
                made.append(folder + "/")
        if not (root / "office.toml").exists():
            default = (resources.files("templates") / "office.toml").read_text("utf-8")
            (root / "office.toml").write_text(office_toml or default, encoding="utf-8")
            made.append("office.toml")
        if not (root / KEY_FILE).exists():
            descriptor = os.open(root / KEY_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                handle.write((EXAMPLE_KEY if example else secrets.token_hex(32)) + "\n")
            made.append(KEY_FILE)
        if not (root / DATABASE).exists():
            database = Database(root / DATABASE)
            database.open()
            database.close()
            made.append(DATABASE)
    except PermissionError as error:
        raise UsageError(f"不能写入 {root}", "检查该文件夹的权限，或换一个位置") from error
    return made


def open_workspace(root: Path, *, today: date, now: datetime, who: str | None = None) -> Workspace:
    """Open an existing workspace.

    Raises: NotFoundError if ``root`` is no workspace; DataError if office.toml is invalid.
    """
    if not (root / "office.toml").is_file():
        raise NotFoundError(
            f"{root.absolute()} 不是工作区（没有 office.toml）",
            Remedy("先", do("init"), "，或", do("choose_workspace")),
        )
    if (root / DATABASE).is_dir():
        raise DataError("ssj.db 是文件夹，不是数据库", Remedy("移走它，再", do("rebuild")))
    root = root.resolve()  # as `Workspace.path` gives paths, wherever the user stands and through whatever link
    office = load_office(root / "office.toml")
    return Workspace(root, office, today, now, who or current_user(), Database(root / DATABASE))
