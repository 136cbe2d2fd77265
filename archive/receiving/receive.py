"""收件: receives files from the inbox or elsewhere into the archive (DESIGN invariant 3).

Copy → fsync → digest → register as begun → examine (limited children) → keep → file, one transaction per case → register
as done → only then remove from the inbox. The process may be killed at any point: the next run continues. The same bytes
received twice are one receipt. One bad file does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.cases import receipts
from archive.cases.receipts import Receipt, ReceivedPage
from archive.files.file_names import readable_name
from archive.preservation.four_properties import IntakeChecks
from archive.receiving.file_examination import Examined, Notice, examine
from archive.receiving.filing import Filed, file_items, keep_file, keep_pages_record, kept_file, take_out_parts
from archive.receiving.filing_plan import FilingPlan, Left, Target, plan_filing
from archive.receiving.inbox import Entry, entries, named
from archive.receiving.inbox_staging import Arrival, ReceivingBay, open_bay
from archive.receiving.known_copies import KnownCopies, check_copies
from archive.receiving.page_reading import PageReaders
from archive.receiving.report import FiledForm, FileReport, LeftPage, Outcome, ReceiveReport, report_from_json
from archive.receiving.stack import plan_stack
from ssj_docs.documents.forms.page_code import CodeFault, PageCode, decode
from ssj_docs.ground.defects import kept_traceback
from ssj_docs.ground.errors import DataError, MissingProgramError, SsjError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.office.workspace import Workspace

#: a file that could not be read for a passing trouble (disk full, machine too busy) is tried this often
TRIES = 3
#: name of the file, pages read, total pages
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ReceiveRun:
    """What one run works with."""

    workspace: Workspace
    bay: ReceivingBay
    readers: PageReaders
    checks: IntakeChecks
    kinds: PaperKinds
    target: Target | None
    progress: Progress | None
    anew: bool = False
    stuck: set[str] = field(default_factory=set)  #: digests of files that were begun and did not get on in this run

    def decode(self, text: str) -> PageCode | CodeFault:
        """Judge a code with the office's key."""
        return decode(text, self.workspace.key, self.workspace.office.code)


def receive(
    workspace: Workspace,
    files: Iterable[Path] = (),
    *,
    inbox: bool = False,
    case: str | None = None,
    kind: str | None = None,
    anew: bool = False,
    retry: bool = False,
    progress: Progress | None = None,
) -> ReceiveReport:
    """Take files in.

    Args:
        files: each is copied; those outside the inbox stay where they are; a folder stands for its files.
        inbox: take everything in the inbox too.
        case, kind: file every file whole in this case (or task) as this kind; the kind may be left to the page codes.
        anew: receive a file again that was received before and of which the archive holds no sound copy any more.
        retry: try files again that could not be read for a passing trouble, even those given up after `TRIES`.
        progress: called as pages are read.

    Returns: what became of each file; work that an earlier run had begun comes first.
    Raises: NotFoundError for an unknown case or kind, MissingProgramError where files cannot be read on this machine;
    nothing is taken in then.
    """
    target, quiet = _target(workspace, case, kind), workspace.office.quiet_seconds
    with open_bay(workspace) as bay, PageReaders() as readers:
        checks = IntakeChecks(workspace, readers.children)
        run = ReceiveRun(workspace, bay, readers, checks, workspace.kinds, target, progress, anew)
        wanted: dict[Path, Entry] = {}
        for entry in (*named(files), *(entries(bay.inbox, quiet) if inbox else ())):
            wanted.setdefault(entry.path.absolute(), entry)
        if any(entry.verdict == "take" for entry in wanted.values()):
            readers.children.start()  # an incomplete installation is reported before anything is received
        reports = _resume(run)
        if retry:
            reports += _retried(run)
        for path, entry in wanted.items():
            reports += _guarded(readable_name(path), _taken, run, path, entry)
    return ReceiveReport(tuple(reports))


