"""保管: archive numbers, appraisal, destruction by an approved list, transfer packages."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import select
from starlette.datastructures import UploadFile
from starlette.responses import Response

from archive.cases import catalogue
from archive.cases.metadata import retention_name
from archive.preservation.destruction import OPINIONS, Approval, appraisal_list, destroy
from archive.preservation.retention import appraisal, number_items
from archive.preservation.transfer import transfer
from ssj_docs.database.schema import destructions
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.errors import NotFoundError, UsageError
from web.request.request import PageRequest
from web.worker.jobs import Job

_SHOWN = 300
_PAPERS = (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".ofd")


def keeping(request: PageRequest) -> Response:
    """What needs a number, what is due for appraisal, what was destroyed, and which packages are ready."""
    with request.workspace.read() as connection:
        items = [item for item in catalogue.load_items(connection) if item.state == "filed"]
        done = select(destructions).where(destructions.c.destroyed_at != "")  # what is begun only is still there
        query = done.order_by(destructions.c.destroyed_at.desc()).limit(_SHOWN)
        gone = connection.execute(query).mappings().all()
    due = appraisal(request.workspace)
    ready = [path.name for path in _packages(request) if path.is_file()]
    return request.page(
        "keeping.html",
        items=len(items),
        unnumbered=sum(item.archive_number is None for item in items),
        due=due[:_SHOWN],
        due_count=len(due),
        opinions=[one for one in OPINIONS if one],
        gone=gone,
        retention_name=retention_name,
        ready=ready,
        papers=_PAPERS,
        tasks=request.tasks,
        years=sorted({task.year for task in request.tasks}, reverse=True),
    )


def keeping_number(request: PageRequest) -> Response:
    """Assign archive numbers where they are missing."""
    made = number_items(request.workspace)
    return request.go("/keeping", f"新编档号 {len(made)} 件")


def keeping_list(request: PageRequest) -> Response:
    """Download the list of what is due, with the opinions entered in the form, for printing and signing."""
    opinions: dict[tuple[str, str], str] = {}
    due = appraisal(request.workspace)
    for row in due:
        given = request.field(f"{row.item.case}/{row.item.item}")
        if given not in OPINIONS:
            raise UsageError(
                f"案卷 {row.item.case} 第 {row.item.item} 件的鉴定意见“{given[:20]}”不明",
                f"写{'、'.join(filter(None, OPINIONS))}之一",
            )
        opinions[row.item.case, row.item.item] = given
    if not due:
        raise NotFoundError("没有到期的件", "到期后再列清单")
    with request.workspace.transaction() as connection:
        counts = {one: sum(given == one for given in opinions.values()) for one in OPINIONS if one}
        request.workspace.log(
            connection, "appraisal.list", str(request.workspace.today.year), {**counts, "items": len(due)}
        )
    name = f"鉴定清单-{request.workspace.today:%Y%m%d}.csv"
    return request.gate.data(appraisal_list(due, opinions), name, name)


def keeping_destroy(request: PageRequest) -> Response:
    """Destroy what an approved list says, after checking each row."""
    if request.field("sure") != "1":
        raise UsageError("没有勾选“已核对，销毁后不能恢复”", "核对清单和批准件后勾选")
    people = tuple(dict.fromkeys(part.strip() for name in ("first", "second") if (part := request.field(name)).strip()))
    if len(people) < 2:
        raise UsageError("销毁须有两人以上批准、监销", "分别写明批准人和监销人，不能是同一人")
    folder = request.server.staging_folder / secrets.token_urlsafe(12)
    folder.mkdir()
    try:
        listing, paper = _saved(request, folder, "list", (".csv",)), _saved(request, folder, "paper", _PAPERS)
        approval = Approval(request.field("number").strip(), paper, people, request.field("reason").strip())
        done = destroy(request.workspace, listing, approval)
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    return request.go(
        "/keeping", f"已按清册 {approval.number} 销毁 {len(done)} 件；备份和收到的原摞里可能还有副本，请另行处理"
    )


def _saved(request: PageRequest, folder: Path, field: str, suffixes: tuple[str, ...]) -> Path:
    """Save an uploaded file under a safe name."""
    files: list[UploadFile] = request.files(field)
    title = {"list": "鉴定清单", "paper": "批准件"}[field]
    if len(files) != 1:
        raise UsageError(f"没有选{title}", f"选一个文件（{' '.join(suffixes)}）")
    name = safe_name(Path((files[0].filename or "").replace("\\", "/")).name, 80)
    if Path(name).suffix.lower() not in suffixes:
        raise UsageError(f"{title}“{name}”的格式不对", f"可用：{' '.join(suffixes)}")
    path = folder / f"{field}-{name}"
    with path.open("wb") as stream:
        while block := files[0].file.read(1 << 20):
            stream.write(block)
    return path


def keeping_transfer(request: PageRequest) -> Response:
    """Create a transfer package of the cases of a task, or of the given cases, in the background."""
    _may_hand_over(request)
    workspace, wanted = request.workspace, request.field("cases").replace("，", " ").replace("、", " ").split()
    for case in wanted:
        request.require(case)
    with workspace.read() as connection:
        held = sorted({item.case for item in catalogue.load_items(connection) if item.state == "filed"})
    scope = request.field("scope")
    if not wanted and not scope:
        raise UsageError("没有写明移交哪些案卷", "选年度或任务，或写案卷号")
    cases = wanted or [case for case in held if case == scope or case.startswith(f"{scope}-")]
    if not cases:
        raise NotFoundError(f"{scope} 没有归档的案卷", "先归档，或另选")
    folder = request.server.staging_folder / "transfers"
    folder.mkdir(exist_ok=True)
    name = f"移交包-{safe_name(scope or cases[0], 30)}-{workspace.now:%Y%m%d-%H%M%S}"

    def work(job: Job) -> list[str]:
        def progress(names: Iterable[str]) -> Iterator[str]:
            for done, one in enumerate(names):
                job.tell(done, len(cases), "移交包")
                yield one

        made = transfer(workspace, cases, folder / name, progress=progress)
        job.tell(0, 0, "打包")
        _zip(folder / name, folder / f"{name}.zip")
        bad = [case for case, verdict in made.verdicts.items() if verdict != "passed"]
        return [
            f"移交包：案卷 {made.cases} 个，件 {made.items} 个，{made.bytes:,} 字节。",
            f"四性检测需要看一看的案卷：{'、'.join(bad[:20])}" if bad else "四性检测全部通过。",
            "回到“保管”页面下载；停止服务后要重新制作。",
        ]

    job = request.server.jobs.start(request.me.name, "制作移交包", "/keeping", work)
    return request.go(f"/job/{job.id}")


def _zip(folder: Path, target: Path) -> None:
    """Zip a folder and remove it."""
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, Path(folder.name) / path.relative_to(folder))
    part.replace(target)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def _packages(request: PageRequest) -> list[Path]:
    return (
        sorted((request.server.staging_folder / "transfers").glob("*.zip"), reverse=True)
        if request.can("restricted")
        else []
    )


def _may_hand_over(request: PageRequest) -> None:
    if not request.can("restricted"):
        raise UsageError("移交包含个人信息，需要“查看个人信息”的授权", "请向安全保密员申请")


def keeping_package(request: PageRequest) -> Response:
    """Download a package, streamed."""
    _may_hand_over(request)
    path = next((path for path in _packages(request) if path.name == request.query("name")), None)
    if path is None:
        raise NotFoundError("没有这个移交包，服务可能重启过", "重新制作")
    return request.gate.package(path)


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "keeping": keeping,
    "keeping_number": keeping_number,
    "keeping_list": keeping_list,
    "keeping_destroy": keeping_destroy,
    "keeping_transfer": keeping_transfer,
    "keeping_package": keeping_package,
}
