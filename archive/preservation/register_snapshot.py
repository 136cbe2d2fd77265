"""登记快照: the registers of ssj.db as lines of JSON in the file store, to rebuild and to check the database.

Object ``registers``: ``tables/<table>/<part>.jsonl``, one row per line, in parts so that a new row changes only a small
file; tables with personal data are under ``restricted/``. ``state.json`` has the journal's head at that moment: as long as
the journal ends there, every table must be unchanged. It also has the number of changes of each table, so that only
changed tables are written again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, Table, insert, select

from archive.cases import kept_texts
from archive.store.opening import store_of
from archive.store.port import FileStore
from ssj_docs.database import schema
from ssj_docs.ground.canonical import canonical_json
from ssj_docs.ground.errors import FixityError
from ssj_docs.ground.file_lock import one_writer
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.adopted_files import hold_from_now
from ssj_docs.office.workspace import Workspace

OBJECT = "registers"
STATE = "state.json"
_RESTRICTED = frozenset({"subjects", "inspectors", "draws"})  # a committed seed is secret until drawn
#: stored in the case files themselves (item.json, text.json), so not repeated here; and the counts in state.json
_ELSEWHERE = frozenset({"archive_items", "page_texts", "table_changes"})
#: secrets of the web pages: in backups, never in the archive
SECRET = frozenset({"web_users", "web_sessions", "web_tokens"})
#: the journal's row on the first snapshot
BEGUN = "registers.begin"
_LOST = Remedy("请保护现场，先", do("verify"), "；再", do("restore"), "，或查明原因后", do("adopt", reason=""))
_PART_ROWS = 500
#: number of versions after which the object is restarted, because each version repeats the list of all files
_MOST_VERSIONS = 40


@dataclass(frozen=True)
class JournalHead:
    """The number of rows of the journal, and the hash of the last one."""

    rows: int
    hash: str


def journal_head(connection: Connection) -> JournalHead:
    """The current end of the journal."""
    query = select(schema.journal.c.id, schema.journal.c.hash).order_by(schema.journal.c.id.desc()).limit(1)
    last = connection.execute(query).first()
    return JournalHead(last.id, last.hash) if last else JournalHead(0, "")


def kept_tables() -> list[Table]:
    """Every table in the snapshot, in a fixed order."""
    return sorted(
        (t for t in schema.metadata.tables.values() if t.name not in _ELSEWHERE | SECRET), key=lambda t: t.name
    )


def dump(connection: Connection, table: Table, after: int = 0) -> Iterator[tuple[str, bytes]]:
    """(logical path, lines) of each part of a table, without the first ``after`` rows (of whole parts)."""
    names = table.c.keys()
    parts: dict[str, list[str]] = {}
    for number, values in enumerate(
        connection.execute(select(table).order_by(*table.primary_key).offset(after)), after
    ):
        row = dict(zip(names, values, strict=True))
        parts.setdefault(_part(row, number), []).append(canonical_json(row))
    for part, lines in parts.items():
        yield f"{_folder(table)}{part}.jsonl", ("\n".join(lines) + "\n").encode()


def _folder(table: Table) -> str:
    return f"{'restricted' if table.name in _RESTRICTED else 'tables'}/{table.name}/"


def _part(row: Mapping[str, Any], number: int) -> str:
    """The part of a row; rows written together are in the same part: by year, task, or order of ids."""
    if row.get("case"):
        return str(row["case"]).rsplit("-", 1)[0]
    if "task" in row:
        return str(row["task"]) or "office"
    if "year" in row:
        return str(row["year"])
    return f"{number // _PART_ROWS:06d}"


@dataclass(frozen=True)
class KeptState:
    """The journal's end at the last snapshot, and each table's number of changes then."""

    head: JournalHead
    changes: Mapping[str, int]


def kept_state(store: FileStore) -> KeptState | None:
    """The state of the last snapshot; None if there is none."""
    if not store.has(OBJECT):
        return None
    state = json.loads(store.read(OBJECT, STATE))
    return KeptState(JournalHead(state["journal"]["rows"], state["journal"]["hash"]), state.get("changes", {}))


def kept_head(store: FileStore) -> JournalHead | None:
    """The journal's end at the last snapshot; None if there is none."""
    state = kept_state(store)
    return state.head if state else None


