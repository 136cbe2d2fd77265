"""Opening an office whose registers are kept in the archive: whoever wrote to it leaves a snapshot when it is closed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from archive.preservation.register_snapshot import keep_registers
from ssj_docs.database.engine import Written
from ssj_docs.office.workspace import Workspace, open_workspace


class _KeptAtTheEnd:
    """Renews the snapshot once, however many transactions there were; also after one that a crash cut short."""

    def committed(self, written: Written) -> None:
        """Nothing yet: the next transaction may follow at once."""

    def closing(self, workspace: Workspace) -> None:
        """Bring the snapshot to the state of the database; cheap where nothing was done since the last."""
        keep_registers(workspace)


def open_office(root: Path, *, today: date, now: datetime, who: str | None = None) -> Workspace:
    """Open an existing workspace; to be closed, or used as a context manager.

    Raises: NotFoundError if ``root`` is no workspace; DataError if office.toml does not fit.
    """
    return open_workspace(root, today=today, now=now, who=who).heard_by(_KeptAtTheEnd())
