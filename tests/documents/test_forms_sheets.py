"""Workbooks: text stays text, headings span what they should, the same data gives the same bytes."""

from __future__ import annotations

import io
import time
import zipfile

import openpyxl
import pytest
from forms_data import HANDLINGS, NAME, RESULTS

from ssj_docs.documents.sheets.workbooks import (
    SheetColumn,
    TableSheet,
    statistics_sheet,
    summary_sheet,
    write_table_workbook,
)
from ssj_docs.facts.list_columns import LIST_COLUMNS
from ssj_docs.ground.errors import DataError


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-1", "@SUM(A1)", "=cmd|'/c calc'!A1", "{=1}", "http://a.invalid", "001"]
)
def test_text_is_never_computed(text):
    sheet = TableSheet("表", text, (SheetColumn("甲"), SheetColumn("乙")), [[text, 1], [None, text]], note=text)
    book = opened(write_table_workbook([sheet]))
    cells = [book["表"][name] for name in ("A1", "A3", "B4", "A5")]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s")] * 4
    assert book["表"]["B3"].data_type == "n"
    assert all(cell.hyperlink is None for cell in cells)


def test_same_data_same_bytes():
    sheet = statistics_sheet("统计表", [{"抽取序号": 1, "市场主体名称": NAME}])
    first = write_table_workbook([sheet])
    time.sleep(2.1)  # zip times count in steps of two seconds
    assert first == write_table_workbook([sheet])


def test_statistics_has_the_13_columns_of_the_form():
    names = [column.title for column in LIST_COLUMNS]
    row = dict.fromkeys(names, "甲")
    paper = opened(write_table_workbook([statistics_sheet("统计表", [row])]))["统计表"]
    assert [cell.value for cell in paper[2]] == names
    assert len(names) == 13
    del row["电话"]
    paper = opened(write_table_workbook([statistics_sheet("统计表", [row])]))["统计表"]
    assert "电话" not in [cell.value for cell in paper[2]]


def test_summary_heading_spans_eight_and_four_and_has_a_chart():
    rows = [["应急管理局", 12, 5, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0, 0], ["合计", 12, 5, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0, 0]]
    content = write_table_workbook([summary_sheet("汇总表", RESULTS, HANDLINGS, rows)])
    paper = opened(content)["汇总表"]
    merged = {str(area): paper[str(area).split(":")[0]].value for area in paper.merged_cells.ranges}
    assert merged["C2:J2"] == "抽查结果"
    assert merged["K2:N2"] == "处理结果"
    assert merged["A2:A3"] == "单位"
    assert [cell.value for cell in paper[3]][2:] == [*RESULTS, *HANDLINGS]
    assert paper.print_title_rows == "$2:$3"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert chart.count("<c:ser>") == 8
    assert "$4:$" not in chart.replace("$A$4:$A$4", "").replace("$4:$A$5", "")  # 合计 is not drawn


def test_hostile_names_and_characters():
    sheets = [
        TableSheet(name, "题", (SheetColumn("甲"),), [["\x07\ud800"]])
        for name in ("a/b:c*?[x]", "A/B:C*?[X]", "长" * 40, "")
    ]
    book = opened(write_table_workbook(sheets))
    assert len(book.sheetnames) == 4
    assert book.worksheets[0]["A3"].value == "␇�"


def test_faulty_rows_are_named():
    with pytest.raises(DataError, match="第 1 行"):
        write_table_workbook([TableSheet("表", "题", (SheetColumn("甲"),), [["a", "b"]])])
    with pytest.raises(DataError, match="32767"):
        write_table_workbook([TableSheet("表", "题", (SheetColumn("甲"),), [["长" * 40000]])])


def test_the_two_line_heading_is_high_enough_for_its_names():
    """Excel does not raise a row for wrapped text next to merged cells: a heading of nine characters showed one line."""
    names = ("未发现问题", "通过登记的住所（经营场所）无法联系")
    sheet = summary_sheet("汇总", names, ("移送司法机关",), [("应急管理局", 1, 1, 0, 0), ("合计", 1, 1, 0, 0)])
    paper = openpyxl.load_workbook(io.BytesIO(write_table_workbook([sheet]))).active
    fit = int((paper.column_dimensions["D"].width - 1) / 2)
    assert paper.row_dimensions[3].height >= 14 * -(-len(names[1]) // fit)
