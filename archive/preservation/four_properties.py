"""四性检测 (DA/T 70-2018): 真实性, 完整性, 可用性 and 安全性 of a case file, item by item with codes.

A check that cannot run is ``not_run`` and keeps the result from being ``passed``. The report is stored in the case file
(checks/…), so that the series of checks stays with what was checked.
"""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select

from archive.cases import case_file, catalogue
from archive.cases import missing as completeness
from archive.cases.catalogue import ArchiveItem
from archive.files.limited_child import LimitedChildren
from archive.files.pdf_guard import FAULTS, PdfReport, examine_pdf, file_type
from archive.store.object_check import Tally
from archive.store.opening import store_of
from ssj_docs.database import journal, registers
from ssj_docs.database.schema import archive_items
from ssj_docs.database.schema import journal as journal_table
from ssj_docs.ground.canonical import plain_json
from ssj_docs.ground.child_process import clean_environment, find_on_path
from ssj_docs.ground.errors import NotFoundError, SsjError
from ssj_docs.model.document import parse_number
from ssj_docs.office.workspace import Workspace

Stage = Literal["intake", "transfer", "schedule"]
Verdict = Literal["passed", "failed", "not_run", "not_applicable"]
STAGES = {"intake": "归档", "transfer": "移交", "schedule": "定期"}
VERDICTS = {"passed": "通过", "failed": "不通过", "not_run": "未能检测", "not_applicable": "不适用"}
_FORMATS = {
    "pdf": b"%PDF-",
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG",
    "tif": b"II*\0",
    "tiff": b"MM\0*",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "ofd": b"PK\x03\x04",
}
_ACTIVE = ("script", "launch", "submit", "embedded")


@dataclass(frozen=True)
class Check:
    """The result of one check: code, property, name, verdict and detail; ``subject`` is the case or the item."""

    code: str
    property: str
    name: str
    verdict: Verdict
    subject: str
    detail: str = ""


