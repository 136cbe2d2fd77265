"""A draft's way through issuing goes forward: it returns to a module that it had left at most ten times.

How it is counted stands in docs/decisions/0011-a-straight-way-for-drafts.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from filling import CASES, departments_number_letters, fill
from places import NOW, ROOT

from archive.demonstration import open_example
from ssj_docs.documents.drafts.draft_entry import DraftEntry, look_up
from ssj_docs.documents.drafts.draft_file import AttachmentSource, DraftText, FrontMatter, parse_draft, read_draft
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import issue_draft
from ssj_docs.documents.numbers.issued_files import write_once
from ssj_docs.documents.official.flow import Cell, ChartBox, Grid, Paragraph, Parts, SectionEnd, Shape, Span
from ssj_docs.documents.official.pages import Arranged
from ssj_docs.documents.templates.package_writer import Docx
from ssj_docs.model.document import Attachment, Block, IssuedDocument, OfficialDocument, Table
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import Workspace, init_workspace

#: what a draft is on its way, besides its file and the docx
FORMS = (
    *(DraftText, FrontMatter, AttachmentSource, DraftEntry),
    *(OfficialDocument, Attachment, Block, Table),
    *(Parts, Arranged, Paragraph, Span, Grid, Cell, ChartBox, Shape, SectionEnd, Docx, IssuedDocument),
)
TEMPLATES = {path.read_bytes() for path in (ROOT / "templates").glob("*.docx")}
#: rooms that hold no step of issuing: what everything rests on, and the registers' facts, other papers of the case among them
GROUND = ("ssj_docs/ground/", "ssj_docs/facts/", "ssj_docs/database/", "ssj_docs/model/", "ssj_docs/office/")


def is_draft(value: Any, path: Path, deep: int = 0) -> bool:
    """True for the draft in one of its forms, or for a collection that holds one."""
    if isinstance(value, list | tuple | dict) and deep < 3:
        inside = value.values() if isinstance(value, dict) else value
        return any(is_draft(one, path, deep + 1) for one in list(inside)[:4])
    docx = isinstance(value, bytes) and value.startswith(b"PK") and value not in TEMPLATES
    return isinstance(value, FORMS) or value == path or docx


def module_of(code: CodeType) -> str:
    """The module of a step; empty for code of others and for the ground."""
    path = code.co_filename.removeprefix(f"{ROOT}/")
    own = path.startswith("ssj_docs/") and not path.startswith(GROUND) and not code.co_name.startswith("<")
    return path if own else ""


def way(path: Path, issue: Callable[[], object]) -> list[str]:
    """The modules in which the draft stays, one after the other, coming back to a caller included."""
    passed: list[str] = []
    seen: set[CodeType] = set()

    def follow(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event != "call" or code in seen or not module_of(code):
            return
        names = [n for n in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if n != "self"]
        if any(is_draft(frame.f_locals.get(name), path) for name in names):
            seen.add(code)
            caller = frame.f_back
            while caller is not None and not module_of(caller.f_code):
                caller = caller.f_back
            passed.extend([module_of(caller.f_code)] if caller else [])
            passed.append(module_of(code))

    sys.setprofile(follow)
    try:
        issue()
    finally:
        sys.setprofile(None)
    return [module for place, module in enumerate(passed) if place == 0 or passed[place - 1] != module]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("way") / "office"
    init_workspace(root, example=True)
    departments_number_letters(root)
    return open_example(root, now=NOW)


@pytest.mark.parametrize("name", load_kinds().drafts)
def test_a_draft_returns_to_a_module_at_most_ten_times(example: Workspace, name: str) -> None:
    per = example.kinds.drafts[name].per
    about = {"task": {"task": "2026-001"}, "case": {"case": CASES.get(name)}, "year": {"year": 2026}}[per]
    path = fill(make_draft(example, name, **about)[0])  # type: ignore[arg-type]
    stays = way(path, lambda: issue_draft(example, path))
    assert stays[0] == "ssj_docs/documents/issue.py"
    assert len(set(stays)) >= 10, stays  # the whole way was seen
    assert len(stays) - len(set(stays)) <= 10, "\n".join(stays)


def test_going_back_and_forth_is_counted(example: Workspace) -> None:
    path = example.path("drafts", "往返.md")
    path.write_text("---\n标题: 通知\n---\n正文。\n", encoding="utf-8")

    def back_and_forth() -> None:
        draft = read_draft(path)
        look_up(example, draft)
        parse_draft("---\n标题: 通知\n---\n正文。\n", path)
        write_once(path.with_suffix(".docx"), b"PK\3\4")
        read_draft(path)

    modules = [module.rpartition("/")[2] for module in way(path, back_and_forth)]
    assert modules == [
        "draft_file.py",
        "draft_entry.py",
        "issued_files.py",
    ]  # what was entered once is not counted again
    modules = [module.rpartition("/")[2] for module in way(path, lambda: issue_draft(example, path))]
    assert modules[:5] == [
        "issue.py",
        "draft_file.py",
        "issue.py",
        "draft_entry.py",
        "issue.py",
    ]  # the caller, each time
