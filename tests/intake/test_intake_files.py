"""Files from outside: encodings, odd containers, files made to harm, blank and annotated workbooks, mappings."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest
from foreign_tables import find_tables

from ssj_docs.database import registers
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
from ssj_docs.intake.sheets.annotate import annotate
from ssj_docs.intake.sheets.blank import write_blank
from ssj_docs.intake.sheets.columns import COLUMNS, KINDS, Kind
from ssj_docs.intake.sheets.workbook import read_workbook
from ssj_docs.intake.tables.mapping_file import load_mapping, mapping_text
from ssj_docs.office.workspace import Workspace

HEAD = ["姓名", "单位", "执法证号"]
PEOPLE = [HEAD, ["林知远", "公安局", "QH-1"], ["王禾", "县市监局", "QH-2"]]
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def raw_xlsx(path: Path, body: Iterable[bytes]) -> Path:
    """A workbook written part by part, so that its sheet can be as wrong as wanted."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
        'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_DOC}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_NS} xmlns:r="{_DOC}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOC}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(f"<worksheet {_NS}><sheetData>".encode())
            for piece in body:
                stream.write(piece)
            stream.write(b"</sheetData></worksheet>")
    return path


def cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def table(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def people(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.read() as connection:
        return [(person.name, person.department) for person in registers.load_inspectors(connection)]


WANTED = [("林知远", "公安局"), ("王禾", "市场监督管理局")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding(encoding: str, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "人员.csv"
    path.write_bytes("\r\n".join(",".join(row) for row in PEOPLE).encode(encoding))
    assert import_files(workspace, "inspectors", [path], ImportOptions()).imported == 2
    assert people(workspace) == WANTED


def test_old_xls(workspace: Workspace, tmp_path: Path) -> None:
    source = table(tmp_path / "people.xlsx", PEOPLE)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}",
            "--headless",
            "--convert-to",
            "xls",
            "--outdir",
            str(tmp_path),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert import_files(workspace, "inspectors", [tmp_path / "people.xls"], ImportOptions()).imported == 2
    assert people(workspace) == WANTED


def test_a_cell_at_the_far_corner_is_named(tmp_path: Path) -> None:
    rows = f'<row r="1">{cell("A1", "a")}</row><row r="1048576">{cell("XFD1048576", "b")}</row>'
    path = raw_xlsx(tmp_path / "corner.xlsx", [rows.encode()])
    assert path.stat().st_size < 5000
    with pytest.raises(DataError, match="XFD1048576"):
        read_workbook(path)


def test_the_same_corner_in_a_big_file_ends_the_child_only(tmp_path: Path) -> None:
    start, end = f'<row r="1">{cell("A1", "a")}</row>', f'<row r="1048576">{cell("XFD1048576", "b")}</row>'
    path = raw_xlsx(tmp_path / "corner.xlsx", [start.encode(), b"<!--" + b"x" * 7_000_000 + b"-->", end.encode()])
    with pytest.raises(DataError, match="内存"):
        read_workbook(path)


def test_a_bomb_of_one_cell(tmp_path: Path) -> None:
    open_, close = b'<row r="1"><c r="A1" t="inlineStr"><is><t>', b"</t></is></c></row>"
    path = raw_xlsx(tmp_path / "bomb.xlsx", [open_, *[b"A" * 1_000_000] * 900, close])
    assert path.stat().st_size < 1_000_000
    with pytest.raises(DataError, match=r"bomb\.xlsx"):
        read_workbook(path, megabytes=400)


def test_empty_formatted_rows_cost_nothing(workspace: Workspace, tmp_path: Path) -> None:
    head = "".join(cell(f"{letter}1", text) for letter, text in zip("ABC", HEAD, strict=True))
    body = "".join(cell(f"{letter}2", text) for letter, text in zip("ABC", PEOPLE[1], strict=True))
    empty = (
        f'<row r="{row}">' + "".join(f'<c r="{c}{row}" s="0"/>' for c in "ABCDEFGHIJ") + "</row>"
        for row in range(3, 100_003)
    )
    path = raw_xlsx(
        tmp_path / "rows.xlsx",
        [f'<row r="1">{head}</row><row r="2">{body}</row>'.encode(), *(row.encode() for row in empty)],
    )
    assert import_files(workspace, "inspectors", [path], ImportOptions()).imported == 1


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.xlsx", b"PK\x03\x04nothing", "损坏"),
        ("a.xls", b"<html><table></table></html>", "网页"),
        ("a.csv", bytes(range(256)), "不是表格"),
        ("a.xlsx", b"", "空的"),
        ("a.xlsx", b"%PDF-1.7", "PDF"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "打不开"),
    ],
)
def test_what_is_no_workbook_is_refused(
    name: str, data: bytes, told: str, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    report = import_files(workspace, "inspectors", [tmp_path / name], ImportOptions())
    assert (report.failed, report.imported) == (True, 0)
    assert told in report.problems[0].message
    assert report.problems[0].source == name
    assert report.problems[0].remedy


def test_no_such_file(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="没有这样的"):
        import_files(workspace, "plan", [tmp_path / "没有这样的.xlsx"], ImportOptions())


def test_rows_and_columns_keep_their_places_when_the_table_starts_at_c4(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row, texts in enumerate(PEOPLE, 4):
        for column, text in enumerate(texts, 3):
            book.active.cell(row, column, text)
    for row in range(10, 30_000):
        book.active.cell(row, 3, "")
        book.active.cell(row, 5, "x" * 150)
    book.save(tmp_path / "places.xlsx")
    big = read_workbook(tmp_path / "places.xlsx")[0]
    ((found,), _) = find_tables([big], "inspectors", "places.xlsx")
    assert (found.first_row, found.columns["name"], found.columns["id"]) == (4, 3, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_blank_workbooks_have_a_header_that_is_recognised(kind: Kind, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    write_blank(path, kind, workspace.office)
    sheet = read_workbook(path)[0]
    ((found,), _) = find_tables([sheet], kind, "blank.xlsx")
    assert set(found.columns) == {column.key for column in COLUMNS[kind] if column.offered}
    assert openpyxl.load_workbook(path).worksheets[0].data_validations.dataValidation or kind == "draw"
    with pytest.raises(UsageError):
        write_blank(path, kind, workspace.office)


def test_annotated_copy_marks_the_cells(workspace: Workspace, tmp_path: Path) -> None:
    source = table(tmp_path / "people.xlsx", [*PEOPLE, ["李青", "云端治理局", "QH-3"], ["=1+1", "", "QH-4"]])
    report = import_files(workspace, "inspectors", [source], ImportOptions())
    annotate(source, tmp_path / "marked.xlsx", report.problems)
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert "云端治理局" in book.worksheets[0]["B4"].comment.text
    assert book.worksheets[0]["B4"].fill.fgColor.rgb == "FFF4B6B6"
    assert book.worksheets[0]["B3"].comment is None
    assert [row[1].value for row in book["问题清单"].iter_rows(min_row=2)] == [
        problem.cell for problem in report.problems
    ]


def test_annotated_copy_of_a_csv(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("姓名,单位,执法证号\n=林,云端治理局,QH-1\n", encoding="utf-8")
    report = import_files(workspace, "inspectors", [source], ImportOptions())
    annotate(source, tmp_path / "marked.xlsx", report.problems)
    sheet = openpyxl.load_workbook(tmp_path / "marked.xlsx").worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=林", "s")
    assert "云端治理局" in sheet["B2"].comment.text


def test_a_mapping_is_saved_corrected_and_used(workspace: Workspace, tmp_path: Path) -> None:
    source = table(tmp_path / "people.xlsx", [["同志", "在哪里", "证"], ["林知远", "公安局", "QH-1"]])
    assert import_files(workspace, "inspectors", [source], ImportOptions()).problems[0].code == "header.not_found"
    mapping = tmp_path / "列.toml"
    mapping.write_text(
        'kind = "inspectors"\n[columns]\n"姓名" = "同志"\n"单位" = "B"\n"执法证号" = "证"\n', encoding="utf-8"
    )
    report = import_files(workspace, "inspectors", [source], ImportOptions(mapping=mapping))
    assert report.imported == 1
    assert [match.how for match in report.tables[0].matches] == ["指定"] * 3
    mapping.write_text(mapping_text(report.tables[0]), encoding="utf-8")
    assert load_mapping(mapping, "inspectors") == {"姓名": "同志", "单位": "在哪里", "执法证号": "证"}
    with pytest.raises(DataError, match="inspectors"):
        load_mapping(mapping, "plan")


def test_a_mapping_with_an_unknown_column_is_refused(tmp_path: Path) -> None:
    mapping = tmp_path / "列.toml"
    mapping.write_text('[columns]\n"星座" = "A"\n', encoding="utf-8")
    with pytest.raises(DataError, match="星座"):
        load_mapping(mapping, "plan")


def test_a_number_that_lost_digits_is_never_guessed(workspace: Workspace, tmp_path: Path) -> None:
    source = table(tmp_path / "s.xlsx", [["企业名称", "统一社会信用代码"], ["青禾县丰田里商行", 914199990000000001]])
    report = import_files(workspace, "subjects", [source], ImportOptions())
    assert report.failed
    assert ("cell.digits", "B2") in {(problem.code, problem.cell) for problem in report.problems}


def test_a_formula_without_a_value_is_named(workspace: Workspace, tmp_path: Path) -> None:
    source = table(tmp_path / "people.xlsx", [HEAD, ["=A9", "公安局", "QH-1"]])
    report = import_files(workspace, "inspectors", [source], ImportOptions())
    assert ("cell.formula", "A2") in {(problem.code, problem.cell) for problem in report.problems}


def two_sheets(path: Path) -> Path:
    head = ["序号", "抽查任务名称", "抽查事项", "检查对象", "发起部门", "抽取比例", "检查时间"]
    book = openpyxl.Workbook()
    for name, task in (("公安", "旅馆抽查"), ("农业", "农资抽查")):
        sheet = book.create_sheet(name)
        sheet.append(head)
        sheet.append([1, task, "甲检查", "各类单位", "公安局", "5%", "2026年5月"])
    book.save(path)
    return path


def test_all_sheets_that_fit_are_read_and_one_can_be_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    path = two_sheets(tmp_path / "plan.xlsx")
    assert import_files(workspace, "plan", [path], ImportOptions(dry_run=True)).rows == 2
    assert import_files(workspace, "plan", [path], ImportOptions(dry_run=True, sheets=("农业",))).rows == 1
    both = import_files(workspace, "plan", [path], ImportOptions(sheets=("公安", "农业")))
    assert both.changes.added == ("2026-001", "2026-002")
    assert import_files(workspace, "plan", [path], ImportOptions(sheets=("无",))).problems[0].code == "sheet.not_found"