@dataclass(frozen=True)
class FourProperties:
    """The report: ``verdict`` is ``failed`` if any check failed, ``not_run`` if any could not run, else ``passed``."""

    case: str
    stage: Stage
    when: str
    checks: Sequence[Check]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its checks."""
        found = {check.verdict for check in self.checks}
        return "failed" if "failed" in found else "not_run" if "not_run" in found else "passed"

    def open_points(self) -> str:
        """What failed or could not run, each once with its detail; empty if nothing."""
        told = []
        for verdict in ("failed", "not_run"):
            points = dict.fromkeys(
                f"{c.name}（{c.detail}）" if c.detail else c.name for c in self.checks if c.verdict == verdict
            )
            told += [f"{VERDICTS[verdict]}：{'；'.join(points)}"] if points else []
        return "。".join(told)

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "standard": "DA/T 70-2018",
            "case": self.case,
            "stage": self.stage,
            "when": self.when,
            "verdict": self.verdict,
            "checks": [asdict(check) for check in self.checks],
        }


@dataclass(frozen=True)
class _Subject:
    """The data that the checks use."""

    workspace: Workspace
    case: str
    stage: Stage
    items: Sequence[ArchiveItem]
    told: Sequence[ArchiveItem]
    state: dict[str, str]
    faults: Sequence[str]
    chain: str
    logged: set[str]
    twins: set[str]
    reports: dict[str, PdfReport]


def check_case(workspace: Workspace, case: str, stage: Stage = "schedule", *, keep: bool = True) -> FourProperties:
    """Check one case file.

    Args:
        stage: intake, transfer or schedule.
        keep: store the report in the case file.

    Raises: NotFoundError if nothing is filed.
    """
    with LimitedChildren() as children:
        return _check(workspace, case, stage, _Means(children, _chain(workspace)), keep)


class IntakeChecks:
    """The check at intake for several cases: the journal is read once, and papers still expected do not count as missing.

    Args:
        children: the children that open PDFs.
    """

    def __init__(self, workspace: Workspace, children: LimitedChildren) -> None:
        self._workspace, self._children = workspace, children
        self._means: _Means | None = None

    def check(self, case: str) -> FourProperties:
        """Check one case file and store the report in it."""
        if self._means is None:
            self._means = _Means(self._children, _chain(self._workspace))
        return _check(self._workspace, case, "intake", self._means, True)


@dataclass(frozen=True)
class _Means:
    """What several checks share: the children, and the state of the journal when they began."""

    children: LimitedChildren
    chain: str


def _chain(workspace: Workspace) -> str:
    with workspace.read() as connection:
        return journal.verify(connection).state


def _check(workspace: Workspace, case: str, stage: Stage, means: _Means, keep: bool) -> FourProperties:
    subject = _gather(workspace, case, stage, means)
    checks = [check for group in (_authenticity, _completeness, _usability, _safety) for check in group(subject)]
    report = FourProperties(case, stage, workspace.now.isoformat(timespec="seconds"), checks)
    if keep:
        path = f"checks/{workspace.now:%Y%m%dT%H%M%S}-{stage}.json"
        with workspace.transaction() as connection:
            case_file.renew_records(
                workspace,
                connection,
                case,
                f"四性检测（{STAGES[stage]}）",
                {path: (plain_json(report.as_json()) + "\n").encode()},
            )
            workspace.log(connection, "four_properties", case, {"stage": stage, "verdict": report.verdict})
    return report


def _gather(workspace: Workspace, case: str, stage: Stage, means: _Means) -> _Subject:
    store = store_of(workspace)
    if not store.lies(case):
        raise NotFoundError(f"档案中没有案卷 {case}", "核对案卷号")
    tally = Tally()
    inventory = store.check(store.name(case), tally)
    faults = [f"{fault.path}：{fault.fault}" for fault in tally.faults]
    state = dict(inventory.version().state) if inventory else {}
    with workspace.read() as connection:
        items = [item for item in catalogue.load_items(connection, case) if item.state == "filed"]
        logged = {
            subject.partition("/")[2]
            for (subject,) in connection.execute(
                select(journal_table.c.subject).where(journal_table.c.action == "archive")
            )
            if subject.startswith(f"{case}/")
        }
        numbers = {item.archive_number for item in items if item.archive_number}
        twins = {
            row.archive_number
            for row in connection.execute(select(archive_items.c.archive_number).where(archive_items.c.case != case))
            if row.archive_number in numbers
        }
    told = [] if faults else case_file.stored_items(store, case)
    reports = _file_reports(workspace, items, means.children)
    return _Subject(workspace, case, stage, items, told, state, faults, means.chain, logged, twins, reports)


def _file_reports(
    workspace: Workspace, items: Sequence[ArchiveItem], children: LimitedChildren
) -> dict[str, PdfReport]:
    """Reports on PDFs; for an OFD its number of pages, or that it cannot be opened."""
    reports = {}
    for item in items:
        with _lent(workspace, item) as place:
            kind = file_type(place) if place is not None else "empty"
            if place is not None and kind == "pdf":
                reports[item.item] = examine_pdf(place, children)
            elif kind == "ofd":
                outcome = children.run("examine_ofd", {"path": str(place)})
                pages = next((len(message["pages"]) for message in outcome.messages if "pages" in message), 0)
                reports[item.item] = PdfReport(pages, faults={} if pages else {"broken": outcome.detail})
    return reports


@contextmanager
def _lent(workspace: Workspace, item: ArchiveItem) -> Iterator[Path | None]:
    """An item's main file, None if it is not there."""
    with ExitStack() as stack:
        place = None
        with suppress(SsjError):
            place = stack.enter_context(case_file.local_item(workspace, item))
        yield place


def _start(workspace: Workspace, item: ArchiveItem) -> bytes:
    """The first bytes of an item's main file, none if it is not there."""
    with _lent(workspace, item) as place:
        if place is None:
            return b""
        with place.open("rb") as stream:
            return stream.read(1024)


def _judge(code: str, kind: str, name: str, subject: str, faults: Sequence[str]) -> Check:
    return Check(code, kind, name, "failed" if faults else "passed", subject, "；".join(faults))


