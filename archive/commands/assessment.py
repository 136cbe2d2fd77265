"""ssj assess and its diff; ssj pack verify, submit, versions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from archive.assessment.assessment import assess as assess_year
from archive.assessment.assessment import summary_lines
from archive.assessment.pack.contents import RENDITIONS, Rendition
from archive.assessment.pack.evidence_pack import make_pack
from archive.assessment.pack.handing_in import differences, hand_in
from archive.assessment.pack.verification import verify_pack
from archive.assessment.pack.versions import handed_in, latest_pack, pack_folder
from archive.assessment.slices import BYS, By, part_rows
from ssj_docs.commands.options import Run, command_options
from ssj_docs.ground.errors import FixityError

_RENDITION = click.option(
    "--rendition",
    type=click.Choice(list(RENDITIONS)),
    default="restricted",
    show_default=True,
    help="restricted 原件版、internal 内部版（只含引用页）、public 公开版（不含材料）",
)


class _ByYear(click.Group):
    """``ssj assess 2026``: a year where a subcommand could stand is an assessment of that year."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Anything but a subcommand, or the wish for help, belongs to ``year``."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["year", *args]
        return super().parse_args(ctx, args)


@click.group(
    "assess",
    cls=_ByYear,
    help="年度考核：逐项给出指标的值、是否达标、佐证页和缺少的材料，并制作佐证资料包。ssj assess 年度 [选项]；"
    "与上报过的一版比较用 ssj assess diff。",
)
def assess_group() -> None:
    """Hold the assessment commands."""


@assess_group.command(
    "year", help="考核一个年度（可省略 year，直接写年度）。上报过的资料包不会被覆盖，自动另存为新的一版。"
)
@click.argument("year", type=int)
@click.option("--out", type=click.Path(path_type=Path), help="资料包文件夹，缺省为工作区的 assessments/")
@_RENDITION
@click.option("--no-pack", is_flag=True, help="只看指标，不制作资料包")
@command_options
def assess(run: Run, year: int, out: Path | None, rendition: Rendition, no_pack: bool) -> None:
    """Assess a year and make the evidence pack."""
    done = assess_year(run.workspace, year)
    told = summary_lines(done.indicators)
    told += [f"  {lack.case}  {lack.what}（问{lack.ask}）" for lack in done.unjudged]
    pack = None
    if not no_pack:
        target = out or pack_folder(run.workspace, year, rendition)
        pack = make_pack(
            run.workspace,
            done,
            target,
            rendition=rendition,
            progress=lambda proofs: run.progress(proofs, title="制作资料包"),
        )
        told.append(
            f"佐证资料包：{pack.path}（证据 {pack.evidence} 件，引用页 {pack.pages} 页），打开 data/index.html 查看"
        )
    run.present(done.as_json() | {"pack": str(pack.path) if pack else None}, "\n".join(told))


@assess_group.command(
    "diff", help="与上报过的一版比较：哪些指标变了，是哪几户变的，此间登记了什么。缺省以最近一次上报与现在的数据比较。"
)
@click.argument("year", type=int)
@click.option("--from", "older", type=int, help="较早一版的次数，缺省为最近一次上报")
@click.option("--to", "newer", type=int, help="较晚一版的次数，缺省为现在的数据")
@_RENDITION
@command_options
def assess_diff(run: Run, year: int, older: int | None, newer: int | None, rendition: Rendition) -> None:
    """Say what changed since a version was handed in, and why."""
    found = differences(run.workspace, year, rendition, older, newer)
    run.present(found.as_json(), "\n".join(found.lines()))


@assess_group.command("by", help="各项指标按部门、乡镇、任务、季度或半年分列，旁边是上一年的值。")
@click.argument("year", type=int)
@click.option("--of", "by", type=click.Choice(list(BYS)), default="department", show_default=True, help="按什么分列")
@command_options
def assess_by(run: Run, year: int, by: By) -> None:
    """Every indicator for each part of a year, with the year before."""
    rows = part_rows(run.workspace, year, by)
    lines, part = [], ""
    for row in rows:
        lines += [] if row.part == part else [row.part]
        part = row.part
        before = "" if row.before is None else f"（上年 {row.before:g}%）"
        value = "无可评定" if row.value is None else f"{row.value:g}%"
        lines.append(f"  {row.name}：{row.numerator}/{row.denominator}，{value}{before}")
    run.present({"year": year, "by": by, "rows": [asdict(row) for row in rows]}, "\n".join(lines))


@click.group("pack", help="佐证资料包：核验（verify）、上报定版（submit）、查看各版（versions）。")
def pack_group() -> None:
    """Hold the pack commands."""


@pack_group.command(
    "verify", help="核验资料包：按 BagIt 逐个文件核对，再与档案中的原件核对（加 --alone 则只核对资料包自身）。"
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--alone", is_flag=True, help="不与档案核对")
@command_options
def pack_verify(run: Run, folder: Path, alone: bool) -> None:
    """Check a pack."""
    faults = verify_pack(folder, None if alone else run.workspace)
    sound = "资料包完好。" if alone else "资料包完好，与档案一致。"
    told = "\n".join(f"  ✗ {f.path}：{f.fault}" for f in faults) or sound
    run.present({"faults": [{"path": f.path, "fault": f.fault} for f in faults]}, told)
    if faults:
        raise SystemExit(FixityError.exit_code)


@pack_group.command(
    "submit", help="上报：先核验资料包，再定为一版，次数、截止日和校验值记入流水；此后不再覆盖，也不再改动。"
)
@click.argument("year", type=int)
@_RENDITION
@click.option("--folder", type=click.Path(path_type=Path), help="资料包文件夹，缺省为 assessments/ 中最新的一份")
@click.option("--to", default="", help="报送单位")
@command_options
def pack_submit(run: Run, year: int, rendition: Rendition, folder: Path | None, to: str) -> None:
    """Freeze a pack as handed in."""
    done = hand_in(run.workspace, folder or latest_pack(run.workspace, year, rendition), to)
    run.present(
        done.as_json(),
        f"{done.name}已定版：截至 {done.cutoff}，{done.folder}\n资料包校验值 {done.pack}\n数据校验值 {done.data}",
    )


@pack_group.command("versions", help="列出上报过的各版：次数、截止日、报送单位、校验值。")
@click.argument("year", type=int)
@command_options
def pack_versions(run: Run, year: int) -> None:
    """List what was handed in."""
    with run.workspace.read() as connection:
        made = handed_in(connection, year)
    lines = [f"{o.name}  截至 {o.cutoff}  {o.when[:16]} {o.who}  {o.to}  {o.folder}  {o.pack[:16]}" for o in made]
    run.present([one.as_json() for one in made], "\n".join(lines) or f"{year} 年度没有上报过")


COMMANDS = (assess_group, pack_group)
