"""An office's own templates as a clerk meets them: export, change in Word, check, issue; faults name place and variable."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from places import NOW

from archive.demonstration import open_example
from ssj_docs.documents.batch import form_orders
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import issue_draft, issue_forms
from ssj_docs.ground.errors import DataError
from ssj_docs.office.workspace import Workspace

CASE = "2026-001-0005"


@pytest.fixture
def example(tmp_path: Path) -> Workspace:
    return open_example(tmp_path / "office", now=NOW)


def change(path: Path, old: str, new: str) -> None:
    """Change one paragraph as Word would: the text of its runs."""
    document = docx.Document(str(path))
    (paragraph,) = [p for p in document.paragraphs if old in p.text]
    text = paragraph.text.replace(old, new)
    for run in paragraph.runs[1:]:
        run.text = ""
    paragraph.runs[0].text = text
    document.save(str(path))


def test_an_exported_template_is_changed_checked_and_used(example: Workspace, ssj) -> None:  # type: ignore[no-untyped-def]
    code, made = ssj("--workspace", example.root, "templates", "export", "gaozhishu")
    path = Path(made["path"])
    assert code == 0 and path == example.root / "templates" / "gaozhishu.docx"
    change(path, "一、检查依据", "一、本次检查的依据")
    code, reports = ssj("--workspace", example.root, "templates", "check", "gaozhishu")
    assert code == 0 and [(r["own"], r["problems"]) for r in reports] == [(True, [])]
    (one,) = issue_forms(example, form_orders(example, "2026-001", ["gaozhishu"], CASE))
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(example.path(one.document.path).read_bytes())).paragraphs)
    assert "一、本次检查的依据" in text and "青禾县盛达建材有限公司：" in text


def test_a_misspelt_variable_is_named_with_its_paragraph(example: Workspace, ssj) -> None:  # type: ignore[no-untyped-def]
    path = Path(ssj("--workspace", example.root, "templates", "export", "gaozhishu")[1]["path"])
    change(path, "{{ basis }}", "依据：{{ bassis }}")
    code, told = ssj("--workspace", example.root, "templates", "check", "gaozhishu")
    assert code == 3
    problems = told[0]["problems"]
    (problem,) = [p for p in problems if p["severity"] == "error"]
    assert (problem["source"], problem["field"]) == ("gaozhishu.docx", "bassis")
    assert "依据：{{ bassis }}" in problem["message"] and "basis（检查依据）" in problem["remedy"]
    with pytest.raises(DataError) as caught:
        list(issue_forms(example, form_orders(example, "2026-001", ["gaozhishu"], CASE)))
    whole = f"{caught.value}{caught.value.remedy}"
    for part in ("gaozhishu.docx", "bassis", "依据"):
        assert part in whole, (part, whole)
    assert not list((example.root / "issued").rglob("*.docx"))


def test_a_tag_that_was_left_open_is_named(example: Workspace, ssj) -> None:  # type: ignore[no-untyped-def]
    path = Path(ssj("--workspace", example.root, "templates", "export", "fankui")[1]["path"])
    change(path, "{{ subject_name }}：", "{{ subject_name ：")
    code, told = ssj("--workspace", example.root, "templates", "check", "fankui")
    assert code == 3
    problems = told[0]["problems"]
    assert problems[0]["source"] == "fankui.docx" and problems[0]["remedy"]


def test_an_own_draft_text_wins_and_its_faults_are_named(example: Workspace) -> None:
    folder = example.root / "templates" / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    own = folder / "tongzhi.md.j2"
    own.write_text("---\n标题: 关于做好{{ year }}年抽查的通知\n---\n共{{ counts.tasks }}项任务。\n", encoding="utf-8")
    path = make_draft(example, "tongzhi", year=2026)[0]
    issued = issue_draft(example, path).document
    assert issued.title == "关于做好2026年抽查的通知"
    own.write_text("---\n标题: 通知\n---\n共{{ counts.taks }}项任务。\n", encoding="utf-8")
    path.unlink()
    with pytest.raises(DataError, match=r"tongzhi\.md\.j2.*taks"):
        make_draft(example, "tongzhi", year=2026)
