"""Commands retention, transfer, case dossier and case check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive.cases import dossier as dossiers
from archive.preservation import destruction, four_properties
from archive.preservation import retention as keeping
from archive.preservation import transfer as transfers
from archive.preservation.destruction import Approval
from archive.preservation.four_properties import VERDICTS, FourProperties, Stage
from archive.preservation.retention import Appraisal
from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.screen import show_table
from ssj_docs.ground.errors import UsageError


@click.command("dossier", help="把一个案卷合成一份 PDF：封面、卷内目录、各件、备考表；原件不动。")
@click.argument("case", metavar="案卷号")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="写到这个文件，缺省为 dossiers/案卷号.pdf")
@command_options
def dossier(run: Run, case: str, out: Path | None) -> None:
    """Make a dossier."""
    made = dossiers.make_dossier(run.workspace, case)
    path = out or run.workspace.path("dossiers", f"{case}.pdf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.data)
    run.present(
        {"path": str(path), "pages": made.pages, "numbered": made.numbered, "left_out": list(made.left_out)},
        "\n".join(
            (
                f"已合成 {path}，共 {made.pages} 页，编页 {made.numbered} 页。",
                *(f"  · 未合入：{told}" for told in made.left_out),
            )
        ),
    )


@click.command("check", help="四性检测（DA/T 70）：真实性、完整性、可用性、安全性；报告存入案卷。")
@click.argument("case", metavar="案卷号")
@click.option(
    "--stage",
    type=click.Choice(["intake", "transfer", "schedule"]),
    default="schedule",
    help="环节：intake 归档、transfer 移交、schedule 定期",
)
@command_options
def check(run: Run, case: str, stage: Stage) -> None:
    """Check the four properties."""
    report = four_properties.check_case(run.workspace, case, stage)
    run.present(report.as_json(), lambda: _show_check(report))
    if report.verdict == "failed":
        raise SystemExit(5)


def _show_check(report: FourProperties) -> None:
    show_table(
        ("代码", "性质", "项目", "对象", "结论", "说明"),
        ((row.code, row.property, row.name, row.subject, VERDICTS[row.verdict], row.detail) for row in report.checks),
    )
    click.echo(f"案卷 {report.case}：{VERDICTS[report.verdict]}（未能检测的项目不算通过）")


@click.group("retention", help="档号与保管期限：编档号（number）、到期清单（list）、按批准的清单销毁（destroy）。")
def retention() -> None:
    """Hold the retention commands."""


@retention.command("number", help="给还没有档号的件编档号；给出后不再变动。")
@command_options
def number(run: Run) -> None:
    """Give archive numbers."""
    items = keeping.number_items(run.workspace)
    run.present(
        [item.as_json() for item in items],
        "\n".join(
            (
                *(f"{item.archive_number}  {item.case}/{item.item}  {item.title}" for item in items),
                f"新编 {len(items)} 件。",
            )
        ),
    )


@retention.command("list", help="列出保管期满待鉴定的件；--out 写成可填写鉴定意见的清单（CSV）。")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="清单文件")
@command_options
def due(run: Run, out: Path | None) -> None:
    """List what is due for appraisal."""
    rows = keeping.appraisal(run.workspace)
    if out is not None:
        out.write_bytes(destruction.appraisal_list(rows))
    run.present([row.as_json() for row in rows], lambda: _show_due(rows))


def _show_due(rows: Sequence[Appraisal]) -> None:
    for row in rows:
        click.echo(
            f"{row.item.archive_number or '（无档号）'}  {row.item.case}/{row.item.item}  {row.item.title}  "
            f"期满 {row.last_year} 年底"
        )
    click.echo(f"待鉴定 {len(rows)} 件。系统不会自行销毁任何文件。")


@retention.command("destroy", help="按签批的鉴定清单销毁其中注明“销毁”的件，留下记录。不能恢复。")
@click.argument("listing", metavar="清单", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--approval", "paper", required=True, type=click.Path(path_type=Path), help="签批的销毁清册（扫描件）")
@click.option("--number", "list_number", required=True, help="销毁清册号")
@click.option("--by", "approved_by", multiple=True, required=True, help="批准、监销人，至少两人，每人一个 --by")
@click.option("--reason", required=True, help="销毁原因")
@command_options
def destroy(run: Run, listing: Path, paper: Path, list_number: str, approved_by: tuple[str, ...], reason: str) -> None:
    """Destroy by a signed-off list."""
    items = destruction.destroy(run.workspace, listing, Approval(list_number, paper, approved_by, reason))
    run.present(
        [item.as_json() for item in items],
        f"已销毁 {len(items)} 件并留下记录。备份、原始扫描批次和纸质原件中的副本须另行处理。",
    )


@click.command("transfer", help="制作移交包（BagIt）：案卷、目录、元数据和四性检测报告。")
@click.argument("cases", metavar="案卷号…", nargs=-1, required=True)
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="移交包文件夹，不能已存在")
@command_options
def transfer(run: Run, cases: tuple[str, ...], folder: Path) -> None:
    """Write a transfer bag."""
    if len(set(cases)) < len(cases):
        raise UsageError("案卷号有重复", "每个案卷写一次")
    report = transfers.transfer(run.workspace, cases, folder, progress=lambda names: run.progress(names, title="移交"))
    run.present(
        report.as_json(),
        "\n".join(
            (
                f"移交包 {report.path}：案卷 {report.cases} 个，{report.items} 件，{report.bytes} 字节。",
                *(
                    f"  · {case} 四性检测：{report.open_points[case] or VERDICTS[v]}"
                    for case, v in report.verdicts.items()
                ),
            )
        ),
    )


CASE_COMMANDS: tuple[click.Command, ...] = (dossier, check)
COMMANDS: tuple[click.Command, ...] = (retention, transfer)
