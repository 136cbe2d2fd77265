"""销毁: only what is on a signed-off list, only what is due, by two people at least, and never without a record.

The bytes leave every version of the case file; what it was (item.json, metadata, digests), who decided and the signed
list stay. Copies in backups and in the received stacks are not reached: the report says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, delete, insert, update

from archive.cases import case_contents, case_file, catalogue
from archive.cases.catalogue import ArchiveItem
from archive.cases.metadata import retention_name
from archive.files.digests import digest_of
from archive.preservation.register_snapshot import keep_registers
from archive.preservation.retention import Appraisal, appraisal
from archive.store.object_check import Tally
from archive.store.opening import store_of
from archive.store.port import FileStore
from ssj_docs.database.schema import destructions, page_texts
from ssj_docs.ground.canonical import plain_json
from ssj_docs.ground.errors import DataError, FixityError, UsageError
from ssj_docs.ground.personal_data import without_restricted
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.work_orders import Step, WorkOrder, begin, carry_out, unfinished
from ssj_docs.office.workspace import Workspace

COLUMNS = ("案卷号", "件号", "档号", "题名", "日期", "保管期限", "期满年度", "SHA-256", "鉴定意见")
OPINIONS = ("销毁", "延期", "保留", "")
_VERB = "destroy"


@dataclass(frozen=True)
class Approval:
    """批准: number of the list (销毁清册号), the signed-off paper, who approved (two at least), why."""

    number: str
    paper: Path
    approved_by: tuple[str, ...]
    reason: str


def appraisal_list(rows: Sequence[Appraisal], opinions: Mapping[tuple[str, str], str] = MappingProxyType({})) -> bytes:
    """鉴定清单 as CSV, to be filled in (鉴定意见: 销毁、延期 or 保留) and signed.

    Args:
        opinions: (case, item) → 鉴定意见 where it is known already.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        i = row.item
        writer.writerow(
            (
                i.case,
                i.item,
                i.archive_number or "",
                without_restricted(i.title),
                i.date or "",
                retention_name(i.retention),
                row.last_year,
                i.sha256,
                opinions.get((i.case, i.item), ""),
            )
        )
    return out.getvalue().encode("utf-8-sig")


def destroy(workspace: Workspace, listing: Path, approval: Approval) -> list[ArchiveItem]:
    """Destroy what the list says 销毁 of, after every row and every case file concerned was checked.

    A work order: the list, its approval and a row for each item are stored before the first byte goes; a run that was cut
    off, or met a damaged case file, is finished by the next one.

    Returns: the items destroyed, those of a list that an earlier run had left unfinished included.
    Raises: UsageError without a complete approval; DataError that lists every row that does not fit, FixityError if a case
    file is damaged (nothing is destroyed then).
    """
    _check_approval(approval)
    digest = digest_of(listing).sha256
    with unfinished(workspace, _VERB) as left:
        for order in left:
            carry_out(workspace, order, _steps(workspace, order))
        same = any(order.plan["list"] == digest and order.subject == approval.number for order in left)
        orders = left if same else [*left, _begin(workspace, listing, approval)]
        if not same:
            carry_out(workspace, orders[-1], _steps(workspace, orders[-1]))
    with workspace.read() as connection:
        return [catalogue.load_item(connection, *subject.split("/")) for order in orders for subject in order.changes]


def _begin(workspace: Workspace, listing: Path, approval: Approval) -> WorkOrder:
    """Check everything, then store what was decided: in the archive, in the register, in the journal."""
    chosen = _chosen(workspace, listing)
    store = store_of(workspace)
    _check_case_files(store, sorted({item.case for item in chosen}))
    store.add_version(
        f"destruction-{case_file.safe_name(approval.number)}",
        {
            "鉴定清单.csv": listing,
            f"批准件{approval.paper.suffix}": approval.paper,
            "批准.json": (plain_json({**asdict(approval), "paper": approval.paper.name}) + "\n").encode(),
        },
        message=f"销毁清册 {approval.number}",
        user=workspace.who,
        created=workspace.now,
    )
    plan = {
        "list": digest_of(listing).sha256,
        "changes": {f"{item.case}/{item.item}": {"state": "destroyed"} for item in chosen},
    }
    with workspace.transaction() as connection:
        for item in chosen:
            _register(connection, item, approval)
        order = begin(workspace, connection, _VERB, approval.number, plan)
    keep_registers(workspace)  # from here on the archive alone tells what was decided
    return order


def _check_case_files(store: FileStore, cases: Sequence[str]) -> None:
    """Read every byte of the case files concerned. Raises: FixityError that names what is damaged."""
    tally = Tally()
    for case in cases:
        store.check(store.name(case), tally)
    if tally.faults:
        told = "；".join(f"{fault.path}：{fault.fault}" for fault in tally.faults[:5])
        raise FixityError(f"案卷有损坏，没有销毁任何文件：{told}", Remedy(do("verify"), "，", do("restore"), "后再办"))


