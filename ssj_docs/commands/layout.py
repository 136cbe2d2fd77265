"""ssj layout: measure a PDF against GB/T 9704-2012."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.screen import show_table
from ssj_docs.documents.pdf.layout_check import LayoutReport, measure_layout
from ssj_docs.ground.errors import DataError


@click.command("layout", help="按 GB/T 9704-2012 逐项测量一份 PDF 公文的版式（毫米），列出偏差和条款。")
@click.argument("pdf", metavar="文件.pdf", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--without", multiple=True, metavar="要素", help="不要求的要素，如 imprint（版记）、date（成文日期）；可多次使用"
)
@click.option("--failures", is_flag=True, help="只列出不合格的要素")
@command_options
def layout(run: Run, pdf: Path, without: tuple[str, ...], failures: bool) -> None:
    """Measure, show the result, and exit with 3 if something is wrong."""
    report = measure_layout(pdf, without=without)
    run.present(report.as_json(), lambda: _show(report, failures))
    if not report.ok:
        sys.exit(DataError.exit_code)


def _show(report: LayoutReport, failures: bool) -> None:
    rows = []
    for element in report.failures() if failures else report.elements:
        wanted, measured = (
            "" if value is None else f"{value:.2f}" for value in (element.expected_mm, element.measured_mm)
        )
        verdict = "合格" if element.ok else f"不合格：{element.remark}"
        rows.append((element.name, element.clause, wanted, measured, f"{element.tolerance_mm:g}", verdict))
    show_table(("要素", "条款", "标准 mm", "实测 mm", "允差", "结果"), rows)
    click.echo(
        f"每面 {report.lines_per_page} 行（标准 22），每行 {report.characters_per_line} 字（标准 28）；"
        f"所用字体：{'、'.join(sorted(report.fonts))}"
    )
    bad = len(report.failures())
    click.echo("版式合格。" if report.ok else f"版式不合格：{bad} 项要素有偏差或缺失。")


COMMANDS: tuple[click.Command, ...] = (layout,)
