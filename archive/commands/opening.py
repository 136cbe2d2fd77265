"""The workspace of a command: opened at first use, closed at the end of the command."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from archive.preservation.opening import open_office
from ssj_docs.commands.options import Run
from ssj_docs.ground.errors import SsjError
from ssj_docs.office.workspace import Workspace


def open_for_command(root: Path, *, today: date, now: datetime) -> Workspace:
    """Open the workspace; whatever the command wrote stays, though the end of its work fail."""
    workspace = open_office(root, today=today, now=now)
    click.get_current_context().find_root().call_on_close(lambda: _close(workspace))
    return workspace


def _close(workspace: Workspace) -> None:
    try:
        with Run.database_failures():
            workspace.close()
    except (SsjError, OSError) as failure:
        told = f"操作已经完成，但登记快照没有写入档案库：{failure}。处理后运行 ssj verify 补写。"
        click.echo(told, err=True)