def _register(connection: Connection, item: ArchiveItem, approval: Approval) -> None:
    """The row of the register of destructions; ``destroyed_at`` is empty until the bytes are gone."""
    t = destructions
    connection.execute(delete(t).where(t.c.case == item.case, t.c.item == item.item, t.c.destroyed_at == ""))
    connection.execute(
        insert(t).values(
            case=item.case,
            item=item.item,
            list_number=approval.number,
            title=item.title,
            archive_number=item.archive_number or "",
            sha256=item.sha256,
            reason=approval.reason,
            approved_by="、".join(approval.approved_by),
            destroyed_at="",
        )
    )


def _check_approval(approval: Approval) -> None:
    if len(set(approval.approved_by)) < 2:
        raise UsageError("销毁须有两人以上批准、监销", "写明每一位的姓名")
    if not approval.number.strip() or not approval.reason.strip():
        raise UsageError("销毁须写明清册号和原因", Remedy(do("destroy", number="", reason="")))
    if not approval.paper.is_file() or not approval.paper.stat().st_size:
        raise UsageError(f"没有批准件 {approval.paper}", "请扫描签批的销毁清册后再办")


def _chosen(workspace: Workspace, listing: Path) -> list[ArchiveItem]:
    """The rows marked 销毁, each held against the catalogue."""
    try:
        rows = list(csv.DictReader(io.StringIO(listing.read_bytes().decode("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"鉴定清单 {listing.name} 不能读取", "请另存为 UTF-8 编码的 CSV") from error
    if not rows or set(COLUMNS) - set(rows[0]):
        raise DataError(
            f"鉴定清单 {listing.name} 缺少栏目", Remedy(f"应有：{'、'.join(COLUMNS)}；重新", do("list_expired"))
        )
    due = {(row.item.case, row.item.item): row.item for row in appraisal(workspace)}
    problems, chosen = [], []
    for number, row in enumerate(rows, 2):
        opinion = (row["鉴定意见"] or "").strip()
        item = due.get((row["案卷号"], row["件号"].zfill(4)))
        fault = ""
        if opinion not in OPINIONS:
            fault = f"鉴定意见“{opinion}”不明"
        elif opinion == "销毁" and item is None:
            fault = "没有这一件，或保管期限未满，或已经销毁"
        elif opinion == "销毁" and item is not None and item.sha256 != row["SHA-256"]:
            fault = "SHA-256 与目录不符"
        if fault:
            problems.append(Problem(listing.name, fault, "请核对后改正该行", cell=f"第 {number} 行", value=row["件号"]))
        elif opinion == "销毁" and item is not None:
            chosen.append(item)
    if problems:
        raise DataError(f"鉴定清单有 {len(problems)} 处问题，没有销毁任何文件", "请改正后重新签批", problems)
    if not chosen:
        raise DataError("鉴定清单中没有写明“销毁”的件", "请在鉴定意见栏填写")
    return chosen


def _steps(workspace: Workspace, order: WorkOrder) -> Iterator[Step]:
    """One step a case; doing it again changes nothing."""
    cases: dict[str, list[str]] = {}
    for subject in order.changes:
        case, _, number = subject.partition("/")
        cases.setdefault(case, []).append(number)
    for case, numbers in sorted(cases.items()):
        yield partial(_destroy_in, workspace, order.subject, case, numbers)


def _destroy_in(
    workspace: Workspace, list_number: str, case: str, numbers: Sequence[str], connection: Connection
) -> None:
    """Take the bytes of these items out of the case file, then mark them in catalogue, register and journal."""
    everything = {item.item: item for item in catalogue.load_items(connection, case)}
    gone = {number: replace(everything[number], state="destroyed") for number in numbers}
    records = case_contents.case_records(workspace.office, connection, case, list((everything | gone).values()))
    for item in gone.values():
        records |= case_file.item_records(workspace, replace(item, version=""))
    _purge(workspace, case, records, message=f"销毁清册 {list_number}：第 {'、'.join(gone)} 件", numbers=numbers)
    for item in gone.values():
        catalogue.update_item(connection, item)
        connection.execute(delete(page_texts).where(page_texts.c.case == case, page_texts.c.item == item.item))
        t = destructions
        row = (t.c.case == case, t.c.item == item.item, t.c.destroyed_at == "")
        now = workspace.now.isoformat(timespec="seconds")
        if connection.execute(update(t).where(*row).values(destroyed_at=now)).rowcount:
            workspace.log(connection, "destroy", f"{case}/{item.item}", {"list": list_number}, digest=item.sha256)


def _purge(
    workspace: Workspace, case: str, records: Mapping[str, Path | bytes], *, message: str, numbers: Sequence[str]
) -> None:
    """Out of every version whatever of these items is still there but their records, which are renewed."""
    store = store_of(workspace)
    stay = {f"items/{number}/{name}" for number in numbers for name in ("item.json", "metadata.xml")}
    state = {path for version in store.inventory(case).versions for path in version.state} - stay
    held = {path for path in state if path.split("/")[0] == "items" and path.split("/")[1] in numbers}
    write = partial(store.purge, case, held) if held else partial(store.add_version, case)
    write(records, message=message, user=workspace.who, created=workspace.now)
