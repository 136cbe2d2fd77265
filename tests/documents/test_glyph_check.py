"""Characters that no font holds stop a paper before its number is taken; those that another font prints are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from places import NOW

from archive.demonstration import open_example
from ssj_docs.database import registers
from ssj_docs.documents.batch import form_orders
from ssj_docs.documents.issue import issue_draft, issue_forms
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.paging import fonts
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.remedies import do
from ssj_docs.office.workspace import Workspace

NOWHERE = "\U0010fffd"  # in no font
DRAFT = "---\n标题: 关于表扬{name}的通报\n主送: 各成员单位\n成文日期: 2026-03-05\n---\n请各单位学习。\n"


def write(workspace: Workspace, name: str) -> Path:
    path = workspace.root / "drafts" / "a.md"
    path.write_text(DRAFT.replace("{name}", name), encoding="utf-8")
    return path


def numbers(workspace: Workspace) -> int:
    with workspace.read() as connection:
        return len(number_ledger.register(connection))


def test_a_character_in_no_font_takes_no_number(workspace: Workspace) -> None:
    path = write(workspace, f"王{NOWHERE}")
    with pytest.raises(DataError, match="没有编号") as caught:
        issue_draft(workspace, path)
    (problem,) = caught.value.problems
    assert (problem.source, problem.field, problem.value) == ("a.md", "标题", NOWHERE)
    assert do("issue", no_font_check=True) in problem.remedy.actions
    assert numbers(workspace) == 0 and not list((workspace.root / "issued").rglob("*.docx"))
    assert issue_draft(workspace, path, check_fonts=False).document.number.endswith("〕1号")


def test_a_character_of_another_font_is_told(workspace: Workspace) -> None:
    made = issue_draft(workspace, write(workspace, "林堃"))
    assert made.fresh
    for problem in made.problems:  # none where an official 小标宋 holds it
        assert (problem.severity, problem.value) == ("warning", "堃")
    assert made.as_json()["problems"] == [problem.as_json() for problem in made.problems]


def test_without_fontconfig_it_is_said_that_nothing_was_checked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fonts._candidates.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    made = issue_draft(workspace, write(workspace, f"王{NOWHERE}"))
    (problem,) = made.problems
    assert problem.code == "glyph.unchecked" and "fontconfig" in problem.message and "install-fonts" in problem.remedy


def test_forms_stop_before_the_first_and_name_field_and_form(tmp_path: Path) -> None:
    example = open_example(tmp_path / "office", now=NOW)
    with example.transaction() as connection:
        subject = registers.load_subject(connection, registers.load_case(connection, "2026-001-0005").subject)
        registers.save_subjects(connection, [replace(subject, address=f"青禾县{NOWHERE}路1号")])
    orders = form_orders(example, "2026-001", ["jilubiao"])
    with pytest.raises(DataError) as caught:
        list(issue_forms(example, orders))
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("经营地址", NOWHERE)
    assert problem.source == f"联合抽查记录表（{subject.name}）"
    assert not list((example.root / "issued").rglob("*.docx"))
    assert len(list(issue_forms(example, orders, check_fonts=False))) == len(orders)


def test_the_command_tells_the_clerk(workspace: Workspace, ssj) -> None:  # type: ignore[no-untyped-def]
    path = write(workspace, f"王{NOWHERE}")
    code, told = ssj("--workspace", workspace.root, "issue", path)
    assert code == 3 and told["problems"][0]["value"] == NOWHERE
    code, made = ssj("--workspace", workspace.root, "issue", path, "--no-font-check")
    assert code == 0 and made[0]["number"].endswith("〕1号")
