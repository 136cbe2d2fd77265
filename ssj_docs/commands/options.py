"""What all commands share: ``--workspace --json --today``, progress, and output."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.exc import OperationalError

from ssj_docs.commands.iso_date import IsoDate
from ssj_docs.commands.remedies import said
from ssj_docs.ground.canonical import plain_json
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.office.workspace import Workspace, open_workspace

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """One run of a command: where, when and how to answer; ``opener`` opens the workspace, and closes it at the end."""

    root: Path
    today: date
    now: datetime
    json: bool
    opener: Callable[..., Workspace] = open_workspace

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace, opened at first use."""
        return self.opener(self.root, today=self.today, now=self.now)

    @staticmethod
    @contextmanager
    def database_failures() -> Iterator[None]:
        """Report an unreadable or unwritable database as a fault in the data, not as a defect."""
        try:
            yield
        except OperationalError as failure:
            raise DataError(
                f"数据库 ssj.db 读写失败：{in_chinese(failure.orig)}",
                "检查磁盘空间和文件夹权限；若提示 locked，请等另一个操作结束后再试。本次操作没有留下任何改动",
            ) from failure

    def present(self, value: Any, text: str | Callable[[], None] = "") -> None:
        """Print the result: with ``--json`` one JSON value on stdout and nothing else, otherwise text for people."""
        if self.json:
            click.echo(plain_json(value, said))
        elif callable(text):
            text()
        elif text:
            click.echo(text)

    def say(self, text: str) -> None:
        """Print a remark on stderr, separate from the result."""
        click.echo(text, err=True)

    def progress(self, work: Iterable[T], total: int | None = None, title: str = "进度") -> Iterator[T]:
        """Iterate over ``work`` with a progress bar on stderr, if that is a terminal."""
        if self.json or not sys.stderr.isatty():
            yield from work
        else:
            from rich.console import Console  # noqa: PLC0415 - needed only where somebody looks on
            from rich.progress import track  # noqa: PLC0415

            yield from track(work, title, total=total, console=Console(stderr=True))

    def counter(self, title: str) -> Callable[[int, int], None]:
        """A function to call with (done, total), which shows them on stderr, if that is a terminal."""
        shown = not self.json and sys.stderr.isatty()

        def show(done: int, total: int) -> None:
            if shown:
                click.echo(f"\r{title} {done}/{total}", nl=done == total, err=True)

        return show


def command_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options; the command gets them as one `Run`, its first argument."""

    @click.option(
        "--workspace",
        "root",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        envvar="SSJ_WORKSPACE",
        help="工作区文件夹，缺省为 SSJ_WORKSPACE 或当前文件夹",
    )
    @click.option("--json", "as_json", is_flag=True, help="只在标准输出给出一个 JSON 值")
    @click.option("--today", type=IsoDate(), default=None, help="按这一天计算，缺省为今天")
    @click.pass_context
    @functools.wraps(function)
    def wrapped(
        context: click.Context, /, *args: Any, root: Path, as_json: bool, today: date | None, **kwargs: Any
    ) -> Any:
        shared = context.find_root().params
        now = datetime.now().astimezone()
        given = context.get_parameter_source("root") is click.core.ParameterSource.COMMANDLINE
        run = Run(
            root if given or not shared.get("root") else shared["root"],
            today or shared.get("today") or now.date(),
            now,
            as_json or bool(shared.get("as_json")),
            context.find_root().obj or open_workspace,
        )
        with run.database_failures():
            return function(run, *args, **kwargs)

    return wrapped
