"""ssj assess, ssj pack verify."""

from __future__ import annotations

from pathlib import Path

import click

from archive.assessment.assessment import assess as assess_year
from archive.assessment.assessment import summary_lines
from archive.assessment.pack.evidence_pack import RENDITIONS, Rendition, make_pack, verify_pack
from ssj_docs.commands.options import Run, command_options
from ssj_docs.ground.errors import FixityError


@click.command("assess", help="年度考核：逐项给出指标的值、是否达标、佐证页和缺少的材料，并制作佐证资料包。")
@click.argument("year", type=int)
@click.option("--out", type=click.Path(path_type=Path), help="资料包文件夹，缺省为工作区的 assessments/")
@click.option(
    "--rendition",
    type=click.Choice(list(RENDITIONS)),
    default="restricted",
    show_default=True,
    help="restricted 原件版、internal 内部版（只含引用页）、public 公开版（不含材料）",
)
@click.option("--no-pack", is_flag=True, help="只看指标，不制作资料包")
@command_options
def assess(run: Run, year: int, out: Path | None, rendition: Rendition, no_pack: bool) -> None:
    """Assess a year and make the evidence pack."""
    done = assess_year(run.workspace, year)
    told = summary_lines(done.indicators)
    pack = None
    if not no_pack:
        target = out or run.workspace.path("assessments", f"{year}年度考核佐证-{RENDITIONS[rendition]}")
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


@click.group("pack", help="佐证资料包：核验（verify）。")
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


COMMANDS = (assess, pack_group)