# --- 真实性 -----------------------------------------------------------------------------------------------------------
def _authenticity(s: _Subject) -> Iterator[Check]:
    kind = "真实性"
    yield _judge("ZS-01", kind, "固化信息（SHA-512、SHA-256、SM3）有效", s.case, s.faults)
    for item in s.items:
        name = f"{s.case}/{item.item}"
        verdict: Verdict = {"passed": "passed", "failed": "failed", "undetermined": "not_run"}.get(
            item.verdict, "not_applicable"
        )  # type: ignore[assignment]
        yield Check("ZS-02", kind, "电子签名有效", verdict, name, str(item.verdict_detail.get("reason", "")))
        yield _judge("ZS-03", kind, "元数据类型、值域和合理性", name, _implausible(s.workspace, item))
        if item.archive_number is None:
            yield Check("ZS-04", kind, "档号规范、不重复", "not_run", name, "尚未编档号")
        else:
            wrong = [f"档号 {item.archive_number} 与其他案卷重复"] if item.archive_number in s.twins else []
            yield _judge("ZS-04", kind, "档号规范、不重复", name, wrong)
    if s.faults:
        yield Check("ZS-05", kind, "文件属性与记录一致", "not_run", s.case, "固化信息不符，无从比对")
    else:
        told = {item.item: item.as_json() for item in s.told}
        wrong = [f"第 {i.item} 件" for i in s.items if told.get(i.item) != i.as_json()]
        yield _judge("ZS-05", kind, "文件属性与记录一致", s.case, wrong)
    lost = [stored.path for item in s.items for stored in item.files if stored.path not in s.state]
    yield _judge("ZS-06", kind, "元数据与内容关联", s.case, lost)


def _implausible(workspace: Workspace, item: ArchiveItem) -> list[str]:
    wrong = []
    if item.date and not 1949 <= item.date.year <= workspace.today.year:
        wrong.append(f"日期 {item.date} 不合理")
    if item.date and item.date > workspace.today:
        wrong.append(f"日期 {item.date} 晚于今天")
    if item.number and parse_number(item.number) is None:
        wrong.append(f"文号“{item.number}”不合格式")
    if re.search(r"[\x00-\x1f\x7f\ufffd]", item.title + item.number + item.department):
        wrong.append("题名、文号或责任者含有控制字符")
    if len(item.title) > 200:
        wrong.append("题名超过 200 字")
    if item.pages is not None and item.pages < 1:
        wrong.append(f"页数 {item.pages} 不合理")
    return wrong


# --- 完整性 -----------------------------------------------------------------------------------------------------------
def _completeness(s: _Subject) -> Iterator[Check]:
    kind, told = "完整性", len(s.told)
    if s.faults:
        yield Check("WZ-01", kind, "件数与目录一致", "not_run", s.case, "固化信息不符，无从核对")
    else:
        filed = sum(1 for item in s.told if item.state == "filed")
        wrong = [] if filed == len(s.items) else [f"目录 {len(s.items)} 件，档案 {told} 件"]
        yield _judge("WZ-01", kind, "件数与目录一致", s.case, wrong)
    numbers = sorted(int(item.item) for item in s.told or s.items)
    gaps = sorted(set(range(1, (numbers or [0])[-1] + 1)) - set(numbers))
    yield _judge("WZ-02", kind, "件号连续", s.case, [f"缺第 {gap:04d} 件" for gap in gaps])
    for item in s.items:
        name = f"{s.case}/{item.item}"
        empty = [
            label
            for label, value in (
                ("题名", item.title),
                ("文书种类", item.kind),
                ("保管期限", item.retention),
                ("接收时间", item.received_at),
                ("日期", item.date),
            )
            if not value
        ]
        yield _judge("WZ-03", kind, "必填元数据齐全", name, [f"缺{label}" for label in empty])
        report = s.reports.get(item.item)
        if report is None or item.pages is None:
            yield Check(
                "WZ-04", kind, "页数与记录一致", "not_run" if item.pages else "not_applicable", name, "没有可比的页数"
            )
        else:
            wrong = [] if report.pages == item.pages else [f"记录 {item.pages} 页，文件 {report.pages} 页"]
            yield _judge("WZ-04", kind, "页数与记录一致", name, wrong)
    yield _papers(s)


def _papers(s: _Subject) -> Check:
    """应归档文书 of this case: whether all are there and signed."""
    with s.workspace.read() as connection:
        try:
            task = registers.load_task(connection, registers.load_case(connection, s.case).task)
        except NotFoundError:
            return Check("WZ-05", "完整性", "应归档文书齐全", "not_applicable", s.case, "不是检查案卷")
    if s.stage == "intake":
        told = "随收随归，是否齐全在移交和定期检测时核对"
        return Check("WZ-05", "完整性", "应归档文书齐全", "not_applicable", s.case, told)
    papers = [paper for paper in completeness.missing(s.workspace, task.year) if paper.case == s.case]
    wrong = [f"{paper.title}{completeness.STATES[paper.state]}" for paper in papers if paper.state != "present"]
    return _judge("WZ-05", "完整性", "应归档文书齐全", s.case, wrong)


