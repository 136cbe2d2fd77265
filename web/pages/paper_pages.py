"""发文: drafts written or pasted, with preview, check and issue; the number register with gaps, voids and backfilled numbers."""

from __future__ import annotations

import os
import queue
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from ssj_docs.database import registers, schema
from ssj_docs.documents.batch import convert_issued
from ssj_docs.documents.drafts.draft_file import parse_draft
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.drafts.pasted import draft_of_paste, plain_paste
from ssj_docs.documents.issue import Issued, examine_draft, issue_draft
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.documents.pdf.convert import soffice
from ssj_docs.ground.errors import MissingProgramError, NotFoundError, SsjError, UsageError
from ssj_docs.ground.personal_data import without_restricted
from ssj_docs.model.document import parse_number
from ssj_docs.office.workspace import Workspace
from web.access.accounts import sign
from web.cache.previews import Preview, PreviewsBusyError
from web.request.request import PageRequest, digest_of_text

#: what must be named for a draft text
_NEEDS = {"case": "案件编号", "task": "任务编号", "year": ""}
NUMBER_STATES = {"issued": "已发", "void": "作废", "recorded": "补登"}
_LONGEST = 400_000


def papers(request: PageRequest) -> Response:
    """The register, its gaps, and the drafts."""
    year, series, word = request.whole("year"), request.query("series") or None, request.query("q")
    with request.workspace.read() as connection:
        rows = number_ledger.register(connection, series=series, year=year)
        issued = registers.issued_documents(connection)
    gaps = number_ledger.gaps(rows, request.workspace.office)
    styles = request.workspace.kinds.drafts
    if word:
        number = parse_number(word)
        rows = [
            row for row in rows if word in row.title or word in row.number or (number and str(number) == row.number)
        ]
    by_path = {document.path: document for document in issued}
    return request.page(
        "papers.html",
        rows=rows,
        gaps=gaps,
        states=NUMBER_STATES,
        by_path=by_path,
        q=word,
        series=series,
        year=year,
        all_series=request.workspace.office.series,
        drafts=_drafts(request),
        styles=[(style.name, style.title, _NEEDS[style.per]) for style in styles.values()],
        usual=request.workspace.kinds.serving("notice"),
        paste_kinds=_paste_kinds(request),
        tasks=request.tasks,
    )


def _drafts(request: PageRequest) -> list[tuple[str, str]]:
    """Return (file name, the number it was issued under, or empty) of every draft."""
    with request.workspace.read() as connection:
        rows = connection.execute(
            select(schema.issued.c.id, schema.issued.c.number, schema.issued.c.title).where(
                schema.issued.c.id.startswith("draft:")
            )
        )
        issued = {row.id: row.number or row.title for row in rows}
    return [
        (path.name, issued.get(f"draft:drafts/{path.name}", ""))
        for path in sorted((request.workspace.root / "drafts").glob("*.md"))
    ]


def paper_file(request: PageRequest) -> Response:
    """Download an issued document by its id; one with personal data needs the right."""
    identity = request.query("id")
    with request.workspace.read() as connection:
        found = registers.issued_document(connection, identity)
    if found is None:
        raise NotFoundError("没有这份成文", "从发文或任务页面下载")
    return request.gate.paper(found, pdf=request.query("as") == "pdf")


def draft_new(request: PageRequest) -> Response:
    """Create a draft from the data."""
    year = request.field("year").strip()
    made = make_draft(
        request.workspace,
        request.field("kind"),
        task=request.field("task").strip(),
        case=request.field("case").strip(),
        year=int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else None,
    )
    return request.go(f"/draft/{made[0].name}")


def draft_paste(request: PageRequest) -> Response:
    """Create a draft from a paper pasted from Word or WPS."""
    text, kind = request.field("text"), request.field("kind")
    _not_too_long(text)
    if kind not in {name for name, _ in _paste_kinds(request)}:
        raise UsageError("没有选择文种", "从列表中选择")
    made = draft_of_paste(text, request.kinds[kind], request.workspace.office)
    folder, stem = request.workspace.root / "drafts", safe_name(without_restricted(made.title), 40)
    with request.workspace.transaction() as connection:
        path = next(p for n in range(1, 1000) if not (p := folder / f"{stem}{f'-{n}' if n > 1 else ''}.md").exists())
        _write(path, made.text)
        request.workspace.log(connection, "draft.save", path.name, digest=digest_of_text(made.text))
    return request.go(f"/draft/{path.name}", "已按粘贴的全文起草，请核对要素和层次。" + "".join(made.told))


def _paste_kinds(request: PageRequest) -> list[tuple[str, str]]:
    """Kinds that a pasted paper can be: those laid out as 公文."""
    return [(kind.id, kind.title) for kind in request.workspace.kinds.values() if kind.genre and kind.official]


def _not_too_long(text: str) -> None:
    if len(text) > _LONGEST:
        raise UsageError("拟稿太长", "把长附件放到单独的文件里")


def _path(request: PageRequest) -> Path:
    """Return the draft's path; accepts only names in the folder."""
    name = request.path("name")
    found = next((p for p in (request.workspace.root / "drafts").glob("*.md") if p.name == name), None)
    if found is None or found.is_symlink():
        raise NotFoundError("没有这份拟稿", "从发文页面打开")
    return found


def draft(request: PageRequest) -> Response:
    """The editor."""
    text = _path(request).read_text(encoding="utf-8-sig")
    request.server.previews.warm()
    return _editor(request, text, _mark(request, text))


def _mark(request: PageRequest, text: str) -> str:
    """What a draft was when it was read. It is keyed, because a plain digest would tell a guessed number right or wrong."""
    return sign(request.workspace.key, "draft", text)


