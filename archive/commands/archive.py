"""Commands verify, case and missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import click

from archive.cases import case_view
from archive.cases import missing as completeness
from archive.cases.missing import Paper
from archive.preservation import fixity
from archive.preservation.against import outside
from archive.preservation.anchors import write_receipt
from archive.store.object_check import Fault
from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.remedies import said
from ssj_docs.commands.screen import show_table
from ssj_docs.ground.errors import FixityError, UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.office.adopted_files import HELD_FILES, HELD_FOLDERS

_HELD_FOLDERS = tuple(f"{folder}/" for folder in HELD_FOLDERS)


@click.command("verify", help="核验档案、成文、登记簿、流水和数据库是否完好；有一处不符即以退出码 5 结束。")
@click.option("--case", help="只核验这一案卷")
@click.option("--against", "given", help="再与当时在外的凭据比较：备份文件、副本文件夹、凭证（.json）或纸上的短码")
@click.option(
    "--receipt",
    type=click.Path(path_type=Path, dir_okay=False),
    help="完好时写一份凭证（.json）和可打印签名的核验记录（.txt）",
)
@command_options
def verify(run: Run, case: str | None, given: str | None, receipt: Path | None) -> None:
    """Verify everything or one case."""
    if case and (given or receipt):
        raise UsageError("--case 不能与 --against、--receipt 一起用", "去掉 --case，核验全部")
    with outside(given) if given else nullcontext() as held:
        report = fixity.verify(
            run.workspace, case, held=held, progress=lambda folders: run.progress(folders, title="核验")
        )
    if receipt is not None and report.anchor is not None:
        told = {"objects": report.objects, "files": report.files, "bytes": report.bytes, "sound": report.sound}
        run.say(
            f"凭证写到 {receipt}，核验记录写到 {write_receipt(run.workspace, report.anchor, receipt, told)}，请打印签名"
        )
    _present(run, report)
    if not report.sound:
        raise SystemExit(FixityError.exit_code)


def _present(run: Run, report: fixity.VerifyReport) -> None:
    head = f"案卷 {report.objects} 个，文件 {report.files} 个，{report.bytes} 字节；流水：{_chain(report.journal)}"
    head += f"\n短码：{report.anchor.code}（抄写或打印存放，以后可凭它核对）" if report.anchor else ""
    run.present(
        report.as_json(), lambda: _show_faults(head, report.faults, [begun.line(said) for begun in report.begun.told()])
    )


def _chain(state: str) -> str:
    return "完好" if state == "intact" else state


def _show_faults(head: str, faults: Sequence[Fault], begun: Sequence[str]) -> None:
    click.echo(head)
    for told in begun:
        click.echo(f"  ○ {told}")
    for fault in faults:
        click.echo(f"  · {fault.path}：{fault.fault}")
    if not faults:
        click.echo("全部完好。")
    elif all(fault.fault.startswith(fixity.UNCHECKED) for fault in faults):
        click.echo("数据库没有核验到。请检查磁盘空间和工作区文件夹的写入权限，然后再次运行 ssj verify。")
    elif all(fault.path in HELD_FILES or fault.path.startswith(_HELD_FOLDERS) for fault in faults):
        remedy = said(Remedy("核对后", do("adopt", reason=""), "；不是本单位改的从备份恢复"))
        click.echo(f"设置或信任的证书有 {len(faults)} 处没有登记的改动，其余完好。{remedy}。")
    else:
        click.echo(f"发现 {len(faults)} 处问题。请保护现场，勿再写入，从最近的备份恢复（ssj restore）。")


class _CaseGroup(click.Group):
    """A group whose slow subcommands are imported when they are called."""

    _LATER: Mapping[str, str] = {
        "dossier": "archive.commands.keeping",
        "check": "archive.commands.keeping",
        "decide": "archive.commands.mending",
        "move": "archive.commands.mending",
        "withdraw": "archive.commands.mending",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the work."""
        return [*super().list_commands(ctx), *self._LATER]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None if there is none of that name."""
        if cmd_name in self._LATER:
            commands: Sequence[click.Command] = import_module(self._LATER[cmd_name]).CASE_COMMANDS
            return next(command for command in commands if command.name == cmd_name)
        return super().get_command(ctx, cmd_name)


@click.group(
    "case",
    cls=_CaseGroup,
    help="案卷：查看（show）、合成一卷（dossier）、四性检测（check）、认定签署（decide）、改归（move）、撤出（withdraw）。",
)
def case_group() -> None:
    """Hold the case commands."""


@case_group.command("show", help="显示一个案卷：经过、印发的文书、收回的签署件、签名结论、期限。")
@click.argument("case", metavar="案卷号")
@command_options
def show(run: Run, case: str) -> None:
    """Show one case."""
    view = case_view.show_case(run.workspace, case)
    run.present(view.as_json(), lambda: click.echo("\n".join(view.lines())))


@click.command("missing", help="逐案列出应有的文书：在卷、未签署、未归档、不可读、逾期。")
@click.option("--year", type=int, help="计划年度，缺省为今年")
@click.option("--all", "everything", is_flag=True, help="也列出齐全的")
@command_options
def missing(run: Run, year: int | None, everything: bool) -> None:
    """List what should exist."""
    papers = completeness.missing(run.workspace, year or run.today.year)
    run.present([paper.as_json() for paper in papers], lambda: _show_papers(papers, everything))


def _show_papers(papers: Sequence[Paper], everything: bool) -> None:
    if not papers:
        click.echo("这一年没有应归档的文书：还没有抽取结果，也没有印发文件。用 --year 指明年度。")
        return
    rows = []
    for paper in papers:
        if everything or paper.state != "present":
            state = completeness.STATES[paper.state]
            rows.append(
                (
                    paper.case or paper.task,
                    paper.subject,
                    paper.title,
                    state,
                    str(paper.due or ""),
                    "、".join(paper.items),
                    paper.note,
                )
            )
    titles = ("案卷", "检查对象", "文书", "状态", "应归档", "件", "说明")
    show_table(titles, rows, empty="应有的文书全部在卷。")
    found = completeness.counts(papers)
    told = [f"{name} {found[state]}" for state, name in completeness.STATES.items() if found[state]]
    click.echo("，".join(told) + "。")


COMMANDS: tuple[click.Command, ...] = (verify, case_group, missing)
