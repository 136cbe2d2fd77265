"""Small pieces of WordprocessingML, from which scripts/make-form-templates builds the shipped form templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

FANGSONG, HEITI, KAITI, SONGTI = "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
TITLE = "方正小标宋简体"
#: 四号 on 25 points, so that most inspection papers fit on one page
BODY, BODY_LINE = 14.0, 25.0

_STYLE_NAMES = {FANGSONG: "Fang", HEITI: "Hei", KAITI: "Kai", SONGTI: "Song", TITLE: "Title"}
#: twentieths of a point
_CELL_MARGINS = (("top", 30), ("left", 57), ("bottom", 30), ("right", 57))

_NS = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def twips(mm: float) -> int:
    return round(mm * 1440 / 25.4)


def run_properties(font: str, size: float) -> str:
    half = round(size * 2)
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}" w:hint="eastAsia"/>'
    return f'<w:rPr>{fonts}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>'


def style_name(font: str, size: float) -> str:
    """Character style of a font and size. One word in place of five attributes a run: a third less to write a form."""
    return f"{_STYLE_NAMES[font]}{round(size * 2)}"


def run(text: str, font: str = FANGSONG, size: float = BODY) -> str:
    inside = escape(text).replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
    return f'<w:r><w:rPr><w:rStyle w:val="{style_name(font, size)}"/></w:rPr><w:t xml:space="preserve">{inside}</w:t></w:r>'


def field(code: str, font: str, size: float) -> str:
    return f'<w:fldSimple w:instr=" {code} ">{run("1", font, size)}</w:fldSimple>'


def paragraph(
    text: str = "",
    font: str = FANGSONG,
    size: float = BODY,
    *,
    line: float = BODY_LINE,
    align: str = "left",
    indent: float = 0,
    left: float = 0,
    right: float = 0,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
    tab: float = 0,
    leader: str = "none",
    content: str = "",
) -> str:
    """One paragraph. ``line`` is the exact line height in points; ``indent`` the first line's, ``left`` and
    ``right`` in characters; ``tab`` a right-aligned stop in millimetres, led up to by ``leader``."""
    unit = size * 20
    sides = {"left": left * unit, "right": right * unit, "firstLine": indent * unit}
    ind = "".join(f' w:{side}="{round(amount)}"' for side, amount in sides.items() if amount)
    around = "".join(
        f' w:{side}="{round(points * 20)}"' for side, points in (("before", before), ("after", after)) if points
    )
    kept = "<w:keepNext/><w:keepLines/>" if keep else ""
    stop = f'<w:tabs><w:tab w:val="right" w:leader="{leader}" w:pos="{twips(tab)}"/></w:tabs>' if tab else ""
    properties = f'{kept}{stop}<w:spacing{around} w:line="{round(line * 20)}" w:lineRule="exact"/>'
    properties += (f"<w:ind{ind}/>" if ind else "") + (f'<w:jc w:val="{align}"/>' if align != "left" else "")
    inside = content or run(text, font, size)
    mark = f'<w:rPr><w:sz w:val="{round(size * 2)}"/></w:rPr>'
    return f"<w:p><w:pPr>{properties}{mark}</w:pPr>{inside}</w:p>"


def tag(text: str) -> str:
    """A paragraph that holds a template tag only; it disappears when the template is filled."""
    return paragraph(text, size=9, line=12, align="left")


@dataclass(frozen=True)
class Cell:
    """A table cell. ``merge``: ``restart`` or ``continue`` of a vertical merge; ``width`` overrides the grid's, in mm."""

    text: str = ""
    font: str = FANGSONG
    span: int = 1
    align: str = "center"
    merge: str = ""
    keep: bool = False
    lines: tuple[str, ...] = ()
    size: float = 0
    valign: str = "center"
    width: float = 0


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, ...]
    height: float = 8
    header: bool = False


def row(*cells: Cell | str, height: float = 8, header: bool = False) -> Row:
    return Row(tuple(Cell(c) if isinstance(c, str) else c for c in cells), height, header)


def tag_row(text: str) -> Row:
    """A row that holds a template tag only."""
    return Row((Cell(text),), 0)


def table(widths: Sequence[float], rows: Sequence[Row], size: float = 10.5, line: float = 15) -> str:
    """A bordered table; ``widths`` in millimetres."""
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(f'<w:{side} w:w="{width}" w:type="dxa"/>' for side, width in _CELL_MARGINS)
    margins = f"<w:tblCellMar>{margins}</w:tblCellMar>"
    grid = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths)
    body = "".join(_row(item, widths, size, line) for item in rows)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(map(twips, widths))}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>{margins}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"
    )


