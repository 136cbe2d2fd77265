"""Commands trust and adopt: what the office relies on, taken into the journal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive.preservation.adoption import adopt_by_hand
from archive.signatures.trust_files import TrustFile, add_trust
from ssj_docs.commands.options import Run, command_options
from ssj_docs.ground.errors import UsageError
from ssj_docs.office.adopted_files import WORDS, HandEdit, trusted_files


@click.group("trust", help="信任的证书和吊销列表：加入（add）、列出（list）。")
def trust() -> None:
    """Hold the trust commands."""


@trust.command("add", help="把根证书、吊销列表（CRL）或 OCSP 应答加入 trust/，记入流水；手工放进去的不算数。")
@click.argument("files", metavar="文件…", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@command_options
def add(run: Run, files: tuple[Path, ...]) -> None:
    """Take in roots and CRLs."""
    if len({path.name for path in files}) < len(files):
        raise UsageError("文件名有重复", "每个文件换不同的名称")
    added = add_trust(run.workspace, files)
    run.present([one.as_json() for one in added], lambda: _show(added))


def _show(added: Sequence[TrustFile]) -> None:
    for one in added:
        click.echo(f"已加入 trust/{one.name}（SHA-256 {one.sha256[:16]}…）：{'；'.join(one.holds)}")


@trust.command("list", help="列出 trust/ 中用得上的文件；没有登记的不列，也不用。")
@command_options
def show(run: Run) -> None:
    """List what is used."""
    with run.workspace.read() as connection:
        names = [path.name for path in trusted_files(run.workspace, connection)]
    run.present(names, "\n".join((*names, f"共 {len(names)} 个文件。")))


@click.command("adopt", help="接受手工改动：把 office.toml、模板、密钥和 trust/ 现在的样子连同差别和原因记入流水。")
@click.option("--reason", required=True, help="为什么改，谁同意的")
@command_options
def adopt(run: Run, reason: str) -> None:
    """Take hand edits over."""
    edits = adopt_by_hand(run.workspace, reason)
    run.present(
        [{"path": one.path, "kind": one.kind, "difference": list(one.difference)} for one in edits],
        lambda: _show_edits(edits),
    )


def _show_edits(edits: Sequence[HandEdit]) -> None:
    for one in edits:
        click.echo(f"  {one.path} {WORDS[one.kind]}")
        for line in one.difference:
            click.echo(f"      {line}")
    click.echo(f"已接受 {len(edits)} 处改动，记入流水。" if edits else "没有未登记的改动；现状已记入流水。")


COMMANDS: tuple[click.Command, ...] = (trust, adopt)
