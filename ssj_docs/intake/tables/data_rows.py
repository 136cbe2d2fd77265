"""Rows of a table that hold data, told from totals and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ssj_docs.intake.sheets.workbook import Row
from ssj_docs.intake.tables.blocks import Block
from ssj_docs.intake.values.folding import squeeze

SAMPLE = 200


TOTAL = re.compile(
    r"(合计|小计|总计|共计|累计|总数|本页合计|本页小计|总\s*计|共抽?取?\d+[户家项个])|.{1,20}(小计|合计|汇总)$"
)


NOTE = re.compile(
    r"(填表说明|填写说明|填报说明|填报要求|说明|备注|注|附注|图例|备\s*注|填写要求)\s*([:：\d、(（.].*|$)", re.DOTALL
)

#: how headings between rows begin or end: 一、… · （二）… · 【…】 · …（6家）
OUTLINE = re.compile(
    r"[一二三四五六七八九十（(]+[、)）]|[【〔\[].+[】〕\]]$|.{2,20}[（(]\s*共?\s*\d+\s*[户家项人个条件处][)）]$"
)


def plain_rows(block: Block) -> Iterable[Row]:
    """Rows with data: more than one cell filled."""
    for row in block.body():
        if sum(1 for column in block.columns if row.text(column).strip()) > 1 and not TOTAL.match(
            squeeze(next((t for t in row.texts if t.strip()), ""))
        ):
            yield row


def last_data(block: Block) -> int:
    last = block.last
    for row in block.body():
        if squeeze(next((text for text in row.texts if text.strip()), "")) == "图例":
            break
        if sum(1 for column in block.columns if row.text(column).strip()) * 2 > len(block.columns):
            last = row.number
    return last