def _editor(request: PageRequest, text: str, read: str, status: int = 200, **values: object) -> Response:
    name = request.path("name")
    issued = dict(_drafts(request)).get(name, "")
    shown: dict[str, object] = {
        "failure": None,
        "problems": (),
        "look": None,
        "other": None,
        "said": "",
        "told": (),
        "found": (),
        "reason": request.field("reason"),
        "refused": None,
    }
    shown |= {"name": name, "text": request.gate.written(text), "read": read, "issued": issued}
    return request.page("draft.html", status, **(shown | values))


def draft_do(request: PageRequest) -> Response:
    """Save, check, preview or issue a draft, without overwriting what somebody else saved meanwhile."""
    path, text = _path(request), plain_paste(request.field("text")) + "\n"
    _not_too_long(text)
    with (
        request.workspace.transaction() as connection
    ):  # a write transaction, so that nobody saves between the comparison and the replacement
        there = path.read_text(encoding="utf-8-sig")
        try:
            text = request.gate.to_store(text, there)
        except UsageError as failure:
            return _editor(request, text, request.field("read"), 422, refused=failure)
        if request.field("read") != _mark(request, there) and there != text:
            return _editor(request, text, _mark(request, there), 409, other=request.gate.written(there))
        if there != text:
            _write(path, text)
            request.workspace.log(connection, "draft.save", path.name, digest=digest_of_text(text))
    read = _mark(request, text)
    try:
        return _then(request, path, text, read)
    except SsjError as failure:
        return _editor(request, text, read, 422, failure=failure, problems=failure.problems)


def _then(request: PageRequest, path: Path, text: str, read: str) -> Response:
    """Do what the pressed button asks for, after saving."""
    match request.field("do"):
        case "issue":
            made = issue_draft(request.workspace, path, reason=request.field("reason"))
            _as_pdf(request, made)
            return request.go(
                "/papers", f"{'已印发' if made.fresh else '此前已印发'}：{made.document.number or made.document.title}"
            )
        case "preview":
            return _editor(request, text, read, look=_look(request, path, text))
        case "check":
            found = examine_draft(request.workspace, parse_draft(text, path))
            said = f"印发前检查发现 {len(found)} 处。" if found else "印发前检查没有发现问题。"
            return _editor(request, text, read, said=said, found=found)
        case _:
            return _editor(request, text, read, said="已保存。")


def _as_pdf(request: PageRequest, made: Issued) -> None:
    """Convert in the background; without LibreOffice there is only the docx."""
    workspace, waiting = request.workspace, request.server.to_print
    try:
        soffice()
    except MissingProgramError:
        return
    waiting.put(made)
    request.server.jobs.start(request.me.name, "成文转 PDF", "/papers", lambda _: _print(workspace, waiting))


def _print(workspace: Workspace, waiting: queue.SimpleQueue[Issued]) -> list[str]:
    """Convert all waiting papers at once, because starting LibreOffice takes longer than converting a paper."""
    papers = []
    with suppress(queue.Empty):
        while True:
            papers.append(waiting.get_nowait())
    return [f"已转 {len(convert_issued(workspace, papers))} 件" if papers else "已随前面一批转好"]


def _look(request: PageRequest, path: Path, text: str) -> Preview:
    """The pages of what the user sees of the draft."""
    draft = parse_draft(request.gate.written(text), path)
    return request.server.previews.make(request.workspace, draft, request.me.name)


def draft_preview(request: PageRequest) -> Response:
    """Preview a draft as it is in the editor; nothing is saved."""
    path, text = _path(request), plain_paste(request.field("text")) + "\n"
    shown: dict[str, Any] = {"look": None, "failure": None, "problems": ()}
    state = "done"
    try:
        _not_too_long(text)
        shown["look"] = _look(request, path, text)
    except PreviewsBusyError as failure:
        shown["failure"], state = failure, "busy"
    except SsjError as failure:
        shown |= {"failure": failure, "problems": failure.problems}
    answer = request.page("preview.html", **shown)
    answer.headers["x-preview"] = state
    return answer


def preview(request: PageRequest) -> Response:
    """A page of a preview, for its owner."""
    return request.gate.preview(request.path("preview"), request.number("page"))


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{safe_name(path.name)}.{secrets.token_hex(4)}.part")
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def number_void(request: PageRequest) -> Response:
    """Void a number."""
    with request.workspace.transaction() as connection:
        row = number_ledger.void(connection, request.field("number"), request.field("reason"))
        request.workspace.log(connection, "number.void", row.number, {"reason": row.reason})
    return request.go("/papers", f"{row.number} 已作废")


def number_record(request: PageRequest) -> Response:
    """Record a number that was issued elsewhere."""
    title, day = request.field("title").strip(), request.field("date").strip()
    if not title:
        raise UsageError("没有写文件标题", "填写标题")
    try:
        given = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise UsageError(f"“{day[:20]}”不是日期", "写作 2026-03-05") from error
    with request.workspace.transaction() as connection:
        office, now = request.workspace.office, request.workspace.now
        row = number_ledger.record(connection, office, request.field("number"), title=title, day=given, now=now)
        request.workspace.log(connection, "number.record", row.number, {"title": title})
    return request.go("/papers", f"已补登 {row.number}")


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "papers": papers,
    "paper_file": paper_file,
    "draft_new": draft_new,
    "draft_paste": draft_paste,
    "draft": draft,
    "draft_do": draft_do,
    "draft_preview": draft_preview,
    "preview": preview,
    "number_void": number_void,
    "number_record": number_record,
}