def _target(workspace: Workspace, case: str | None, kind: str | None) -> Target | None:
    if case is None:
        if kind is not None:
            raise DataError("只写了文书种类，没有写案卷号", Remedy(do("receive", case="", kind=kind)))
        return None
    with workspace.read() as connection:
        from_register = receipts.require_place(connection, case)
    return Target(from_register, workspace.kinds.find(kind) if kind else None)


def _guarded(name: str, work: Callable[..., FileReport | None], *given: object) -> list[FileReport]:
    """Receive one file; whatever goes wrong is reported, and the others continue."""
    try:
        report = work(*given)
        return [report] if report else []
    except MissingProgramError as failure:
        notice = Notice("missing_program", failure.message, failure.remedy, (), "error")
    except SsjError as failure:
        notice = Notice("failed", failure.message, failure.remedy, (), "error")
    except OSError as failure:
        reason = f"读写文件出错：{failure.strerror or failure}"
        notice = Notice("failed", reason, "请检查磁盘和权限后重试", (), "error")
    except Exception:  # a defect of ours costs this file its turn, and no other
        remedy = f"请把 {kept_traceback()} 交给维护人员；这份文件没有丢失，下次收件会再试"
        notice = Notice("defect", "程序出错，这是软件的缺陷", remedy, (), "error")
    return [FileReport(name, "failed", notices=(notice,))]


def _resume(run: ReceiveRun) -> list[FileReport]:
    """Continue what an earlier run had begun, and remove staged files that have no receipt."""
    with run.workspace.read() as connection:
        begun = receipts.staged_receipts(connection)
    run.bay.sweep({receipt.sha256 for receipt in begun})
    reports: list[FileReport] = []
    for receipt in begun:
        if run.bay.staged(receipt.sha256).is_file():
            reports += _guarded(receipt.name, _resumed, run, receipt)
    return reports


def _resumed(run: ReceiveRun, receipt: Receipt) -> FileReport:
    """Finish one file; its copy stays as long as that does not succeed."""
    run.stuck.add(receipt.sha256)
    report = _work(replace(run, target=_kept_target(run, receipt)), receipt)
    run.stuck.discard(receipt.sha256)
    run.bay.clear(receipt.sha256)
    return report


def _retried(run: ReceiveRun) -> list[FileReport]:
    """Read files again that were given up, as long as nobody has filed pages of them."""
    with run.workspace.read() as connection:
        kept = receipts.given_up(connection)
    reports: list[FileReport] = []
    for receipt in kept:
        reports += _guarded(receipt.name, _begun_again, run, receipt)
    return reports


def _begun_again(run: ReceiveRun, receipt: Receipt) -> FileReport:
    """Take the kept file as if it had just come, with its first receipt."""
    with kept_file(run.workspace, receipt) as path:
        run.bay.take(path)
    options = {key: value for key, value in receipt.options.items() if key != "tries"}
    return _resumed(run, replace(receipt, state="staged", options=options))


def _kept_target(run: ReceiveRun, receipt: Receipt) -> Target | None:
    case, kind = receipt.options.get("case", ""), receipt.options.get("kind", "")
    return Target(case, run.kinds.get(kind)) if case else None


def _taken(run: ReceiveRun, path: Path, entry: Entry) -> FileReport | None:
    """Receive one entry or say why not; None if it was reported already in this run."""
    if entry.verdict != "take":
        return FileReport(readable_name(path), entry.verdict, notices=(Notice(entry.verdict, entry.why),))
    arrival = run.bay.take(path)
    return None if arrival.sha256 in run.stuck else _take(run, arrival)


def _take(run: ReceiveRun, arrival: Arrival) -> FileReport:
    """Register a copied file, work on it, and finally remove it from the inbox."""
    name = readable_name(arrival.source)
    if arrival.size == 0:
        run.bay.clear(arrival.sha256)
        raise DataError(f"{name} 是空文件，没有收", "请重新扫描或复制")
    with run.workspace.read() as connection:
        receipt = receipts.load_receipt(connection, arrival.sha256)
        filed = any(page.state == "filed" for page in receipts.load_pages(connection, arrival.sha256))
    known = None
    if receipt is not None and receipt.state == "done" and (filed or run.target is None):
        known = check_copies(run.workspace, receipt, arrival.staged)
    if receipt is None or known is None or (run.anew and not known.sound):
        report = _work(run, _begin(run, arrival, receipt, anew=known is not None))
    elif known.sound:
        report = _known(receipt, name, known)
    else:
        run.bay.clear(arrival.sha256)
        return _gone(receipt, name, known)
    run.bay.release(arrival)
    return report


