"""docs/own-papers.md followed to the letter: a letter and a form added by files alone, drafted, issued, filed, missed."""

from __future__ import annotations

import io
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from docx.shared import Mm
from places import NOW, ROOT

from archive.cases import catalogue
from archive.demonstration import open_example
from examples.scanner import make_scan
from ssj_docs.database import registers
from ssj_docs.documents.batch import convert_issued
from ssj_docs.documents.issue import Issued
from ssj_docs.model.paper_kind import ACTS, PROOFS
from ssj_docs.office.paper_kinds_file import _Draft, _Field, _Section
from ssj_docs.office.workspace import Workspace

PAGE = (ROOT / "docs" / "own-papers.md").read_text(encoding="utf-8")
CASE, CLEAN = "2026-001-0005", "2026-001-0001"


def files_of_the_page() -> dict[str, str]:
    """File → what the page says to write into it."""
    return dict(re.findall(r"写入 `([^`]+)`：\n\n```\w*\n(.*?)```", PAGE, re.DOTALL))


def form_of_the_page() -> bytes:
    """The form as Word would save it: a paragraph a line, the lines between bars one table."""
    found = re.search(r"竖线隔开的是表格的一行）：\n\n```\n(.*?)```", PAGE, re.DOTALL)
    assert found
    document = docx.Document()
    document.sections[0].top_margin = Mm(32)
    table = None
    for line in found[1].splitlines():
        if not line.startswith("|"):
            document.add_paragraph(line)
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if table is None:
            table = document.add_table(rows=0, cols=len(cells), style="Table Grid")
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def commands_of_the_page() -> list[list[str]]:
    found = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return [shlex.split(line)[1:] for line in found[1].splitlines()]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example office with the files of the page."""
    workspace = open_example(tmp_path_factory.mktemp("own") / "office", now=NOW)
    for name, text in files_of_the_page().items():
        path = workspace.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    workspace.path("templates", "zhaopianbiao.docx").write_bytes(form_of_the_page())
    return workspace


def text_of(workspace: Workspace, path: str) -> str:
    document = docx.Document(io.BytesIO(workspace.path(path).read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def scan(workspace: Workspace, issued: dict[str, Any], words: str, to: Path) -> None:
    """The issued paper printed, stamped over the words, and scanned."""
    with workspace.read() as connection:
        document = registers.issued_document(connection, issued["id"])
    assert document is not None
    later = workspace.at(today=workspace.today, now=datetime.now(UTC), who=workspace.who)  # commands have written since
    (printed,) = convert_issued(later, [Issued(document, False)])
    pages = pypdfium2.PdfDocument(workspace.path(printed.document.pdf_path))
    page = pages[0]
    text = page.get_textpage()
    _, bottom, right, _ = text.get_charbox(text.search(words).get_next()[0])
    seal = (right, page.get_height() - bottom)
    single = pypdfium2.PdfDocument.new()
    single.import_pages(pages, [0])
    made = io.BytesIO()
    single.save(made)
    to.write_bytes(
        make_scan(made.getvalue(), seed=3, dpi=200, colour=True, stamp="青禾县盛达建材有限公司", stamp_at=seal)
    )


def test_the_page_from_first_to_last(office: Workspace, ssj: Any) -> None:
    check, draft, issue, forms, missing, receive, by_hand, again = commands_of_the_page()

    def run(command: list[str]) -> Any:
        code, told = ssj("--workspace", office.root, "--today", "2026-11-20", *command)
        assert code == 0, (command, told)
        return told

    reports = {report["template"]: report for report in run(check)}
    assert set(reports) == {"yuetanhan.md.j2", "zhaopianbiao.docx"}
    assert all(report["own"] and not report["problems"] for report in reports.values()), reports

    assert run(draft) == [str(office.root / "drafts" / f"yuetanhan-{CASE}.md")]
    assert ssj("--workspace", office.root, "draft", "yuetanhan", "--case", CLEAN)[0] == 3  # nothing was found there
    (letter,) = run([*issue[:1], str(office.root / issue[1])])
    assert letter["number"] == "青双随机办函〔2026〕1号"
    words = text_of(office, letter["path"])
    for part in (
        "关于约谈青禾县盛达建材有限公司的函",
        "安全生产责任制落实情况的检查：发现问题待后续处理。",
        "接受约谈",
    ):
        assert part in words.replace("\n", ""), part

    made = {one["case"]: one for one in run(forms)}
    assert len(made) == 8
    sheet = text_of(office, made[CASE]["path"])
    for part in ("工贸企业安全生产联合抽查现场检查照片表", "青禾县应急管理局", "41-9999-0002", "发现问题待后续处理"):
        assert part in sheet, part
    assert "{" not in sheet

    def states(command: list[str], kind: str) -> dict[str, str]:
        return {row["case"]: row["state"] for row in run(command) if row["kind"] == kind}

    before = states(missing, "zhaopianbiao")
    assert set(before.values()) == {"late"}
    assert set(made) < set(before)  # of every task, issued or not
    assert states(missing, "yuetanhan") == {CASE: "late"}

    scan(office, made[CASE], "（签字", office.root / "inbox" / "扫描.pdf")
    scan(office, letter, "2026年11月20日", office.root / "约谈函签收.pdf")
    run(receive)
    run([by_hand[0], str(office.root / by_hand[1]), *by_hand[2:]])
    assert states(again, "zhaopianbiao")[CASE] == "present"
    assert states(again, "yuetanhan") == {CASE: "present"}
    with office.read() as connection:
        filed = {item.kind: item for item in catalogue.load_items(connection, CASE)}
    assert (filed["zhaopianbiao"].retention, filed["yuetanhan"].title) == ("D30", letter["title"])


def test_the_page_explains_every_key() -> None:
    explained = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE))))
    fields = {field.alias or name for name, field in _Field.model_fields.items()}
    assert set(_Section.model_fields) | fields <= explained
    assert all(f"`{name}`" in PAGE for name in (*_Draft.model_fields, *ACTS, *PROOFS))
