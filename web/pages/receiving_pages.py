"""归档: uploaded scans are split and filed in the background; pages that could not be assigned are filed by hand."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from starlette.datastructures import UploadFile
from starlette.responses import Response

from archive.cases import receipts
from archive.files.file_names import readable_name
from archive.receiving import mending
from archive.receiving.file_by_hand import file_by_hand, parse_pages
from archive.receiving.inbox import entries
from archive.receiving.receive import receive as take_in
from archive.receiving.report import ReceiveReport
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.database.schema import receipts as receipts_table
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.errors import NotFoundError, SsjError, UsageError
from ssj_docs.ground.remedies import Say
from ssj_docs.office.workspace import Workspace
from web.request.remedies import plainly
from web.request.request import PageRequest
from web.worker.jobs import Job, Line, Work

SUFFIXES = frozenset({".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".ofd"})


def receive(request: PageRequest) -> Response:
    """The page: upload, waiting pages, recent receipts."""
    with request.workspace.read() as connection:
        waiting = receipts.unfiled_pages(connection)
        again = [*receipts.staged_receipts(connection), *receipts.given_up(connection)]
        last = (
            connection.execute(select(receipts_table).order_by(receipts_table.c.received_at.desc()).limit(15))
            .mappings()
            .all()
        )
        rows = connection.execute(select(page_texts.c.state, func.count()).group_by(page_texts.c.state))
        counts = {str(state): int(count) for state, count in rows}
    found = entries(request.workspace.root / "inbox", request.workspace.office.quiet_seconds)
    inbox = [readable_name(entry.path) for entry in found if entry.verdict != "left"]
    return request.page(
        "receive.html",
        waiting=waiting,
        last=last,
        counts=counts,
        inbox=inbox,
        again=again,
        suffixes=sorted(SUFFIXES),
    )


def upload(request: PageRequest) -> Response:
    """Put the files into the inbox and receive them in the background."""
    files = request.files("files")
    everything, again = request.field("inbox") == "1", request.field("again") == "1"
    if not files and not everything and not again:
        raise UsageError("没有选择文件", "选择扫描件（PDF 或图片），可一次选多个")
    paths = [save_in_inbox(request.workspace, upload) for upload in files]
    workspace, me = request.workspace, request.me
    job = request.server.jobs.start(
        request.me.name,
        f"收件归档（{len(paths) or '收件箱'}）",
        "/receive",
        lambda job: _take_in(workspace, paths, job, lambda advice: plainly(advice, me), inbox=everything, retry=again),
        then=_read(request) if request.field("read") != "0" else None,
    )
    return request.go(f"/job/{job.id}")


def save_in_inbox(workspace: Workspace, upload: UploadFile) -> Path:
    """Store an upload durably in the inbox under a free name.

    Raises: UsageError for a file type that is not accepted.
    """
    name = safe_name(Path((upload.filename or "").replace("\\", "/")).name, 100).lstrip(".")
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UsageError(f"“{name}”不是扫描件或电子文书", f"可收：{' '.join(sorted(SUFFIXES))}")
    inbox = workspace.path("inbox")
    inbox.mkdir(exist_ok=True)
    part = inbox / f".{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as stream:
            while block := upload.file.read(1 << 20):
                stream.write(block)
            stream.flush()
            os.fsync(stream.fileno())
        target, number = inbox / name, 1
        while True:
            try:
                os.link(part, target)  # fails if the name is taken
                return target
            except FileExistsError:
                number += 1
                target = inbox / f"{Path(name).stem}-{number}{Path(name).suffix}"
    finally:
        part.unlink(missing_ok=True)


def _take_in(workspace: Workspace, paths: Sequence[Path], job: Job, say: Say, *, inbox: bool, retry: bool) -> list[str]:

    def tell(name: str, done: int, total: int) -> None:
        job.tell(done, total, f"识读 {name}")

    report: ReceiveReport = take_in(workspace, paths, inbox=inbox, retry=retry, progress=tell)
    return report.lines(say)


def _read(request: PageRequest) -> Work:
    """Read waiting pages in the worker process. A failure there does not affect what was received."""
    workspace, worker = request.workspace, request.server.reading_worker

    def work(job: Job) -> Sequence[Line]:
        job.tell(0, 0, "识别文字")
        try:
            return worker.run("read", workspace, lambda done, total: job.tell(done, total, "识别文字"))
        except SsjError as failure:
            return ["文字没有读取。", failure]

    return work


def read_on(request: PageRequest) -> Response:
    """Continue reading pages."""
    job = request.server.jobs.start(request.me.name, "识别页面文字", "/receive", _read(request), slow=True)
    return request.go(f"/job/{job.id}")


def unfiled(request: PageRequest) -> Response:
    """A waiting page beside the form that files it."""
    with request.workspace.read() as connection:
        receipt = receipts.find_receipt(connection, request.path("receipt"))
        pages = [page for page in receipts.load_pages(connection, receipt.sha256) if page.state == "unfiled"]
        cases = registers.load_cases(connection)
        names = {s.id: s.name for s in registers.load_subjects(connection)}
    here = next((page for page in pages if page.page == request.number("page")), None)
    if here is None:
        raise NotFoundError("这一页不在待归档之列", "回到归档页面查看")
    choices = [(case.id, names.get(case.subject, case.subject)) for case in cases]
    known = request.workspace.kinds
    kinds = [(kind.id, kind.title) for kind in known.values() if kind.per != "year"]
    usual = next(iter(known.proving("inspection")), "")
    shown: dict[str, Any] = {
        "receipt": receipt,
        "page": here,
        "pages": pages,
        "choices": choices,
        "kinds": kinds,
        "usual": usual,
        "hidden": request.gate.hides_waiting(receipt, here),
    }
    return request.page("unfiled.html", **shown)


def unfiled_picture(request: PageRequest) -> Response:
    """The picture of a waiting page."""
    with request.workspace.read() as connection:
        receipt = receipts.find_receipt(connection, request.path("receipt"))
    return request.gate.waiting_picture(receipt, request.number("page"))


def by_hand(request: PageRequest) -> Response:
    """File waiting pages as the form says, and have them read."""
    pages = parse_pages(request.field("pages")) if request.field("pages").strip() else ()
    filed = None

    def work() -> None:
        nonlocal filed
        filed = file_by_hand(
            request.workspace,
            request.path("receipt"),
            case=request.field("case").strip().split(" ")[0],
            kind=request.field("kind"),
            pages=tuple(page for page in pages if page),
        )

    request.server.jobs.run(work)
    assert filed is not None
    request.server.jobs.start(request.me.name, "识别页面文字", "/receive", _read(request), slow=True)
    return request.go("/receive", f"已归入案卷 {filed.case} 第 {filed.item} 件：{filed.title}；正在识别文字")


def set_aside(request: PageRequest) -> Response:
    """Reject waiting pages with a reason."""
    pages = parse_pages(request.field("pages")) if request.field("pages").strip() else ()
    left = mending.reject(request.workspace, request.path("receipt"), pages, why=request.field("reason"))
    return request.go("/receive", f"第 {'、'.join(map(str, left))} 页已注明不予归档")


def mend(request: PageRequest) -> Response:
    """Put right what was filed: decide whether it is signed, move it, or withdraw it."""
    case, item = request.path("case"), request.path("item")
    request.require(case)
    what, why = request.field("do"), request.field("reason")
    if what == "move":
        to = request.field("to").strip().split(" ")[0] or case
        request.require(to)
        made = mending.move(request.workspace, case, item, to=to, kind=request.field("kind"), why=why)
        told = f"已改归案卷 {made.case} 第 {made.item} 件：{made.title}；正在识别文字"
    elif what == "withdraw":
        mending.withdraw(request.workspace, case, item, why=why)
        told = f"已撤出第 {item} 件，件号保留；各页回到待人工归档"
    else:
        mending.decide(request.workspace, case, item, signed=what == "signed", why=why)
        return request.go(f"/case/{case}", f"已认定第 {item} 件{'已' if what == 'signed' else '未'}签署")
    request.server.jobs.start(request.me.name, "识别页面文字", "/receive", _read(request), slow=True)
    return request.go(f"/case/{case}", told)


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "receive": receive,
    "upload": upload,
    "read_on": read_on,
    "unfiled": unfiled,
    "unfiled_picture": unfiled_picture,
    "by_hand": by_hand,
    "set_aside": set_aside,
    "mend": mend,
}
