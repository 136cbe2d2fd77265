"""Command read."""

from __future__ import annotations

import click

from archive.text.read_and_index import read_and_index
from archive.text.text_queue import ReadReport, queue_failed_again
from ssj_docs.commands.options import Run, command_options


@click.command("read", help="识别归档页面的文字并编入索引；可随时中断，再次运行从停下处继续。")
@click.option("--limit", type=click.IntRange(1), help="最多识别多少页")
@click.option("--again", is_flag=True, help="以前识别失败的页也再试一次")
@command_options
def read(run: Run, limit: int | None, again: bool) -> None:
    """Read waiting pages."""
    if again:
        with run.workspace.transaction() as connection:
            queue_failed_again(connection)
    report = read_pages(run, limit)
    run.present(as_json(report), "\n".join(lines(report)))


def read_pages(run: Run, limit: int | None = None) -> ReadReport:
    """Read pages with a progress bar on stderr."""
    return read_and_index(
        run.workspace, limit=limit, progress=lambda pages: run.progress(pages, len(pages), "识别页面")
    )


def as_json(report: ReadReport) -> dict[str, object]:
    """The report for ``--json``."""
    return {
        "read": report.read,
        "failed": report.failed,
        "waiting": report.waiting,
        "guessed": report.guessed,
        "altered": [{"case": case, "item": item, "page": page} for case, item, page in report.altered],
        "doubtful": [
            {"case": case, "item": item, "page": page, "places": places} for case, item, page, places in report.doubtful
        ],
    }


def lines(report: ReadReport) -> list[str]:
    """The report for people."""
    told = [f"识别 {report.read} 页，失败 {report.failed} 页，等待 {report.waiting} 页。"]
    if report.failed:
        told.append("  失败的页可再试：ssj read --again")
    if report.guessed:
        told.append(f"  没有归档的页读了 {report.guessed} 页，可能属于哪个案卷见 ssj receive --unfiled")
    told += [
        f"  ✗ 案卷 {case} 第 {item} 件第 {page} 页与原发文字不符，请核对原件（ssj case show {case}）"
        for case, item, page in report.altered
    ]
    told += [
        f"  · 案卷 {case} 第 {item} 件第 {page} 页是否与原发文字相同不能断定，请看原件：{places}"
        for case, item, page, places in report.doubtful
    ]
    return told


COMMANDS = (read,)
