"""The archive's commands as they are typed: JSON shapes, exit codes, messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import cli
from archive.cases.case_file import NewItem, add_item
from ssj_docs.office.workspace import Workspace

CASE = "2026-003-0012"


def ssj(office: Workspace, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command; (exit code, stdout, stderr)."""
    code = 0
    try:
        cli.main([*arguments, "--workspace", str(office.root), "--today", "2026-05-04"])
    except SystemExit as leave:
        code = int(leave.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_verify_show_missing(
    office: Workspace, paper: Callable[..., NewItem], capsys: pytest.CaptureFixture[str]
) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    code, out, _ = ssj(office, capsys, "verify", "--json")
    assert code == 0
    assert json.loads(out)["faults"] == [] and json.loads(out)["journal"] == "intact"
    code, out, _ = ssj(office, capsys, "case", "show", CASE, "--json")
    shown = json.loads(out)
    assert [row["what"] for row in shown["timeline"]] == ["抽取", "检查结束", "归档 联合抽查记录表"]
    assert shown["items"][0]["path"] == "items/0001/记录表.pdf"
    assert any(row["state"] == "late" for row in shown["due"])
    assert "13800000012" not in out
    code, out, _ = ssj(office, capsys, "case", "show", CASE)
    assert "青禾县第12加油站" in out and "检查结束" in out
    code, out, _ = ssj(office, capsys, "missing", "--year", "2026", "--json")
    assert {row["state"] for row in json.loads(out)} == {"undetermined", "late", "not_scanned"}  # no form was issued
    code, out, _ = ssj(office, capsys, "missing")
    assert code == 0 and "逾期未归档" in out


def test_verify_leaves_with_5(
    office: Workspace, paper: Callable[..., NewItem], capsys: pytest.CaptureFixture[str]
) -> None:
    with office.transaction() as connection:
        item = add_item(office, connection, CASE, paper())
    place = office.root / "archive" / CASE / "v1/content" / item.main.path
    place.write_bytes(place.read_bytes().replace(b"s", b"t"))
    code, out, _ = ssj(office, capsys, "verify", "--json")
    assert code == 5
    assert json.loads(out)["faults"][0]["path"].endswith("记录表.pdf")
    code, out, _ = ssj(office, capsys, "verify")
    assert code == 5 and "内容被改动" in out and "从最近的备份恢复" in out


def test_unknown_case_is_7(office: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert ssj(office, capsys, "case", "show", "2026-003-9999")[0] == 7
    assert ssj(office, capsys, "verify", "--case", "2026-003-9999")[0] == 7


def test_backup_restore_rebuild(
    office: Workspace, paper: Callable[..., NewItem], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    shown = ssj(office, capsys, "case", "show", CASE, "--json")[1]
    code, out, _ = ssj(office, capsys, "backup", str(tmp_path / "b.tar"), "--json")
    assert code == 0 and json.loads(out)["files"] > 10
    code, out, err = ssj(office, capsys, "backup", str(tmp_path / "b.tar"))
    assert code == 2 and "已经存在" in err
    code, out, _ = ssj(office, capsys, "restore", str(tmp_path / "b.tar"), str(tmp_path / "back"))
    assert code == 0 and "已恢复" in out
    back = replace(office, root=tmp_path / "back")
    assert ssj(back, capsys, "case", "show", CASE, "--json")[1] == shown
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"back/ssj.db{suffix}").unlink(missing_ok=True)
    code, out, err = ssj(back, capsys, "rebuild")
    assert code == 0 and "已从" in out, err
    assert ssj(back, capsys, "case", "show", CASE, "--json")[1] == shown
    assert ssj(back, capsys, "verify")[0] == 0


def test_keeping(
    office: Workspace,
    paper: Callable[..., NewItem],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with office.transaction() as connection:
        add_item(office, connection, CASE, paper())
    code, out, _ = ssj(office, capsys, "retention", "number", "--json")
    assert code == 0 and json.loads(out)[0]["archive_number"].startswith("0001-WS·2026-D30-")
    code, out, _ = ssj(office, capsys, "retention", "list", "--out", str(tmp_path / "清单.csv"))
    assert code == 0 and "待鉴定 0 件" in out and (tmp_path / "清单.csv").read_text("utf-8-sig").startswith("案卷号")
    code, out, err = ssj(office, capsys, "case", "dossier", CASE, "--json")
    assert code == 0, err
    assert (office.root / "dossiers" / f"{CASE}.pdf").read_bytes().startswith(b"%PDF")
    code, out, _ = ssj(office, capsys, "case", "check", CASE, "--json")
    assert code == 5 and json.loads(out)["verdict"] == "failed"
    code, out, _ = ssj(office, capsys, "transfer", CASE, "--to", str(tmp_path / "bag"))
    assert code == 0 and "案卷 1 个，1 件" in out
    assert (tmp_path / "bag/bagit.txt").is_file()
    assert ssj(office, capsys, "verify")[0] == 0
