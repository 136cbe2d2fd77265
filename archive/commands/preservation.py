"""Commands rebuild, backup, copy and restore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive.preservation import backup as backups
from archive.preservation import rebuild as rebuilding
from archive.preservation import restore as restoring
from archive.preservation import second_copy
from archive.preservation.rebuild import RebuildReport
from archive.preservation.second_copy import CopyReport
from ssj_docs.commands.options import Run, command_options
from ssj_docs.ground.errors import FixityError


@click.command("rebuild", help="只凭档案重建数据库；原数据库改名保留。之后用 ssj reindex 重建检索索引。")
@command_options
def rebuild(run: Run) -> None:
    """Rebuild the database."""
    report = rebuilding.rebuild(run.workspace, progress=lambda cases: run.progress(cases, title="重建"))
    run.present(report.as_json(), lambda: _show_rebuild(report))


def _show_rebuild(report: RebuildReport) -> None:
    rows = "、".join(f"{table} {count}" for table, count in report.rows.items())
    click.echo(f"已从 {report.objects} 个案卷重建数据库：{rows}。")
    if report.set_aside:
        click.echo(f"原数据库改名为 {report.set_aside}。")
    _list("成文文件夹中有而登记簿中没有的文件（请核对后用 ssj numbers record 补登）：", report.unregistered)
    click.echo("请再运行 ssj reindex 重建检索索引，用 ssj verify 核验。")


def _list(head: str, names: Sequence[str]) -> None:
    if names:
        click.echo(head)
    for name in names:
        click.echo(f"  · {name}")


@click.command("backup", help="把整个工作区备份成一个新文件（.tar 或 .tar.gz），不影响他人使用。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path, dir_okay=False))
@command_options
def backup(run: Run, file: Path) -> None:
    """Back up the workspace."""
    report = backups.backup(run.workspace, file, progress=lambda files: run.progress(files, title="备份"))
    run.present(
        report.as_json(),
        f"已备份 {report.files} 个文件，{report.bytes} 字节，到 {report.path}。\n"
        f"备份文件的 SHA-256：{report.sha256}（请抄记在案）\n短码：{report.code}",
    )


@click.command(
    "copy", help="第二份：把工作区增量抄到另一处的文件夹；以后再运行只抄新的，与副本不同的档案不覆盖而报出来。"
)
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path, file_okay=False))
@command_options
def copy(run: Run, folder: Path) -> None:
    """Keep a second copy up to date."""
    report = second_copy.copy(run.workspace, folder, progress=lambda files: run.progress(files, title="抄存"))
    run.present(report.as_json(), lambda: _show_copy(report))
    if report.differing:
        raise SystemExit(FixityError.exit_code)


def _show_copy(report: CopyReport) -> None:
    click.echo(
        f"副本 {report.path}：{report.files} 个文件，{report.bytes} 字节；"
        f"新抄 {report.copied} 个，未变 {report.kept} 个，移入 {second_copy.REMOVED} {report.removed} 个。"
    )
    for path in report.differing:
        click.echo(f"  · {path}：与副本中的不同，没有覆盖")
    click.echo(f"短码：{report.code}")
    if report.differing:
        click.echo("这些文件归档后不应再变。请先查明哪一份是原样（ssj verify，ssj verify --against 副本），勿删副本。")


@click.command("restore", help="把备份恢复到一个新文件夹，逐个文件核对摘要。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path))
@command_options
def restore(run: Run, file: Path, folder: Path) -> None:
    """Restore a backup."""
    report = restoring.restore(file, folder, now=run.now, progress=lambda members: run.progress(members, title="恢复"))
    run.present(
        report.as_json(),
        f"已恢复 {report.files} 个文件，{report.bytes} 字节，到 {report.path}；"
        f"补登备份期间归档的件 {report.entered} 个。请再运行 ssj reindex 和 ssj verify。",
    )


COMMANDS: tuple[click.Command, ...] = (rebuild, backup, copy, restore)