# --- 可用性 -----------------------------------------------------------------------------------------------------------
def _usability(s: _Subject) -> Iterator[Check]:
    kind = "可用性"
    yield _judge("KY-01", kind, "元数据可读（JSON、XML）", s.case, _unreadable_records(s))
    for item in s.items:
        name, report, start = f"{s.case}/{item.item}", s.reports.get(item.item), _start(s.workspace, item)
        suffix = Path(item.main.name).suffix.lower().removeprefix(".")
        magic = _FORMATS.get(suffix)
        if magic is None:
            yield Check("KY-02", kind, "格式符合归档要求", "failed", name, f"{suffix or '无扩展名'} 不在允许的格式之列")
        else:
            fits = magic in start or (suffix in ("tif", "tiff") and start[:4] in (b"II*\0", b"MM\0*"))
            yield _judge("KY-02", kind, "格式符合归档要求", name, [] if fits else [f"内容不是 {suffix}"])
        if report is None:
            yield Check("KY-03", kind, "文件可以打开", "not_run", name, f"没有检测 {suffix or '此种'} 格式的程序")
            yield Check("KY-04", kind, "未加密", "not_run", name, f"没有检测 {suffix or '此种'} 格式的程序")
        else:
            yield _judge(
                "KY-03",
                kind,
                "文件可以打开",
                name,
                [] if report.readable else [text for text, _ in report.messages] or ["无法打开"],
            )
            yield _judge("KY-04", kind, "未加密", name, ["文件已加密"] if report.encrypted else [])


def _unreadable_records(s: _Subject) -> list[str]:
    store, wrong = store_of(s.workspace), []
    readers: dict[str, Callable[[bytes], Any]] = {".json": json.loads, ".xml": ET.fromstring}
    for path in sorted(s.state):
        reader = readers.get(Path(path).suffix)
        if reader is None or path.count("/") > 2:
            continue
        try:
            reader(store.read(s.case, path))
        except (ValueError, ET.ParseError):
            wrong.append(f"{path} 不能解析")
        except SsjError:
            wrong.append(f"{path} 不能读取")
    return wrong


# --- 安全性 -----------------------------------------------------------------------------------------------------------
def _safety(s: _Subject) -> Iterator[Check]:
    kind = "安全性"
    yield _virus_scan(s)
    extra = [fault for fault in s.faults if "多出" in fault]
    yield _judge("AQ-02", kind, "没有多余的文件", s.case, extra)
    unlogged = [f"第 {item.item} 件没有归档记录" for item in s.items if item.item not in s.logged]
    yield _judge("AQ-03", kind, "过程留痕，流水完好", s.case, ([] if s.chain == "intact" else [s.chain]) + unlogged)
    for item in s.items:
        report = s.reports.get(item.item)
        name = f"{s.case}/{item.item}"
        if report is None:
            yield Check("AQ-04", kind, "不含脚本和可执行动作", "not_run", name, "没有检测此种格式的程序")
        else:
            active = [FAULTS[code][0] for code in report.faults or {} if code in _ACTIVE]
            yield _judge("AQ-04", kind, "不含脚本和可执行动作", name, active)


def _virus_scan(s: _Subject) -> Check:
    name = "没有恶意代码"
    scanner = find_on_path("clamdscan") or (find_on_path("clamscan") if s.stage != "intake" else None)
    if not scanner and s.stage == "intake" and find_on_path("clamscan"):
        return Check(
            "AQ-01", "安全性", name, "not_run", s.case, "归档时只用常驻的杀毒服务（clamdscan）；定期检测时再查"
        )
    if not scanner:
        return Check("AQ-01", "安全性", name, "not_run", s.case, "本机没有安装杀毒程序（ClamAV）")
    try:
        with store_of(s.workspace).local_folder(s.case) as folder:
            done = subprocess.run(
                [str(scanner), "--infected", "--no-summary", "-r", str(folder)],
                capture_output=True,
                timeout=600,
                check=False,
                env=clean_environment(),
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("AQ-01", "安全性", name, "not_run", s.case, f"杀毒程序没有完成（{type(error).__name__}）")
    verdict: Verdict = {0: "passed", 1: "failed"}.get(done.returncode, "not_run")  # type: ignore[assignment]
    return Check("AQ-01", "安全性", name, verdict, s.case, done.stdout.decode(errors="replace").strip()[:500])