def _known(receipt: Receipt, name: str, known: KnownCopies) -> FileReport:
    """The same bytes are in the archive, which was looked at just now."""
    message = f"与 {receipt.received_at[:10]} 收的“{receipt.name}”完全相同，没有重复归档"
    before = report_from_json(receipt.report)
    return replace(before, name=name, outcome="known", notices=(Notice("known", message), *known.notices))


def _gone(receipt: Receipt, name: str, known: KnownCopies) -> FileReport:
    """The file was received before, but the archive has it no more: it is not removed from the inbox."""
    message = f"{receipt.received_at[:10]} 收过“{receipt.name}”，档案里已没有完好的一份；原文件留在原处"
    notice = Notice("gone", message, Remedy("作为新的收件，", do("receive", file="", anew=True)), (), "error")
    return FileReport(name, "failed", receipt.sha256, notices=(notice, *known.notices))


def _begin(run: ReceiveRun, arrival: Arrival, before: Receipt | None, *, anew: bool = False) -> Receipt:
    """Register a file as begun; after a crash, the next run continues it."""
    workspace, target = run.workspace, run.target
    options = {"case": target.case, "kind": target.kind.id if target.kind else ""} if target else {}
    if anew:
        options["anew"] = workspace.now.isoformat(timespec="seconds")
    receipt = Receipt(
        sha256=arrival.sha256,
        name=before.name if before else readable_name(arrival.source),
        bytes=arrival.size,
        type="unknown",
        received_at=before.received_at if before else workspace.now.isoformat(timespec="seconds"),
        who=before.who if before else workspace.who,
        options=options,
        object=before.object if before else "",
    )
    with workspace.transaction() as connection:
        receipts.save_receipt(connection, receipt)
        workspace.log(connection, "receive.begin", receipt.name, {"bytes": receipt.bytes}, digest=receipt.sha256)
    return receipt


def _work(run: ReceiveRun, receipt: Receipt) -> FileReport:
    """Examine a staged file, plan, keep, file, and register it as done."""
    workspace, staged = run.workspace, run.bay.staged(receipt.sha256)

    def tell(done: int, total: int) -> None:
        if run.progress:
            run.progress(receipt.name, done, total)

    run.readers.passing_trouble()
    examined = examine(workspace, staged, run.readers, tell)
    stack = plan_stack(examined.readings, run.decode)
    with workspace.read() as connection:
        plan = plan_filing(connection, examined, stack, receipt.sha256, run.kinds, run.target)
    receipt = replace(receipt, type=examined.type, pages=examined.pages)
    if not all(item.whole for item in plan.items) or plan.left or not plan.items:
        receipt = replace(receipt, object=keep_file(workspace, receipt, staged))
    plan, parts = _parts(run, receipt, examined, plan)
    receipt = _tried(run, receipt)
    filed = file_items(workspace, receipt, examined, plan, parts)
    plan = replace(plan, notices=(*plan.notices, *_checked(run, filed)))
    return _finish(run, receipt, examined, plan, filed)


def _tried(run: ReceiveRun, receipt: Receipt) -> Receipt:
    """Go on, unless something that may be over next time stood in the way: then the file is kept and tried again.

    Raises: DataError as long as `TRIES` are not used up; the receipt stays begun.
    """
    trouble, tries = run.readers.passing_trouble(), int(receipt.options.get("tries", 0)) + 1
    if not trouble:
        return receipt
    counted = replace(receipt, options={**receipt.options, "tries": str(tries)})
    if tries >= TRIES:
        return counted
    with run.workspace.transaction() as connection:
        receipts.save_receipt(connection, counted)
        detail = {"trouble": trouble, "tries": tries}
        run.workspace.log(connection, "receive.again", receipt.name, detail, digest=receipt.sha256)
    raise DataError(
        f"{trouble}，{receipt.name} 没有读完；文件已原样收存，下次收件自动再试（第 {tries} 次，共 {TRIES} 次）",
        Remedy("排除以后，", do("receive_again")),
    )