def _row(item: Row, widths: Sequence[float], size: float, line: float) -> str:
    cells, column = [], 0
    for cell in item.cells:
        width = twips(cell.width) if cell.width else sum(map(twips, widths[column : column + cell.span]))
        column += cell.span
        span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
        merge = f'<w:vMerge w:val="{cell.merge}"/>' if cell.merge else ""
        properties = f'<w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}<w:vAlign w:val="{cell.valign}"/>'
        points = cell.size or size
        texts = cell.lines or (cell.text,)
        inside = "".join(
            paragraph(
                t,
                cell.font,
                points,
                line=max(line, points * 1.3),
                align=cell.align,
                keep=cell.keep,
                tab=width / 1440 * 25.4 - 6 if "\t" in t else 0,
            )
            for t in texts
        )
        cells.append(f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>")
    header = "<w:tblHeader/>" if item.header else ""
    height = f'<w:trHeight w:val="{twips(item.height)}" w:hRule="atLeast"/>'
    return f"<w:tr><w:trPr><w:cantSplit/>{height}{header}</w:trPr>{''.join(cells)}</w:tr>"


@dataclass(frozen=True)
class Page:
    """Paper, margins in millimetres (top, right, bottom, left), what stands in the header and the footer."""

    landscape: bool = False
    margins: tuple[float, float, float, float] = (32, 20, 22, 25)
    header: str = ""
    header_align: str = "left"


def package(body: str, page: Page, title: str) -> dict[str, bytes]:
    """The parts of a docx."""
    width, height = (297, 210) if page.landscape else (210, 297)
    top, right, bottom, left = page.margins
    orient = ' w:orient="landscape"' if page.landscape else ""
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:footerReference w:type="default" r:id="rId4"/>'
        f'<w:pgSz w:w="{twips(width)}" w:h="{twips(height)}"{orient}/>'
        f'<w:pgMar w:top="{twips(top)}" w:right="{twips(right)}" w:bottom="{twips(bottom)}" w:left="{twips(left)}" '
        f'w:header="{twips(min(14, top - 8))}" w:footer="{twips(min(12, bottom - 6))}" w:gutter="0"/></w:sectPr>'
    )
    header = paragraph(page.header, SONGTI, 9, line=13, align=page.header_align)
    numbers = (
        run("第 ", SONGTI, 9)
        + field("PAGE", SONGTI, 9)
        + run(" 页 共 ", SONGTI, 9)
        + field("NUMPAGES", SONGTI, 9)
        + run(" 页", SONGTI, 9)
    )
    footer = paragraph(size=9, font=SONGTI, line=13, align="center", content=numbers)
    texts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _PACKAGE_RELATIONS,
        "word/document.xml": f"<w:document {_NS}><w:body>{body}{section}</w:body></w:document>",
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
        "word/styles.xml": _styles(body + header + footer),
        "word/settings.xml": _SETTINGS,
        "word/header1.xml": f"<w:hdr {_NS}>{header}</w:hdr>",
        "word/footer1.xml": f"<w:ftr {_NS}>{footer}</w:ftr>",
        "docProps/core.xml": _CORE % escape(title),
    }
    return {name: (HEAD + text).encode("utf-8") for name, text in texts.items()}


_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/word/settings.xml" ContentType="{_TYPE}.settings+xml"/>'
    f'<Override PartName="/word/header1.xml" ContentType="{_TYPE}.header+xml"/>'
    f'<Override PartName="/word/footer1.xml" ContentType="{_TYPE}.footer+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PACKAGE_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
_DOCUMENT_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/settings" Target="settings.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/header" Target="header1.xml"/>'
    f'<Relationship Id="rId4" Type="{_OFFICE}/footer" Target="footer1.xml"/></Relationships>'
)
_SETTINGS = (
    f'<w:settings {_NS}><w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val="doNotCompress"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    "</w:compat></w:settings>"
)
_CORE = (
    f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<dc:title>%s</dc:title>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">2020-01-01T00:00:00Z</dcterms:created></cp:coreProperties>'
)


def _styles(text: str) -> str:
    """Styles for the fonts and sizes that a text uses."""
    fonts = {name: font for font, name in _STYLE_NAMES.items()}
    made = []
    for name, half in sorted(set(re.findall(r'<w:rStyle w:val="([A-Za-z]+)(\d+)"/>', text))):
        shown = f"{fonts[name]} {int(half) / 2:g} 磅"
        head = f'<w:style w:type="character" w:customStyle="1" w:styleId="{name}{half}"><w:name w:val="{shown}"/>'
        made.append(f"{head}<w:qFormat/>{run_properties(fonts[name], int(half) / 2)}</w:style>")
    return (
        f"<w:styles {_NS}><w:docDefaults><w:rPrDefault>"
        + run_properties(FANGSONG, BODY).replace("</w:rPr>", '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>')
        # Latin letters and digits stand without extra space, as in official documents, and take the width we compute.
        + "</w:rPrDefault><w:pPrDefault><w:pPr>"
        '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:snapToGrid w:val="0"/>'
        "</w:pPr></w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>'
        + "".join(made)
        + "</w:styles>"
    )
