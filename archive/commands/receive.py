"""Command receive: receive files, list unfiled pages, file them by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from archive.cases import receipts
from archive.commands.read import as_json as read_json
from archive.commands.read import lines as read_lines
from archive.commands.read import read_pages
from archive.receiving import mending
from archive.receiving.file_by_hand import file_by_hand, parse_pages, unfiled_lines
from archive.receiving.receive import receive
from archive.receiving.report import ReceiveReport
from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.remedies import said
from ssj_docs.ground.errors import NotFoundError, SsjError, UsageError


@click.command("receive", help="收件归档：按页上的二维码把签署件归入各自案卷；也可用 --case 和 --kind 指明。")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--inbox", is_flag=True, help="收取工作区 inbox 文件夹里的全部文件，收妥后移出")
@click.option("--case", default=None, metavar="案卷号", help="整份归入这个案件或任务")
@click.option("--kind", default=None, metavar="文书", help="文书种类：代号、名称或页码短代号，例如 jilubiao")
@click.option("--unfiled", is_flag=True, help="列出等待人工归档的页")
@click.option("--receipt", default=None, metavar="收件号", help="人工归档：以前收下、等待归档的文件（至少 6 位）")
@click.option("--pages", default=None, metavar="页码", help="人工归档：取哪些页，例如 3-5,8；缺省为全部待归档的页")
@click.option(
    "--reject", default=None, metavar="理由", help="与 --receipt 同用：这些页不予归档，写明理由；仍保存，以后还可归档"
)
@click.option("--anew", is_flag=True, help="以前收过、档案里已没有（已销毁或损坏）的文件，作为新的收件再收")
@click.option("--retry", is_flag=True, help="因磁盘已满、机器太忙等没有读完的文件，再试一次（已试满次数的也试）")
@click.option("--read/--no-read", default=True, help="收妥后接着读取各页文字（缺省读取；不读的留待以后）")
@command_options
def receive_command(
    run: Run,
    files: tuple[Path, ...],
    inbox: bool,
    case: str | None,
    kind: str | None,
    unfiled: bool,
    receipt: str | None,
    pages: str | None,
    reject: str | None,
    anew: bool,
    retry: bool,
    read: bool,
) -> None:
    """Receive, list or file by hand."""
    if unfiled:
        _list_unfiled(run)
    elif receipt is not None and reject is not None:
        left = mending.reject(run.workspace, receipt, parse_pages(pages) if pages else (), why=reject)
        run.present(list(left), f"已注明不予归档：第 {'、'.join(map(str, left))} 页")
    elif receipt is not None:
        _by_hand(run, receipt, pages, case, kind)
        if read and not run.json:
            click.echo("\n".join(_read(run)[1]))
        elif read:
            _read(run)
    elif not files and not inbox and not retry:
        raise UsageError("没有指明要收的文件", "写出文件名，或用 --inbox 收取 inbox 文件夹")
    elif files and not (inbox or retry) and not any(path.exists() for path in files):
        raise NotFoundError(f"没有找到要收的文件：{'、'.join(map(str, files))}", "请核对文件名和所在文件夹")
    else:
        report = _receive(run, files, inbox=inbox, case=case, kind=kind, anew=anew, retry=retry)
        reading, lines = _read(run) if read else ({}, [])
        run.present({**report.as_json(), "reading": reading}, "\n".join([*report.lines(said), *lines]))
        if report.exit_code:
            raise click.exceptions.Exit(report.exit_code)


def _receive(run: Run, files: tuple[Path, ...], **wanted: Any) -> ReceiveReport:
    """Receive files, with a progress bar on stderr if it is a terminal."""
    if run.json or not sys.stderr.isatty():
        return receive(run.workspace, files, **wanted)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("页"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def tell(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)  # type: ignore[arg-type]

        return receive(run.workspace, files, **wanted, progress=tell)


def _read(run: Run) -> tuple[dict[str, Any], list[str]]:
    """Read pages after receiving. A failure here does not affect what was received (DESIGN invariant 3)."""
    try:
        report = read_pages(run)
    except SsjError as failure:
        return {"error": failure.message, "remedy": failure.remedy}, [f"文字没有读取：{failure.message}"]
    return read_json(report), read_lines(report)


def _by_hand(run: Run, receipt: str, pages: str | None, case: str | None, kind: str | None) -> None:
    if case is None or kind is None:
        raise UsageError(
            "人工归档要同时写 --case 和 --kind",
            "例如 --receipt 1a2b3c --pages 3-4 --case 2026-003-0012 --kind jilubiao",
        )
    chosen = parse_pages(pages) if pages else ()
    filed = file_by_hand(run.workspace, receipt, case=case, kind=kind, pages=chosen)
    run.present(filed, f"已归入案卷 {filed.case} 第 {filed.item} 件：{filed.title}")


def _list_unfiled(run: Run) -> None:
    with run.workspace.read() as connection:
        waiting = receipts.unfiled_pages(connection)
    value = [{"receipt": receipt.sha256, "name": receipt.name, "pages": pages} for receipt, pages in waiting]
    run.present(value, "\n".join(unfiled_lines(waiting)))


COMMANDS: tuple[click.Command, ...] = (receive_command,)
