"""The forms have the columns of the real forms of seed 003, with the garbled summary heading put right."""

from __future__ import annotations

import io
import re

import pytest
from docx import Document
from docx.oxml.ns import qn
from forms_data import HANDLINGS, RESULTS, every_kind, record
from places import ROOT

from ssj_docs.documents.forms.forms import make_form

SEED = ROOT.parent / "shared" / "seeds" / "003_25102626e948c3c7.txt"
seed = pytest.mark.skipif(not SEED.is_file(), reason="the seeds are not here")


def heading(kind: str) -> list[str]:
    table = Document(io.BytesIO(make_form(kind, every_kind()[kind]))).tables[0]
    return [cell.text for cell in table.rows[0].cells]


def seed_line(start: str) -> list[str]:
    lines = SEED.read_text(encoding="utf-8").splitlines()
    return next(line.split("\t") for line in lines if line.startswith(start))


@seed
def test_roster_and_statistics_have_the_seeds_columns():
    assert heading("renyuanxinxi") == seed_line("序号\t姓名")
    assert heading("tongjibiao") == seed_line("抽取序号\t")
    assert (len(heading("renyuanxinxi")), len(heading("tongjibiao"))) == (8, 13)


@seed
def test_record_has_every_label_of_the_seeds_form():
    text = SEED.read_text(encoding="utf-8").split("联合抽查记录表")[-1]
    labels = {
        "检查日期",
        "市场主体名称",
        "市场主体类型",
        "注册号",
        "法定代表人",
        "经营范围",
        "行政区划",
        "成立日期",
        "联系电话",
        "经营地址",
        "检查单位",
        "抽查事项",
        "检查结果",
        "检查人员签字",
        "处理意见",
        "备注",
    }
    assert all(label in text for label in labels)
    made = Document(io.BytesIO(make_form("jilubiao", record())))
    cells = {cell.text for table in made.tables for row in table.rows for cell in row.cells}
    assert labels <= cells
    assert "统一社会信用代码" in cells
    remark = next(text for text in cells if "检查结果分为" in text)
    for number, label in enumerate(RESULTS, 1):
        assert f"{number}.{label}" in remark


@pytest.mark.parametrize("extra", [(), ("合格", "不合格")])
def test_summary_heading_spans_what_it_should(extra):
    results = [*RESULTS, *extra]
    row = {"unit": "应急管理局", "inspected": 3, "results": range(len(results)), "handlings": [1, 2, 3, 4]}
    data = {
        "title": "汇总表",
        "results": results,
        "handlings": HANDLINGS,
        "rows": [row | {"results": [*range(len(results))]}],
    }
    (table,) = Document(io.BytesIO(make_form("huizongbiao", data))).tables
    first, second, body = table._tbl.tr_lst
    spans = [int(span.get(qn("w:val"))) for span in first.iter(qn("w:gridSpan"))]
    assert spans == [len(results), 4]
    grid = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
    assert len(grid) == 2 + len(results) + 4 == len(body.tc_lst)
    for row_element in (first, second, body):
        widths = [int(width.get(qn("w:w"))) for width in row_element.iter(qn("w:tcW"))]
        assert sum(widths) == sum(grid)
    texts = ["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in second.tc_lst]
    assert texts[2:] == [*results, *HANDLINGS]
    assert not re.search("发展|后处理待续", "".join(texts))
