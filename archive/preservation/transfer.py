"""`ssj transfer`: a package for the archives office: a bag (BagIt) with every file, metadata and the check reports.

Case files are written by their logical paths, so that the recipient needs no software of ours.
"""

from __future__ import annotations

import csv
import io
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.cases import catalogue, metadata
from archive.cases.catalogue import ArchiveItem
from archive.files.bag import make_bag
from archive.files.digests import digest_of
from archive.files.durable_files import full_disk_explained, sync_tree, write_durably
from archive.preservation.four_properties import VERDICTS, FourProperties, check_case
from archive.store.opening import store_of
from ssj_docs.ground.errors import FixityError, NotFoundError, UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.workspace import Workspace

_COLUMNS = ("序号", "案卷号", "件号", "档号", "文号", "责任者", "题名", "日期", "页数", "保管期限", "文件", "SHA-256")
Progress = Callable[[Iterable[str]], Iterable[str]]


def _all(cases: Iterable[str]) -> Iterable[str]:
    return cases


@dataclass(frozen=True)
class TransferReport:
    """The bag, the number of cases, items and bytes, and for each case the verdict and open points of the four-property check."""

    path: Path
    cases: int
    items: int
    bytes: int
    verdicts: Mapping[str, str]
    open_points: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "path": str(self.path),
            "cases": self.cases,
            "items": self.items,
            "bytes": self.bytes,
            "verdicts": dict(self.verdicts),
            "open_points": dict(self.open_points),
        }


def transfer(workspace: Workspace, cases: Sequence[str], target: Path, *, progress: Progress = _all) -> TransferReport:
    """Write a bag with these case files; the originals stay.

    Args:
        target: a folder that does not exist yet.

    Raises: UsageError, NotFoundError; FixityError if a case's authenticity check failed (nothing is written).
    """
    if target.exists():
        raise UsageError(f"{target} 已经存在", "请换一个新的文件夹名")
    if not cases:
        raise NotFoundError("没有要移交的案卷", "请写明案卷号，或先归档")
    bag = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.part"
    reports, items = [], []
    try:
        with full_disk_explained(target.parent):
            bag.mkdir(parents=True)
            for case in progress(cases):
                report = check_case(workspace, case, "transfer")
                _refuse_altered(report)
                reports.append(report)
                items += _write_case(workspace, case, bag)
            write_durably(bag / "移交目录.csv", _listing(items))
            write_durably(bag / "移交信息.xml", _about(workspace, reports, items))
            _make_bag(workspace, bag, len(cases))
            sync_tree(bag)
            bag.rename(target)
    finally:
        shutil.rmtree(bag, ignore_errors=True)
    size = sum(path.stat().st_size for path in (target / "data").rglob("*") if path.is_file())
    with workspace.transaction() as connection:
        digest = digest_of(target / "tagmanifest-sha512.txt").sha256
        workspace.log(connection, "transfer", target.name, {"cases": list(cases)}, digest=digest)
    verdicts, points = {r.case: r.verdict for r in reports}, {r.case: r.open_points() for r in reports}
    return TransferReport(target, len(cases), len(items), size, verdicts, points)


def _refuse_altered(report: FourProperties) -> None:
    failed = [
        check for check in report.checks if check.code in ("ZS-01", "ZS-05", "ZS-06") and check.verdict == "failed"
    ]
    if failed:
        told = "；".join(f"{check.name}：{check.detail}" for check in failed)
        raise FixityError(f"案卷 {report.case} 不能移交：{told}", Remedy("先", do("verify"), "，再", do("restore")))


def _write_case(workspace: Workspace, case: str, bag: Path) -> list[ArchiveItem]:
    """Write the current state of a case by its logical paths, and its inventory with the whole history."""
    store = store_of(workspace)
    inventory = store.inventory(case)
    folder = bag / "案卷" / case
    for path in sorted(inventory.version().state):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with store.open(case, path) as stream:
            write_durably(place, stream)
    write_durably(folder / "inventory.json", inventory.as_bytes())
    with workspace.read() as connection:
        return [item for item in catalogue.load_items(connection, case) if item.state == "filed"]


def _listing(items: Sequence[ArchiveItem]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for number, i in enumerate(items, 1):
        row = (
            number,
            i.case,
            i.item,
            i.archive_number or "",
            i.number,
            i.department,
            i.title,
            i.date or "",
            i.pages or "",
            metadata.retention_name(i.retention),
            f"案卷/{i.case}/{i.main.path}",
            i.sha256,
        )
        # a spreadsheet would run a value that begins like a formula
        writer.writerow([f"'{v}" if isinstance(v, str) and v[:1] in ("=", "+", "-", "@", "\t") else v for v in row])
    return out.getvalue().encode("utf-8-sig")


def _about(workspace: Workspace, reports: Sequence[FourProperties], items: Sequence[ArchiveItem]) -> bytes:
    return metadata.to_xml(
        "移交信息",
        {
            "移交单位": workspace.office.name,
            "全宗号": workspace.office.fonds,
            "移交时间": workspace.now.isoformat(timespec="seconds"),
            "经办人": workspace.who,
            "案卷数": len(reports),
            "件数": len(items),
            "页数": sum(item.pages or 0 for item in items),
            "四性检测": [
                {
                    "案卷号": r.case,
                    "结论": VERDICTS[r.verdict],
                    "项目": [
                        {
                            "代码": c.code,
                            "名称": c.name,
                            "对象": c.subject,
                            "结论": VERDICTS[c.verdict],
                            "说明": c.detail,
                        }
                        for c in r.checks
                        if c.verdict != "passed"
                    ],
                }
                for r in reports
            ],
        },
    )


def _make_bag(workspace: Workspace, bag: Path, cases: int) -> None:
    make_bag(
        bag,
        {
            "Source-Organization": workspace.office.name,
            "Contact-Name": workspace.who,
            "Bagging-Date": workspace.today.isoformat(),
            "External-Description": f"双随机、一公开联合抽查档案移交，案卷 {cases} 个",
            "Bag-Software-Agent": "ssj-docs",
        },
    )
