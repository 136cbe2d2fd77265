"""Native charts of a docx: DrawingML that Word and WPS can edit, each with an embedded workbook.

The charts are those that `sheets` writes into workbooks: a small workbook with the table and the chart is created, its
chart part becomes the part of the docx, and the workbook is embedded as its data. So charts on paper and in workbooks never
differ.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from ssj_docs.documents.official.flow import TWIPS_PER_MM
from ssj_docs.documents.sheets.workbooks import Chart, SheetColumn, TableSheet, write_table_workbook
from ssj_docs.model.document import BarChart

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
#: switches that are off: parent, name, and the children that precede them
_SAID = (
    ("chartSpace", "roundedCorners", ("date1904", "lang")),
    ("title", "overlay", ("tx", "layout")),
    ("legend", "overlay", ("legendPos", "legendEntry", "layout")),
    ("chart", "autoTitleDeleted", ("title",)),
    ("barChart", "varyColors", ("barDir", "grouping")),
    ("ser", "invertIfNegative", ("idx", "order", "tx", "spPr")),
    ("dLbls", "showLegendKey", ("dLbl", "delete", "numFmt", "spPr", "txPr", "dLblPos")),
    ("dLbls", "showCatName", ("showLegendKey", "showVal")),
    ("dLbls", "showSerName", ("showCatName",)),
    ("dLbls", "showPercent", ("showSerName",)),
    ("dLbls", "showBubbleSize", ("showPercent",)),
    ("catAx", "delete", ("axId", "scaling")),
    ("valAx", "delete", ("axId", "scaling")),
)
#: title, axis and legend, then each bar and the gap between groups, mm
_AROUND, _BAR, _GAP, _UPRIGHT = 26.0, 4.2, 2.6, 80.0
_HIGHEST = 205.0


@dataclass(frozen=True)
class ChartPart:
    """A chart of a docx: its number from 1, the chart part, and the workbook with its data."""

    number: int
    xml: bytes
    workbook: bytes

    @property
    def relation(self) -> str:
        """The relationship id of the chart."""
        return f"rIdChart{self.number}"


def fitting_charts(chart: BarChart) -> list[BarChart]:
    """The chart, or several of about equal length if it has more bars than fit on a page."""
    most = int((_HIGHEST - _AROUND) / (len(chart.series) * _BAR + _GAP))
    count = 1 if chart.upright else -(-len(chart.labels) // most)
    if count < 2:
        return [chart]
    step = -(-len(chart.labels) // count)
    return [
        replace(
            chart,
            title=f"{chart.title}（{number}/{count}）",
            labels=chart.labels[start : start + step],
            series=tuple((name, values[start : start + step]) for name, values in chart.series),
        )
        for number, start in enumerate(range(0, len(chart.labels), step), 1)
    ]


def chart_height(chart: BarChart) -> int:
    """The height in twips that its bars need, at most most of a page."""
    lying = _AROUND + len(chart.labels) * (len(chart.series) * _BAR + _GAP)
    return round(min(_HIGHEST, _UPRIGHT if chart.upright else lying) * TWIPS_PER_MM)


def chart_sheet(chart: BarChart, name: str = "数据") -> TableSheet:
    """The numbers of a chart as a table, with the chart below it."""
    columns = (SheetColumn("项目", 28.0, "left"), *(SheetColumn(series, 12.0) for series, _ in chart.series))
    rows = list(zip(chart.labels, *(values for _, values in chart.series), strict=True))
    drawn = Chart(
        chart.title,
        0,
        tuple(range(1, len(columns))),
        skip_last=False,
        bars=True,
        upright=chart.upright,
        percent=chart.percent,
    )
    return TableSheet(name, chart.title, columns, rows, landscape=False, chart=drawn)


def chart_part(chart: BarChart, font: str, number: int) -> ChartPart:
    """Create the parts of one chart; the same chart gives the same bytes.

    Args:
        font: for all texts.
        number: of the chart in its document, from 1.
    """
    workbook = write_table_workbook([chart_sheet(chart)])
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        root = etree.fromstring(package.read("xl/charts/chart1.xml"))
    for properties in [*root.iter(f"{_A}defRPr"), *root.iter(f"{_A}rPr")]:
        properties.extend(etree.Element(f"{_A}{script}", {"typeface": font}) for script in ("latin", "ea"))
    for language in (*root.iter(f"{_C}lang"), *root.iter(f"{_A}rPr"), *root.iter(f"{_A}endParaRPr")):
        language.set("val" if language.tag == f"{_C}lang" else "lang", "zh-CN")
    _say_defaults(root)
    for series, (_, values) in zip(root.iter(f"{_C}ser"), chart.series, strict=True):
        _exact_values(series, values)
    drawn = root.find(f"{_C}chart")
    if drawn is not None:
        etree.SubElement(drawn, f"{_C}dispBlanksAs", {"val": "gap"})
    for old in root.findall(f"{_C}printSettings"):
        root.remove(old)
    data = etree.SubElement(root, f"{_C}externalData", {f"{{{_RELATIONS}}}id": "rIdData"})
    etree.SubElement(data, f"{_C}autoUpdate", {"val": "0"})
    return ChartPart(number, etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True), workbook)


def _say_defaults(root: etree._Element) -> None:
    """Write out Excel's defaults, because other readers use the schema's, which are the opposite."""
    for parent, name, after in _SAID:
        for node in root.iter(f"{_C}{parent}"):
            if node.find(f"{_C}{name}") is None:
                held = [place for place, child in enumerate(node) if etree.QName(child).localname in after]
                node.insert(max(held, default=-1) + 1, etree.Element(f"{_C}{name}", {"val": "0"}))


def _exact_values(series: etree._Element, values: Sequence[float | None]) -> None:
    """Write numbers without binary rounding digits, and no bar of zero where there is no value."""
    for point in list(series.iterfind(f"{_C}val//{_C}pt")):
        value, text = values[int(point.get("idx", "0"))], point.find(f"{_C}v")
        parent = point.getparent()
        if value is None and parent is not None:
            parent.remove(point)
        elif text is not None:
            text.text = repr(value)


def with_charts(parts: Mapping[str, bytes], charts: Sequence[ChartPart]) -> dict[str, bytes]:
    """The parts of a docx with these charts, their workbooks, relations and content types."""
    made = dict(parts)
    types, relations = "", ""
    for chart in charts:
        name, book = f"charts/chart{chart.number}.xml", f"embeddings/chart{chart.number}.xlsx"
        made[f"word/{name}"] = chart.xml
        made[f"word/{book}"] = chart.workbook
        made[f"word/charts/_rels/chart{chart.number}.xml.rels"] = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_PACKAGE}"><Relationship '
            f'Id="rIdData" Type="{_RELATIONS}/package" Target="../{book}"/></Relationships>'
        ).encode()
        types += f'<Override PartName="/word/{name}" ContentType="{_CHART_TYPE}"/>'
        types += f'<Override PartName="/word/{book}" ContentType="{_SHEET_TYPE}"/>'
        relations += f'<Relationship Id="{chart.relation}" Type="{_RELATIONS}/chart" Target="{name}"/>'
    for part, end, added in (
        ("[Content_Types].xml", "</Types>", types),
        ("word/_rels/document.xml.rels", "</Relationships>", relations),
    ):
        if added:
            made[part] = made[part].replace(end.encode(), (added + end).encode())
    return made
