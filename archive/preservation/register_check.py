"""Holds the registers against their last snapshot, and the snapshot and the settings against the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Connection, Table, or_, select

from archive.preservation import register_snapshot
from archive.store.object_check import Fault
from archive.store.port import FileStore
from ssj_docs.database.schema import journal
from ssj_docs.ground.errors import FixityError, SsjError
from ssj_docs.office.adopted_files import hand_edits
from ssj_docs.office.workspace import Workspace

_DATABASE = "ssj.db"
#: registers that only journalled actions write
REGISTERS = (
    *("tasks", "items", "subjects", "inspectors", "cases", "findings", "case_events"),
    *("numbers", "issued", "draws", "destructions"),
)
#: those that papers, their filing and their destruction are written to
_OF_PAPERS = ("numbers", "issued", "case_events", "destructions")
_PAPERS = ("issue", "archive", "number.", "destroy", "receive")
#: actions that write to none of them: how they begin
_ELSEWHERE = (
    *(
        "login",
        "logout",
        "user.",
        "token.",
        "verify",
        "backup",
        "copy",
        "restricted.",
        "dossier",
        "evidence.",
        "draft.",
    ),
    *("transfer", "four_properties", "archive_number", "settings.", "trust.", "adopt", "mend", "receive.read"),
    "registers.",
)


def register_faults(connection: Connection, store: FileStore) -> Iterator[Fault]:
    """What differs from the last snapshot without a journal row that could have changed it."""
    try:
        kept = register_snapshot.kept_state(store)
    except (SsjError, ValueError, KeyError):
        return  # the damaged snapshot is reported already
    if kept is None:
        if register_snapshot.was_begun(connection):
            yield Fault("", "archive/registers", "登记快照不见了，而流水记着建立过它")
        return
    t = journal.c
    then = connection.execute(select(t.hash).where(t.id == kept.head.rows)).scalar()
    if kept.head.rows and then != kept.head.hash:
        yield Fault("", f"{_DATABASE}/journal", f"流水第 {kept.head.rows} 行与登记快照不符：被截断或改写")
        return
    same = register_snapshot.journal_head(connection) == kept.head
    changes = register_snapshot.changes_of(connection)
    for table in register_snapshot.kept_tables():
        if same or (table.name in REGISTERS and changes[table.name] == kept.changes.get(table.name)):
            yield from _different(connection, store, table)
        elif table.name in REGISTERS and not explained_since(connection, kept.head.rows, table.name):
            for fault in _different(connection, store, table):
                yield Fault(fault.case, fault.path, f"{fault.fault}，其后的流水没有能改动它的操作")


def explained_since(connection: Connection, rows: int, table: str) -> bool:
    """Return whether an action after that row of the journal may have written to a register.

    A register of names is written by imports, draws and what is not known here; papers by their own actions too.
    """
    t = journal.c
    papers = () if table in _OF_PAPERS else _PAPERS
    harmless = or_(*(t.action.startswith(begin) for begin in (*_ELSEWHERE, *papers)))
    return connection.execute(select(t.id).where(t.id > rows, ~harmless).limit(1)).first() is not None


def _different(connection: Connection, store: FileStore, table: Table) -> Iterator[Fault]:
    with suppress(FixityError):  # the damaged snapshot is reported already
        for row in register_snapshot.differences(connection, store, table):
            owner = str(row.pop("case", ""))
            key = "、".join(str(value) for value in row.values())
            yield Fault(owner, f"{_DATABASE}/{table.name}", f"登记“{key}”与登记快照不符")


def setting_faults(workspace: Workspace, connection: Connection) -> Iterator[Fault]:
    """Settings, templates, key and trust that were edited by hand and not adopted."""
    for edit in hand_edits(workspace, connection):
        yield Fault("", edit.path, edit.told())
