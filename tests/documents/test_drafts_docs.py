"""docs/drafts.md names every key of a draft's head, and its example can be issued."""

from __future__ import annotations

import re

import docx
from places import ROOT

from ssj_docs.documents.drafts.draft_file import _CHINESE_KEYS, AttachmentSource, FrontMatter, parse_draft
from ssj_docs.documents.issue import issue_draft
from ssj_docs.office.workspace import Workspace

PAGE = (ROOT / "docs" / "drafts.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```\n(.*?)```", PAGE, re.DOTALL)


def test_every_key_of_a_draft_is_explained() -> None:
    explained = {name for row in re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE) for name in row.split("、")}
    assert set(_CHINESE_KEYS) <= explained
    assert explained - {"名称"} == set(_CHINESE_KEYS)


def test_every_field_has_a_chinese_key() -> None:
    fields = set(FrontMatter.model_fields) | set(AttachmentSource.model_fields)
    assert fields == set(_CHINESE_KEYS.values())


def test_the_example_can_be_issued_but_for_its_plan(workspace: Workspace) -> None:
    assert EXAMPLE is not None
    text = re.sub(r"  - 标题: 2026年度抽查计划表\n    表格: plan\n    年度: 2026\n", "", EXAMPLE[1])
    head = parse_draft(EXAMPLE[1], workspace.root / "例").head
    assert [a.table for a in head.attachments] == ["", "plan"] and head.cc.startswith("县人大")
    folder = workspace.root / "drafts"
    (folder / "加油站方案.md").write_text("一、检查事项\n（一）安全生产责任制。\n", encoding="utf-8")
    (folder / "例.md").write_text(text, encoding="utf-8")
    issued = issue_draft(workspace, folder / "例.md").document
    made = "\n".join(p.text for p in docx.Document(str(workspace.path(issued.path))).paragraphs)
    for wanted in (
        "青双随机办〔2026〕1号",
        "各乡镇人民政府，联席会议各成员单位：",
        "（此件公开发布）",
        "附件：",
        "（一）安全生产责任制。",
    ):
        assert wanted in made, wanted
