"""Opens a workspace so that the snapshot of the registers in the archive is updated when it is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from archive.preservation.register_snapshot import keep_registers
from ssj_docs.database.engine import Written
from ssj_docs.office.workspace import Workspace, open_workspace


class _KeptAtTheEnd:
    """Updates the snapshot once, after any number of transactions; also when a crash prevented that earlier."""

    def committed(self, written: Written) -> None:
        """Do nothing yet, because another transaction may follow."""

    def closing(self, workspace: Workspace) -> None:
        """Update the snapshot; fast if nothing changed since the last one."""
        keep_registers(workspace)


def open_office(root: Path, *, today: date, now: datetime, who: str | None = None) -> Workspace:
    """Open an existing workspace; to be closed, or used as a context manager.

    Raises: NotFoundError if ``root`` is no workspace; DataError if office.toml does not fit.
    """
    opened = open_workspace(root, today=today, now=now, who=who)
    return replace(opened, clock_watched=True).heard_by(_KeptAtTheEnd())
