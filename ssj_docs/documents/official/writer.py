"""Writes a flow of paragraphs, tables and sections into a frame (template docx); the same input gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ssj_docs.documents.official.charts import ChartPart, chart_part, with_charts
from ssj_docs.documents.official.flow import TEXT_WIDTH, Cell, ChartBox, Flow, Grid, Paragraph, SectionEnd, Shape
from ssj_docs.documents.templates.package_writer import Docx, read_package
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.remedies import Remedy, do

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_NAMES = {"w": _W, "r": _R, "wp": _WP, "a": _A, "wps": _WPS, "mc": _MC, "c": _C}
_EMU_PER_MM = 36000
_EMU_PER_TWIP = 635
_REMEDY = Remedy(do("export_template"), "作为起点，再作修改。")
#: shown instead of characters that XML cannot contain, which are never dropped silently
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _q(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


def _e(name: str, attributes: Mapping[str, Any] | None = None, *children: etree._Element) -> etree._Element:
    node = etree.Element(_q(name))
    for key, value in (attributes or {}).items():
        node.set(_q(key) if ":" in key else key, str(value))
    node.extend(children)
    return node


@dataclass(frozen=True)
class Frame:
    """A parsed template: parts, fonts and line heights by style, the first section.

    ``area``: where the text area of the page begins and ends, in mm from the top edge.
    """

    name: str
    parts: Mapping[str, bytes]
    fonts: Mapping[str, str]
    lines: Mapping[str, int]
    section: etree._Element
    area: tuple[float, float]

    def font(self, style: str) -> str:
        """The font of a style, by the name that Word shows."""
        return self.fonts[style]


MARKERS = ("版头", "主体", "附件", "版记")


def open_frame(content: bytes, name: str, needed: Iterable[str]) -> Frame:
    """Read a template of a 公文.

    Args:
        content: the docx. name: its file name, for messages. needed: style ids that the layout uses.

    Raises:
        DataError: it is no docx, or lacks one of the styles, the markers or the section properties.
    """
    parts = read_package(content, name)
    if "word/document.xml" not in parts or "word/styles.xml" not in parts:
        raise DataError(f"模板“{name}”不是 Word 文档（缺少正文或样式）。", _REMEDY)
    fonts, lines = _read_styles(_parse(parts["word/styles.xml"], name))
    missing = [key for key in needed if key not in fonts]
    if missing:
        raise DataError(f"模板“{name}”缺少样式：{'、'.join(missing)}。", _REMEDY)
    document = _parse(parts["word/document.xml"], name)
    body = document.find(_q("w:body"))
    section = None if body is None else body.find(_q("w:sectPr"))
    if body is None or section is None or section.find(_q("w:pgSz")) is None or section.find(_q("w:pgMar")) is None:
        raise DataError(f"模板“{name}”缺少页面设置。", _REMEDY)
    texts = ["".join(p.itertext()).strip() for p in body.iterfind(_q("w:p"))]
    lost = [marker for marker in MARKERS if f"{{{{{marker}}}}}" not in texts]
    if lost:
        raise DataError(f"模板“{name}”缺少单独成段的标记 {'、'.join(f'{{{{{m}}}}}' for m in lost)}。", _REMEDY)
    return Frame(name, parts, fonts, lines, section, _text_area(section))


def _text_area(section: etree._Element) -> tuple[float, float]:
    size, margins = section.find(_q("w:pgSz")), section.find(_q("w:pgMar"))
    height, top, bottom = (
        int(node.get(_q(key))) * 25.4 / 1440 for node, key in ((size, "w:h"), (margins, "w:top"), (margins, "w:bottom"))
    )
    return top, height - bottom


def _parse(content: bytes, name: str) -> etree._Element:
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise DataError(f"模板“{name}”已损坏。", _REMEDY) from error


def _read_styles(styles: etree._Element) -> tuple[dict[str, str], dict[str, int]]:
    fonts: dict[str, str] = {}
    lines: dict[str, int] = {}
    default = styles.find(f"{_q('w:docDefaults')}//{_q('w:rFonts')}")
    for style in styles.iterfind(_q("w:style")):
        key = str(style.get(_q("w:styleId")))
        named = style.find(f"{_q('w:rPr')}/{_q('w:rFonts')}")
        source = named if named is not None and named.get(_q("w:eastAsia")) else default
        fonts[key] = "仿宋_GB2312" if source is None else source.get(_q("w:eastAsia")) or "仿宋_GB2312"
        spacing = style.find(f"{_q('w:pPr')}/{_q('w:spacing')}")
        lines[key] = int((None if spacing is None else spacing.get(_q("w:line"))) or 0)
    return fonts, lines


def write_document(frame: Frame, flows: Mapping[str, Sequence[Flow]], last: SectionEnd) -> Docx:
    """Put each flow in the place of its marker.

    Args:
        frame: the template.
        flows: marker → content.
        last: the section at the end of the document.
    """
    writer = _BodyWriter(frame)
    document = _parse(frame.parts["word/document.xml"], frame.name)
    body = document.find(_q("w:body"))
    if body is None:  # checked by open_frame
        raise DataError(f"模板“{frame.name}”没有正文。", _REMEDY)
    for holder in list(body.iterfind(_q("w:p"))):
        name = "".join(holder.itertext()).strip().strip("{} ")
        if name in MARKERS:
            for node in writer.flow(flows.get(name, ())):
                holder.addprevious(node)
            body.remove(holder)
    end = body.find(_q("w:sectPr"))
    if end is not None:
        if last.shapes:
            end.addprevious(writer.anchor(last.shapes, None))
        body.replace(end, writer.section(last))
    tidy = etree.Element(document.tag, nsmap=_NAMES)
    for key, value in document.attrib.items():
        tidy.set(key, value)
    tidy.extend(list(document))
    etree.cleanup_namespaces(tidy, keep_ns_prefixes=[prefix for prefix in _NAMES if prefix != "c" or writer.charts])
    content = etree.tostring(tidy, xml_declaration=True, encoding="UTF-8", standalone=True)
    parts = {**frame.parts, "word/document.xml": content}
    return Docx(with_charts(parts, writer.charts) if writer.charts else parts)


class _BodyWriter:
    """Writes the XML of one document; numbers drawings and keeps track of sections."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.drawings = 0
        self.sections = 0
        self.charts: list[ChartPart] = []

    def flow(self, flow: Iterable[Flow]) -> list[etree._Element]:
        """Body elements in order."""
        nodes: list[etree._Element] = []
        for item in flow:
            if isinstance(item, Paragraph):
                nodes.append(self.paragraph(item))
            elif isinstance(item, Grid):
                nodes.append(self.table(item))
            elif isinstance(item, ChartBox):
                nodes.append(self.chart(item))
            else:
                nodes.append(self.anchor(item.shapes, self.section(item)))
        return nodes

    def anchor(self, shapes: Sequence[Shape], section: etree._Element | None) -> etree._Element:
        """A paragraph of one point that holds drawings or ends a section without taking one of the 22 lines."""
        node = self.paragraph(Paragraph("GwAnchor", shapes=tuple(shapes)))
        properties = node.find(_q("w:pPr"))
        if section is not None and properties is not None:
            properties.append(section)
        return node

    def chart(self, item: ChartBox) -> etree._Element:
        """A paragraph with an inline chart, as high as it needs (an exact line height would cut it off)."""
        self.drawings += 1
        self.charts.append(chart_part(item.chart, self.frame.font("GwTableCell"), len(self.charts) + 1))
        size = {"cx": TEXT_WIDTH * _EMU_PER_TWIP, "cy": (item.height - 60) * _EMU_PER_TWIP}
        reference = _e("c:chart", {"r:id": self.charts[-1].relation})
        inline = _e(
            "wp:inline",
            {"distT": 0, "distB": 0, "distL": 0, "distR": 0},
            _e("wp:extent", size),
            _e("wp:docPr", {"id": self.drawings, "name": f"图 {len(self.charts)}", "descr": item.chart.title}),
            _e("wp:cNvGraphicFramePr"),
            _e("a:graphic", None, _e("a:graphicData", {"uri": _NAMES["c"]}, reference)),
        )
        spacing = _e("w:spacing", {"w:before": 0, "w:after": 0, "w:line": 240, "w:lineRule": "auto"})
        properties = _e("w:pPr", None, _e("w:pStyle", {"w:val": "GwTableCell"}), spacing)
        return _e("w:p", None, properties, _e("w:r", None, _e("w:drawing", None, inline)))

    def paragraph(self, item: Paragraph) -> etree._Element:
        """w:p with the font on each run."""
        node = _e("w:p", None, self._paragraph_properties(item))
        node.extend(self.shape(shape) for shape in item.shapes)
        for span in item.spans:
            node.extend(self._runs(span.text, span.style or item.style, item))
        return node

    def _paragraph_properties(self, item: Paragraph) -> etree._Element:
        made = _e("w:pPr", None, _e("w:pStyle", {"w:val": item.style}))
        if item.keep_next:
            made.append(_e("w:keepNext"))
        if item.new_page:
            made.append(_e("w:pageBreakBefore"))
        if borders := _borders(item):
            made.append(_e("w:pBdr", None, *borders))
        if item.tabs:
            made.append(_e("w:tabs", None, *(_e("w:tab", {"w:val": kind, "w:pos": at}) for at, kind in item.tabs)))
        if item.before or item.line:
            pitch = item.line or self.frame.lines[item.style]
            made.append(
                _e("w:spacing", {"w:before": item.before, "w:after": 0, "w:line": pitch, "w:lineRule": "exact"})
            )
        indents = {"w:left": item.left, "w:right": item.right}
        if item.first is not None:
            indents["w:firstLine" if item.first >= 0 else "w:hanging"] = abs(item.first)
        given = {key: value for key, value in indents.items() if value is not None}
        if given:
            made.append(_e("w:ind", given))
        if item.align:
            made.append(_e("w:jc", {"w:val": item.align}))
        return made

    def _runs(self, text: str, style: str, item: Paragraph) -> list[etree._Element]:
        made: list[etree._Element] = []
        for piece in re.split(r"([\n\t])", _ILLEGAL.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")):
            if piece == "\n":
                content = _e("w:br")
            elif piece == "\t":
                content = _e("w:tab")
            elif piece:
                content = _e("w:t")
                content.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                content.text = piece
            else:
                continue
            made.append(_e("w:r", None, self._run_properties(style, item), content))
        return made

    def _run_properties(self, style: str, item: Paragraph) -> etree._Element:
        font = self.frame.font(style)
        scripts = dict.fromkeys(("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"), font)
        made = _e("w:rPr", None, _e("w:rFonts", {**scripts, "w:hint": "eastAsia"}))
        if item.scale:
            made.append(_e("w:w", {"w:val": item.scale}))
        if item.half_points:
            made.append(_e("w:sz", {"w:val": item.half_points}))
            made.append(_e("w:szCs", {"w:val": item.half_points}))
        return made

    def table(self, grid: Grid) -> etree._Element:
        """w:tbl with fixed columns; header rows repeat, rows are not split."""
        properties = _e(
            "w:tblPr",
            None,
            _e("w:tblW", {"w:w": sum(grid.widths), "w:type": "dxa"}),
            _e("w:jc", {"w:val": "left" if grid.left else "center"}),
        )
        if grid.left:
            properties.append(_e("w:tblInd", {"w:w": grid.left, "w:type": "dxa"}))
        if grid.ruled:
            edges = ("top", "left", "bottom", "right", "insideH", "insideV")
            ink = {"w:val": "single", "w:sz": 4, "w:space": 0, "w:color": "000000"}
            properties.append(_e("w:tblBorders", None, *(_e(f"w:{edge}", ink) for edge in edges)))
        properties.append(_e("w:tblLayout", {"w:type": "fixed"}))
        sides = (("top", 30), ("left", 45), ("bottom", 30), ("right", 45))
        margins = (_e(f"w:{side}", {"w:w": width * grid.ruled, "w:type": "dxa"}) for side, width in sides)
        properties.append(_e("w:tblCellMar", None, *margins))
        columns = _e("w:tblGrid", None, *(_e("w:gridCol", {"w:w": width}) for width in grid.widths))
        made = _e("w:tbl", None, properties, columns)
        made.extend(self._row(grid, number, row) for number, row in enumerate(grid.rows))
        return made

    def _row(self, grid: Grid, number: int, row: Sequence[Cell]) -> etree._Element:
        properties = _e("w:trPr", None, _e("w:cantSplit"))
        if number < grid.header_rows:
            properties.append(_e("w:tblHeader"))
        made = _e("w:tr", None, properties)
        column = 0
        for cell in row:
            width = sum(grid.widths[column : column + cell.columns])
            setup = _e("w:tcPr", None, _e("w:tcW", {"w:w": width, "w:type": "dxa"}))
            if cell.columns > 1:
                setup.append(_e("w:gridSpan", {"w:val": cell.columns}))
            if cell.rows != 1:
                setup.append(_e("w:vMerge", {"w:val": "restart"} if cell.rows else {"w:val": "continue"}))
            setup.append(_e("w:vAlign", {"w:val": cell.vertical}))
            paragraphs = [self.paragraph(item) for item in cell.paragraphs] or [
                self.paragraph(Paragraph("GwTableCell"))
            ]
            made.append(_e("w:tc", None, setup, *paragraphs))
            column += cell.columns
        return made

    def section(self, item: SectionEnd) -> etree._Element:
        """w:sectPr from the template's, turned for landscape, with the footers that belong to it."""
        made = deepcopy(self.frame.section)
        for old in made.findall(_q("w:type")):
            made.remove(old)
        if self.sections:
            for old in (*made.findall(_q("w:titlePg")), *_references(made, "first")):
                made.remove(old)
            made.insert(
                len(made.findall(_q("w:footerReference"))) + len(made.findall(_q("w:headerReference"))),
                _e("w:type", {"w:val": item.start}),
            )
        self.sections += 1
        if item.landscape:
            _turn(made)
        suffix = "None" if not item.numbered else "Landscape" if item.landscape else ""
        for side in ("default", "even") if suffix else ():
            for reference in _references(made, side):
                odd = "Odd" if side == "default" else "Even"
                reference.set(_q("r:id"), "rIdFooterNone" if suffix == "None" else f"rIdFooter{suffix}{odd}")
        return made

    def shape(self, shape: Shape) -> etree._Element:
        """A run with a drawing anchored to the page."""
        self.drawings += 1
        size = {"cx": round(shape.width * _EMU_PER_MM), "cy": round(shape.height * _EMU_PER_MM)}
        body = _e(
            "wps:bodyPr",
            {"wrap": "square", "lIns": 0, "tIns": 0, "rIns": 0, "bIns": 0, "anchor": shape.anchor},
            _e("a:noAutofit"),
        )
        ink = _e("a:solidFill", None, _e("a:srgbClr", {"val": shape.fill})) if shape.fill else _e("a:noFill")
        look = _e(
            "wps:spPr",
            None,
            _e("a:xfrm", None, _e("a:off", {"x": 0, "y": 0}), _e("a:ext", size)),
            _e("a:prstGeom", {"prst": "rect"}, _e("a:avLst")),
            ink,
            _e("a:ln", None, _e("a:noFill")),
        )
        box = _e("wps:wsp", None, _e("wps:cNvSpPr", {"txBox": 1} if shape.paragraphs else None), look)
        if shape.paragraphs:
            box.append(_e("wps:txbx", None, _e("w:txbxContent", None, *(self.paragraph(p) for p in shape.paragraphs))))
        box.append(body)
        number = self.drawings
        place = {"H": shape.left, "V": shape.top}
        anchor = _e(
            "wp:anchor",
            {
                "distT": 0,
                "distB": 0,
                "distL": 0,
                "distR": 0,
                "simplePos": 0,
                "relativeHeight": 10 + number,
                "behindDoc": 0,
                "locked": 0,
                "layoutInCell": 1,
                "allowOverlap": 1,
            },
            _e("wp:simplePos", {"x": 0, "y": 0}),
        )
        for axis, millimetres in place.items():
            offset = _e("wp:posOffset")
            offset.text = str(round(millimetres * _EMU_PER_MM))
            anchor.append(_e(f"wp:position{axis}", {"relativeFrom": "page"}, offset))
        anchor.extend(
            (
                _e("wp:extent", size),
                _e("wp:effectExtent", {"l": 0, "t": 0, "r": 0, "b": 0}),
                _e("wp:wrapNone"),
                _e("wp:docPr", {"id": number, "name": f"版式 {number}"}),
                _e("wp:cNvGraphicFramePr"),
                _e("a:graphic", None, _e("a:graphicData", {"uri": _WPS}, box)),
            )
        )
        choice = _e("mc:Choice", {"Requires": "wps"}, _e("w:drawing", None, anchor))
        return _e("w:r", None, _e("mc:AlternateContent", None, choice))


def _borders(item: Paragraph) -> list[etree._Element]:
    """The red rule below 发文字号, at so many points (7.2.7)."""
    made: list[etree._Element] = []
    if item.rule is not None:
        made.append(_e("w:bottom", {"w:val": "single", "w:sz": 12, "w:space": item.rule, "w:color": "FF0000"}))
    return made


def _references(section: etree._Element, kind: str) -> list[etree._Element]:
    return [node for node in section.findall(_q("w:footerReference")) if node.get(_q("w:type")) == kind]


def _turn(section: etree._Element) -> None:
    """Landscape: the table's head is at the portrait's left edge, so the margins turn with the page (GB/T 9704 7.6)."""
    size, margins = section.find(_q("w:pgSz")), section.find(_q("w:pgMar"))
    if size is None or margins is None:
        return
    width, height = size.get(_q("w:w")), size.get(_q("w:h"))
    for key, value in (("w:w", height), ("w:h", width), ("w:orient", "landscape")):
        size.set(_q(key), str(value))
    old = {side: str(margins.get(_q(f"w:{side}"))) for side in ("top", "right", "bottom", "left")}
    for side, source, half_gap in (
        ("top", "left", 0),
        ("right", "top", 193),
        ("bottom", "right", 0),
        ("left", "bottom", 137),
    ):
        margins.set(_q(f"w:{side}"), str(int(old[source]) + half_gap))  # a table has no line gap above: 37 and 35 mm
