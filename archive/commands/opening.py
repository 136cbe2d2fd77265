"""The workspace of a command: opened at first use, closed at the end of the command."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from archive.preservation.opening import open_office
from ssj_docs.commands.options import Run
from ssj_docs.commands.remedies import said
from ssj_docs.database.engine import Written
from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.adopted_files import WORDS, hand_edits
from ssj_docs.office.workspace import Workspace


class _WarnsOfHandEdits:
    """Says, after a command that wrote, which settings were edited by hand and not adopted."""

    def __init__(self) -> None:
        self._wrote = False

    def committed(self, written: Written) -> None:
        """Remember that the command wrote."""
        self._wrote = self._wrote or bool(written)

    def closing(self, workspace: Workspace) -> None:
        """Warn once."""
        if not self._wrote:
            return
        with workspace.read() as connection:
            edits = hand_edits(workspace, connection)
        if edits:
            told = "、".join(f"{one.path} {WORDS[one.kind]}" for one in edits[:5])
            more = f"等 {len(edits)} 处" if len(edits) > 5 else ""
            remedy = said(Remedy("核对后", do("adopt", reason=""), "；不是本单位改的从备份恢复"))
            click.echo(f"注意：{told}{more}，没有登记。{remedy}", err=True)


def open_for_command(root: Path, *, today: date, now: datetime) -> Workspace:
    """Open the workspace; whatever the command wrote stays, though the end of its work fail."""
    workspace = open_office(root, today=today, now=now).heard_by(_WarnsOfHandEdits())
    click.get_current_context().find_root().call_on_close(lambda: _close(workspace))
    return workspace


def _close(workspace: Workspace) -> None:
    try:
        with Run.database_failures():
            workspace.close()
    except (SsjError, OSError) as failure:
        told = f"操作已经完成，但登记快照没有写入档案库：{failure}。处理后运行 ssj verify 补写。"
        click.echo(told, err=True)
