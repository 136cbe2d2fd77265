"""`ssj verify`: checks whether everything is unchanged: storage root, catalogue, issued files, registers, journal, database.

A check that cannot run is a fault, never a pass. Every check is recorded in the history, with its digest in the journal;
the unbroken series of checks is part of the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, insert, select

from archive.cases import catalogue
from archive.cases.case_file import stored_items
from archive.files.digests import digest_of
from archive.preservation import register_snapshot
from archive.preservation.against import Outside, differences
from archive.preservation.anchors import Anchor, Leaves, anchor_now, keep_leaves, leaves_of
from archive.preservation.begun_work import BegunWork, begun_work
from archive.preservation.issued_check import registered_files, unregistered_files
from archive.preservation.journal_check import Evidence, journal_faults
from archive.preservation.register_check import register_faults, setting_faults
from archive.store.object_check import Fault, Tally
from archive.store.ocfl_inventory import Inventory
from archive.store.opening import store_of
from archive.store.port import FileStore
from ssj_docs.database import journal
from ssj_docs.database.engine import FAILURES, is_hindered
from ssj_docs.database.schema import fixity_checks
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.ground.errors import FixityError, NotFoundError, SsjError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.office.workspace import Workspace

Progress = Callable[[Iterable[str]], Iterable[str]]
#: exceptions that damaged rows can cause: broken pages, JSON, dates or text, unknown ids
_BROKEN = (*FAILURES, ValueError, TypeError, KeyError, AttributeError, SsjError)
_DATABASE = "ssj.db"
UNCHECKED = "未能核验，不等于损坏"


@dataclass(frozen=True)
class VerifyReport:
    """The result of `verify`.

    Attributes:
        objects, files, bytes: what was read.
        faults: everything that changed.
        journal: ``intact``, or where the chain breaks.
        recorded: whether the check was recorded in the history.
        begun: work orders that wait to be finished, which is not a fault.
        anchor: of this moment, if everything was checked and is sound.
        leaves: object id → version and digest of its inventory.
    """

    objects: int
    files: int
    bytes: int
    faults: Sequence[Fault]
    journal: str
    recorded: bool
    begun: BegunWork = field(default_factory=BegunWork)
    anchor: Anchor | None = None
    leaves: Leaves = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether there is no fault at all."""
        return not self.faults and self.journal == "intact"

    def as_json(self) -> dict[str, Any]:
        """The contract's shape (DESIGN: ``verify``)."""
        return {
            "objects": self.objects,
            "files": self.files,
            "bytes": self.bytes,
            "faults": [fault.as_json() for fault in self.faults],
            "journal": self.journal,
            "recorded": self.recorded,
            "begun": [begun.as_json() for begun in self.begun.told()],
            "code": self.anchor.code if self.anchor else "",
        }


_READ = VerifyReport(0, 0, 0, (), "", recorded=False)
_IN_HISTORY = ("objects", "files", "bytes", "faults", "journal")


def _all(objects: Iterable[str]) -> Iterable[str]:
    return objects


def verify(
    workspace: Workspace, case: str | None = None, *, held: Outside | None = None, progress: Progress = _all
) -> VerifyReport:
    """Read everything (or one case), compare it with its digests, and record the result in the history.

    Args:
        held: what was kept outside, to be compared with too.

    Raises: NotFoundError if there is no such case.
    """
    store = store_of(workspace)
    tally = Tally()
    if case is None:
        with _told(tally, "不能读取，数据库损坏"):
            broken = workspace.database.broken_seal()
            if broken:
                tally.faults.append(Fault("", _DATABASE, broken))
    catalogued: set[tuple[str, str]] = set()
    with (
        suppress(*_BROKEN),
        workspace.read() as connection,
    ):  # read before the store, because more may be filed meanwhile
        catalogued = {(item.case, item.item) for item in catalogue.load_items(connection, case)}
    inventories = _check_store(store, case, tally, progress)
    if case is not None and case not in inventories and not catalogued:
        raise NotFoundError(f"档案中没有案卷 {case}", "核对案卷号")
    chain, begun = "未能核验", BegunWork()
    with _told(tally, "不能读取，数据库损坏"), workspace.read() as connection:
        chain = _check_database(workspace, connection, store, case, tally)
        with _told(tally, "目录不能读取", f"{_DATABASE}/archive_items"):
            begun = begun_work(connection)
            _check_catalogue(connection, store, inventories, case, begun, tally)
            _check_catalogued(connection, store, inventories, catalogued, begun, tally)
        issued: dict[str, str] = {}
        with _told(tally, "成文登记不能读取", f"{_DATABASE}/issued"):
            issued = _check_issued(workspace, connection, case, tally)
        with _told(tally, "流水不能读取", f"{_DATABASE}/journal"):
            evidence = Evidence(connection, store, inventories, issued, begun, workspace.now)
            told = {fault.path for fault in tally.faults if fault.path.startswith("issued/")}
            tally.faults.extend(fault for fault in journal_faults(evidence, case) if fault.path not in told)
        if held is not None:
            with _told(tally, f"不能与{held.name}比较"):
                tally.faults.extend(differences(workspace, connection, store, held))
    return _record(workspace, case, tally, replace(_READ, journal=chain, begun=begun, leaves=leaves_of(inventories)))