def _checked(run: ReceiveRun, filed: list[Filed]) -> list[Notice]:
    """Run 四性检测 for the cases filed in and store the results; failures are reported and stop nothing."""
    notices = []
    for case in dict.fromkeys(done.item.case for done in filed):
        remedy = Remedy(do("check_case", case=case))
        try:
            report = run.checks.check(case)
        except (SsjError, OSError) as failure:
            notices.append(Notice("four_properties", f"案卷 {case} 的四性检测没有完成：{failure}", remedy))
            continue
        wrong = [check for check in report.checks if check.verdict == "failed"]
        if wrong:
            told = "；".join(dict.fromkeys(f"{check.code} {check.name}（{check.detail}）" for check in wrong))
            notices.append(Notice("four_properties", f"案卷 {case} 四性检测不通过：{told}", remedy))
    return notices


def _parts(
    run: ReceiveRun, receipt: Receipt, examined: Examined, plan: FilingPlan
) -> tuple[FilingPlan, dict[int, Path]]:
    """Take the forms out of the stack; if that fails, the stack is left for a person."""
    try:
        return plan, take_out_parts(run.readers.children, examined, plan, run.bay.work_folder(receipt.sha256))
    except DataError as failure:
        pages = sorted(page for item in plan.items if item.form for page in item.form.file_pages)
        left = (*plan.left, *(Left(page, "not_split", failure.message) for page in pages))
        notice = Notice("not_split", failure.message, failure.remedy, tuple(pages), "error")
        return replace(plan, items=(), left=left, notices=(*plan.notices, notice)), {}


def _finish(run: ReceiveRun, receipt: Receipt, examined: Examined, plan: FilingPlan, filed: list[Filed]) -> FileReport:
    report = _report(receipt, examined, plan, filed)
    rows = [ReceivedPage(page, "blank") for page in plan.blanks if not any(item.whole for item in plan.items)]
    rows += [ReceivedPage(left.page, "unfiled", left.reason, left.message, guesses=left.guesses) for left in plan.left]
    workspace = run.workspace
    detail: dict[str, object] = {"outcome": report.outcome, "pages": report.pages, "left": len(report.left)}
    detail["items"] = [f"{form.case}/{form.item}" for form in report.items]
    with workspace.transaction() as connection:
        receipts.save_pages(connection, receipt.sha256, rows)
        receipts.drop_file_row(connection, receipt.sha256, keep=any(row.page == 0 for row in rows) or not report.pages)
        if receipt.object:
            keep_pages_record(workspace, connection, receipt)
        receipts.save_receipt(connection, replace(receipt, state="done", report=report.packed()))
        workspace.log(connection, "receive", receipt.name, detail, digest=receipt.sha256)
    return report


def _report(receipt: Receipt, examined: Examined, plan: FilingPlan, filed: list[Filed]) -> FileReport:
    outcome: Outcome = "unfiled" if not filed else "partly" if plan.left else "filed"
    return FileReport(
        name=receipt.name,
        outcome=outcome,
        sha256=receipt.sha256,
        pages=examined.pages,
        items=tuple(_filed_form(done, examined) for done in filed),
        blanks=plan.blanks,
        left=tuple(LeftPage(left.page, left.reason, left.message, tuple(left.guesses)) for left in plan.left),
        notices=(*examined.notices, *plan.notices),
        kept=receipt.object,
    )


def _filed_form(done: Filed, examined: Examined) -> FiledForm:
    form = done.planned.form
    return FiledForm(
        case=done.item.case,
        item=done.item.item,
        kind=done.item.kind,
        title=done.item.title,
        pages=form.file_pages if form else tuple(range(1, examined.pages + 1)),
        missing=done.planned.missing,
        verdict=done.item.verdict,
        turned=tuple(placed.page for placed in form.pages if placed.turn) if form else (),
    )