def was_begun(connection: Connection) -> bool:
    """Return whether the journal tells that there is a snapshot."""
    t = schema.journal.c
    return connection.execute(select(t.id).where(t.action == BEGUN).limit(1)).first() is not None


def keep_registers(workspace: Workspace) -> str:
    """Update the snapshot from the database; fast if nothing changed.

    Returns: the object's head. Raises: FixityError if the journal lost rows that the last snapshot had.
    """
    with one_writer(workspace.root / "ssj.registers.lock"):  # a slower command must not overwrite a newer state
        return _keep(workspace, store_of(workspace))


def begin_again(workspace: Workspace) -> str:
    """Make a new snapshot where the last one is lost; the caller has told the journal why."""
    with one_writer(workspace.root / "ssj.registers.lock"):
        return _keep(workspace, store_of(workspace), lost=True)


def _keep(workspace: Workspace, store: FileStore, *, lost: bool = False) -> str:
    if not lost:
        _refuse_a_lost_one(workspace, store)
    hold_from_now(workspace)
    _tell_begun(workspace, store)
    with workspace.read() as connection:
        head, texts = journal_head(connection), kept_texts.texts_state(connection)
        kept = json.loads(store.read(OBJECT, STATE)) if store.has(OBJECT) else {}
        _refuse_a_cut_journal(connection, kept.get("journal"))
        if kept.get("texts") != texts:
            kept_texts.keep_texts(workspace, connection, kept_texts.read_since(connection, kept.get("texts", "")))
        elif kept.get("journal") == asdict(head):
            return store.inventory(OBJECT).head
        changes = changes_of(connection)
        files, gone, counts = _changed_parts(connection, store, kept, changes)
    state = {"format": "ssj-registers/1", "journal": asdict(head), "texts": texts, "rows": counts, "changes": changes}
    files[STATE] = (json.dumps(state, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    story = f"登记快照：流水至第 {head.rows} 行"
    kept_as = store.add_version(OBJECT, files, message=story, user=workspace.who, created=workspace.now, remove=gone)
    if len(store.inventory(OBJECT).versions) > _MOST_VERSIONS:
        kept_as = store.restart(OBJECT, message=story, user=workspace.who, created=workspace.now)
    return kept_as


def _tell_begun(workspace: Workspace, store: FileStore) -> None:
    """Tell the journal, with the second snapshot, that there is one, so that its loss is noticed."""
    kept = kept_head(store)
    with workspace.read() as connection:
        told = kept is None or journal_head(connection).rows <= kept.rows or was_begun(connection)
    if not told:
        with workspace.transaction() as connection:
            workspace.log(connection, BEGUN, OBJECT)


def _refuse_a_lost_one(workspace: Workspace, store: FileStore) -> None:
    """Refuse if the last snapshot is lost: a new one would hide what was altered."""
    if not store.lies(OBJECT):
        with workspace.read() as connection:
            if was_begun(connection):
                raise FixityError("登记快照不见了，而流水记着建立过它", _LOST)


def changes_of(connection: Connection) -> dict[str, int]:
    """Table → number of changes. A rebuilt database counts from the beginning."""
    counted = {row.name: row.changes for row in connection.execute(select(schema.table_changes))}
    return {table.name: counted.get(table.name, 0) for table in kept_tables()}


def _changed_parts(
    connection: Connection,
    store: FileStore,
    kept: Mapping[str, Any],
    changes: Mapping[str, int],
) -> tuple[dict[str, Path | bytes], list[str], dict[str, int]]:
    """Parts to write, parts to remove, and the number of rows of every table."""
    known = kept.get("changes", {}) if not _rebuilt_since(connection, kept) else {}
    there = store.inventory(OBJECT).version().state if kept else {}
    files: dict[str, Path | bytes] = {}
    gone: list[str] = []
    counts: dict[str, int] = {}
    for table in kept_tables():
        before = kept.get("rows", {}).get(table.name, 0)
        if known.get(table.name) == changes[table.name]:
            counts[table.name] = before
            continue
        # the journal only grows: earlier parts never change
        after = before // _PART_ROWS * _PART_ROWS if known and table is schema.journal else 0
        parts = dict(dump(connection, table, after))
        files |= parts
        gone += [path for path in there if path.startswith(_folder(table)) and path not in parts] if not after else []
        counts[table.name] = after + sum(lines.count(b"\n") for lines in parts.values())
    return files, gone, {name: rows for name, rows in counts.items() if rows}


def _rebuilt_since(connection: Connection, kept: Mapping[str, Any]) -> bool:
    """Return whether `ssj rebuild` made the database after this snapshot, so that its counts began anew."""
    t = schema.journal.c
    query = select(t.id).where(t.id > kept.get("journal", {}).get("rows", 0), t.action == "rebuild")
    return connection.execute(query).first() is not None


def _refuse_a_cut_journal(connection: Connection, kept: Mapping[str, Any] | None) -> None:
    """Refuse if the journal no longer has the row at which the last snapshot ended: it was cut or rewritten.

    A new snapshot would hide what was removed, so there is none until that is explained.
    """
    if not kept or not kept["rows"]:
        return
    query = select(schema.journal.c.hash).where(schema.journal.c.id == kept["rows"])
    if connection.execute(query).scalar() != kept["hash"]:
        raise FixityError(
            f"流水第 {kept['rows']} 行与登记快照不符：被截断或改写",
            Remedy("请保护现场，先", do("verify"), "；再", do("restore"), "，或", do("rebuild")),
        )


def kept_rows(store: FileStore, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table from the snapshot, ready to be inserted.

    Raises: FixityError if the snapshot was altered.
    """
    dates = {column.name for column in table.c if isinstance(column.type, Date)}
    absent = {column.name: column.info["absent"] for column in table.c if "absent" in column.info}
    inventory = store.inventory(OBJECT)
    for path in sorted(inventory.version().state):
        if path.split("/")[1:2] == [table.name]:
            for line in store.read_from(inventory, path).decode().splitlines():
                row = absent | json.loads(line)
                yield {
                    name: date.fromisoformat(value) if name in dates and value else value
                    for name, value in row.items()
                    if name in table.c
                }


def restore_rows(connection: Connection, store: FileStore, table: Table) -> int:
    """Insert a table's rows from the snapshot into an empty table; returns the number of rows."""
    rows = list(kept_rows(store, table))
    if rows:
        connection.execute(insert(table), rows)
    return len(rows)


def differences(connection: Connection, store: FileStore, table: Table) -> list[dict[str, Any]]:
    """Rows of the table that differ from the snapshot (changed, missing or added), by their primary key."""
    keys = [column.name for column in table.primary_key]

    def by_key(rows: Iterator[Mapping[str, Any]]) -> dict[str, tuple[dict[str, Any], str]]:
        return {
            canonical_json([row[key] for key in keys]): (
                {key: row[key] for key in keys} | {"case": row.get("case", "")},
                canonical_json(dict(row)),
            )
            for row in rows
        }

    kept = by_key(kept_rows(store, table))
    found = by_key(dict(row) for row in connection.execute(select(table)).mappings())
    changed = [
        key
        for key in kept.keys() | found.keys()
        if key not in kept or key not in found or kept[key][1] != found[key][1]
    ]
    return [(kept.get(key) or found[key])[0] for key in sorted(changed)]