@contextmanager
def _told(tally: Tally, text: str, path: str = _DATABASE) -> Iterator[None]:
    """Report a check that fails unexpectedly as a fault; a full disk or missing permission is not damage."""
    try:
        yield
    except _BROKEN as error:
        cause = getattr(error, "orig", None) or error
        if is_hindered(cause):
            text = UNCHECKED
        tally.faults.append(Fault("", path, f"{text}（{in_chinese(cause)}）"))


def _check_store(store: FileStore, case: str | None, tally: Tally, progress: Progress) -> dict[str, Inventory]:
    if case is None:
        store.check_root(tally)
        names = store.names()
    else:
        names = (store.name(case),) if store.lies(case) else ()
    found = {}
    for name in progress(names):
        inventory = store.check(name, tally)
        if inventory is not None:
            found[inventory.id] = inventory
    return found


def _check_database(
    workspace: Workspace, connection: Connection, store: FileStore, case: str | None, tally: Tally
) -> str:
    """Check the database, and issued files and registers against it. Returns: the state of the journal."""
    for line in workspace.database.faults(connection):
        tally.faults.append(Fault("", _DATABASE, f"数据库完整性检查：{line}"))
    chain = "未能核验"
    with _told(tally, "流水不能读取", f"{_DATABASE}/journal"):
        verdict = journal.verify(connection)
        chain = verdict.state
    if case is None and chain == "intact":
        with _told(tally, "登记簿不能读取"):
            tally.faults.extend(register_faults(connection, store))
    if case is None:
        tally.faults.extend(setting_faults(workspace, connection))
    return chain


def _check_catalogue(
    connection: Connection,
    store: FileStore,
    inventories: dict[str, Inventory],
    case: str | None,
    begun: BegunWork,
    tally: Tally,
) -> None:
    rows = {(item.case, item.item): item for item in catalogue.load_items(connection, case)}
    for inventory in inventories.values():
        with suppress(FixityError):  # altered files are reported already
            for told in stored_items(store, inventory.id):
                row = rows.get((told.case, told.item))
                place = f"{_DATABASE}/archive_items/{told.case}/{told.item}"
                if begun.explains(told, row):
                    continue
                if row is None:
                    tally.faults.append(Fault(told.case, place, "档案中有此件而目录中没有"))
                elif row.as_json() != told.as_json():
                    tally.faults.append(Fault(told.case, place, "目录与档案中的记录不符"))


def _check_catalogued(
    connection: Connection,
    store: FileStore,
    inventories: dict[str, Inventory],
    catalogued: set[tuple[str, str]],
    begun: BegunWork,
    tally: Tally,
) -> None:
    """Everything catalogued before the store was read must be in the store."""
    for case, number in sorted(catalogued):
        item = catalogue.load_item(connection, case, number)
        inventory_of = inventories.get(item.case)
        if inventory_of is None:
            if not store.lies(item.case):
                tally.faults.append(Fault(item.case, f"archive/{item.case}", "目录中有此案卷而档案中没有"))
            continue
        for stored in item.files if item.state == "filed" and not begun.takes_away(item) else ():
            if stored.path not in inventory_of.version().state:
                place = f"archive/{item.case}/{stored.path}"
                tally.faults.append(Fault(item.case, place, "目录中有此文件而档案中没有"))


def _check_issued(workspace: Workspace, connection: Connection, case: str | None, tally: Tally) -> dict[str, str]:
    """Compare issued files with the registers, in both directions. Returns: path → SHA-256 of those that are there."""
    read = {}
    for file in registered_files(connection, case):
        place = workspace.root / file.path
        if not file.path or not place.is_file():
            tally.faults.append(Fault(file.case, file.path or f"{_DATABASE}/issued", "已印发的文件缺失"))
            continue
        found = digest_of(place)
        tally.files += 1
        tally.bytes += found.size
        read[file.path] = found.sha256
        if found.sha256 != file.sha256:
            tally.faults.append(Fault(file.case, file.path, "已印发的文件被改动（SHA-256 与登记不符）"))
    if case is None:
        for path in unregistered_files(workspace, connection):
            tally.faults.append(Fault("", path, "登记中没有这个文件；不是本单位印发的请移出 issued/，已用的文号请补登"))
    return read


def _record(workspace: Workspace, case: str | None, tally: Tally, read: VerifyReport) -> VerifyReport:
    """Record the check in the history; with a broken database it stays unrecorded."""
    report = replace(read, objects=tally.objects, files=tally.files, bytes=tally.bytes, faults=tuple(tally.faults))
    told = {key: value for key, value in report.as_json().items() if key in _IN_HISTORY} | {"scope": case or ""}
    digest = sha256_of(told)
    whole = case is None and report.sound
    with suppress(*_BROKEN):
        root = keep_leaves(workspace, read.leaves) if whole else ""
        with workspace.transaction() as connection:
            connection.execute(
                insert(fixity_checks).values(
                    when=workspace.now.isoformat(timespec="seconds"), who=workspace.who, digest=digest, **told
                )
            )
            detail: dict[str, object] = {"faults": len(report.faults), "journal": report.journal}
            detail |= {"root": root} if root else {}
            workspace.log(connection, "verify", case or "全部", detail, digest=digest)
            anchor = anchor_now(connection, read.leaves) if whole else None
        report = replace(report, recorded=True, anchor=anchor)
        if report.sound:
            with suppress(SsjError):
                register_snapshot.keep_registers(workspace)
                workspace.database.seal()
    return report


def history(connection: Connection) -> list[dict[str, Any]]:
    """All checks so far, oldest first."""
    return [dict(row) for row in connection.execute(select(fixity_checks).order_by(fixity_checks.c.id)).mappings()]
