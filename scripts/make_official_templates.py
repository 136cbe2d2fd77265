"""Make templates/gongwen.docx and templates/gongwen_letter.docx, the frames that 公文 are laid out in.

The frames hold page setup, styles, footers and four markers ({{版头}} {{主体}} {{附件}} {{版记}}); an office may change
them in Word and keep its own under the same name in workspace/templates. Numbers are calibrated in LibreOffice 7.4
(top margin 33.6 mm, exact line 29.6 pt, character spacing -0.25 pt give 22 lines of 28 characters on 156 x 225 mm).

    python scripts/make_official_templates.py
"""

from __future__ import annotations

from pathlib import Path

from ssj_docs.documents.templates.package_writer import pack, write_package

FANG, KAI, HEI, SONG, XBS = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"
RED = "FF0000"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
LINE = 592  # 29.6 pt in twentieths
SPACING = -5  # -0.25 pt: 28 characters of 3号 take 155.6 mm, and are spread to 156 mm
PAGE = (
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1905" w:right="1474" w:bottom="1847" w:left="1587" '
    'w:header="851" w:footer="{footer}" w:gutter="0"/>'
)
FOOTER_FROM_BOTTOM = 1423
LANDSCAPE_NUMBER_LEFT = 24.72  # mm; the footer line of upright pages, turned
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"


def fonts(name: str) -> str:
    """The run property that names one font for every script, so that quotes and digits are set in it as well."""
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}" w:cs="{name}" w:hint="eastAsia"/>'


def style(
    key: str, name: str, font: str, half_points: int, paragraph: str = "", run: str = "", line: int = LINE
) -> str:
    """One paragraph style; ``paragraph`` stands between line pitch and the end of pPr."""
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{paragraph.format(line=line)}</w:pPr>'
        f'<w:rPr>{fonts(font)}{run}<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/></w:rPr></w:style>'
    )


PITCH = '<w:spacing w:before="0" w:after="0" w:line="{line}" w:lineRule="exact"/>'
GRID = f'<w:spacing w:val="{SPACING}"/>'


def styles() -> str:
    """styles.xml: every style the layout names; the layout reads fonts and sizes from here.

    overflowPunct is 1 because LibreOffice 7.4 reads it the wrong way round: with 0 it hangs commas in the margin.
    """
    two = '<w:ind w:firstLine="630"/><w:jc w:val="both"/>'
    made = [
        style("GwCornerMark", "公文份号密级", FANG, 32, PITCH + '<w:jc w:val="left"/>', GRID),
        style("GwSecrecy", "公文密级紧急程度", HEI, 32, PITCH + '<w:jc w:val="left"/>', GRID),
        style(
            "GwMark", "公文发文机关标志", XBS, 84, PITCH + '<w:jc w:val="center"/>', f'<w:color w:val="{RED}"/>', 1092
        ),
        style("GwNumber", "公文发文字号", FANG, 32, PITCH + '<w:jc w:val="center"/>', GRID),
        style("GwSigner", "公文签发人姓名", KAI, 32, PITCH, GRID),
        style(
            "GwTitle", "公文标题", XBS, 44, "<w:keepLines/>" + PITCH + '<w:jc w:val="center"/><w:outlineLvl w:val="0"/>'
        ),
        style("GwAddressee", "公文主送机关", FANG, 32, PITCH + '<w:jc w:val="both"/>', GRID),
        style("GwBody", "公文正文", FANG, 32, PITCH + two, GRID),
        style("GwHeading1", "公文一级标题", HEI, 32, "<w:keepNext/>" + PITCH + two + '<w:outlineLvl w:val="1"/>', GRID),
        style("GwHeading2", "公文二级标题", KAI, 32, "<w:keepNext/>" + PITCH + two + '<w:outlineLvl w:val="2"/>', GRID),
        style(
            "GwHeading3", "公文三级标题", FANG, 32, "<w:keepNext/>" + PITCH + two + '<w:outlineLvl w:val="3"/>', GRID
        ),
        style("GwHeading4", "公文四级标题", FANG, 32, "<w:keepNext/>" + PITCH + two, GRID),
        style(
            "GwChapter",
            "公文章题",
            HEI,
            32,
            "<w:keepNext/>" + PITCH + '<w:jc w:val="center"/><w:outlineLvl w:val="1"/>',
            GRID,
        ),
        style("GwArticle", "公文条序", HEI, 32, PITCH + two, GRID),
        style("GwTableTitle", "公文表题", HEI, 32, "<w:keepNext/>" + PITCH + '<w:jc w:val="center"/>', GRID),
        style("GwAttachmentNote", "公文附件说明", FANG, 32, PITCH + '<w:jc w:val="both"/>', GRID),
        style("GwSignature", "公文署名", FANG, 32, PITCH + '<w:jc w:val="center"/>', GRID),
        style("GwDate", "公文成文日期", FANG, 32, PITCH + '<w:jc w:val="right"/>', GRID),
        style("GwNote", "公文附注", FANG, 32, PITCH + two, GRID),
        style("GwAttachmentLabel", "公文附件序号", HEI, 32, "<w:keepNext/>" + PITCH + '<w:jc w:val="left"/>', GRID),
        style(
            "GwAttachmentTitle",
            "公文附件标题",
            XBS,
            44,
            "<w:keepNext/><w:keepLines/>" + PITCH + '<w:jc w:val="center"/><w:outlineLvl w:val="0"/>',
        ),
        style("GwImprint", "公文版记", FANG, 28, PITCH + '<w:jc w:val="both"/>', "", 560),
        style("GwPageNumber", "公文页码", SONG, 28, PITCH, "", 400),
        style("GwTableHead", "公文表头", HEI, 21, PITCH + '<w:jc w:val="center"/>', "", 280),
        style("GwTableCell", "公文表格", FANG, 21, PITCH + '<w:jc w:val="left"/>', "", 280),
        style("GwAnchor", "公文定位", FANG, 2, PITCH, "", 20),
    ]
    default = (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{fonts(FANG)}<w:kern w:val="0"/><w:sz w:val="32"/>'
        '<w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr>'
        '<w:widowControl w:val="0"/><w:overflowPunct w:val="1"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        '<w:adjustRightInd w:val="0"/><w:snapToGrid w:val="0"/><w:jc w:val="both"/></w:pPr></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority '
        'w:val="99"/><w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:top w:w="0" w:type="dxa"/><w:left w:w="0" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
        '<w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    )
    return f"{HEAD}<w:styles {W}>{default}{''.join(made)}</w:styles>"


def footer(side: str) -> str:
    """— 1 — in half-width 宋体, 4号, one character in from the outer edge (GB/T 9704-2012 7.5)."""
    run = f'<w:rPr>{fonts(SONG)}<w:sz w:val="28"/><w:szCs w:val="28"/></w:rPr>'
    ind = {"right": '<w:ind w:right="280"/><w:jc w:val="right"/>', "left": '<w:ind w:left="280"/><w:jc w:val="left"/>'}
    return (
        f'{HEAD}<w:ftr {W} {R}><w:p><w:pPr><w:pStyle w:val="GwPageNumber"/>{ind[side]}</w:pPr>'
        f'<w:r>{run}<w:t xml:space="preserve">— </w:t></w:r>'
        f'<w:r>{run}<w:fldChar w:fldCharType="begin"/></w:r><w:r>{run}<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
        f'<w:r>{run}<w:fldChar w:fldCharType="separate"/></w:r><w:r>{run}<w:t>1</w:t></w:r>'
        f'<w:r>{run}<w:fldChar w:fldCharType="end"/></w:r><w:r>{run}<w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>'
    )


def landscape_footer(side: str) -> str:
    """The number where it is on upright pages (7.6): on the turned sheet that is the left edge, reading downwards.

    ``side``: ``right`` for odd pages (its end one character above the lower edge of the text), ``left`` for even.
    """
    inner = footer(side)
    paragraph = inner[inner.index("<w:p>") : inner.index("</w:ftr>")]
    emu = 36000
    width, height = round(7.06 * emu), 156 * emu
    left, top = round(LANDSCAPE_NUMBER_LEFT * emu), 28 * emu
    return (
        f'{HEAD}<w:ftr {W} {R} {MC} xmlns:wp="{_DRAWING}/wordprocessingDrawing" xmlns:a="{_DRAWING}/main" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><w:p><w:pPr>'
        '<w:pStyle w:val="GwAnchor"/></w:pPr><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>'
        '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="5" behindDoc="0" locked="0" '
        'layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="page"><wp:posOffset>{left}</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{top}</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
        '<wp:docPr id="900" name="横排页码"/><wp:cNvGraphicFramePr/><a:graphic><a:graphicData '
        'uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/>'
        f'<wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm><a:prstGeom prst="rect">'
        "<a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>"
        f"<wps:txbx><w:txbxContent>{paragraph}</w:txbxContent></wps:txbx>"
        '<wps:bodyPr vert="vert" wrap="square" lIns="0" tIns="0" rIns="0" bIns="0" anchor="t"><a:noAutofit/></wps:bodyPr>'
        "</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent></w:r></w:p></w:ftr>"
    )


def empty_footer() -> str:
    """For pages without a number: the first page of a letter, an imprint page that stands alone."""
    return f'{HEAD}<w:ftr {W} {R}><w:p><w:pPr><w:pStyle w:val="GwPageNumber"/></w:pPr></w:p></w:ftr>'


def document(letter: bool) -> str:
    """The body: four markers and the section properties that every section starts from."""
    markers = "".join(f"<w:p><w:r><w:t>{{{{{name}}}}}</w:t></w:r></w:p>" for name in ("版头", "主体", "附件", "版记"))
    first = '<w:footerReference w:type="first" r:id="rIdFooterNone"/>' if letter else ""
    return (
        f"{HEAD}<w:document {W} {R}><w:body>{markers}<w:sectPr>"
        f'<w:footerReference w:type="default" r:id="rIdFooterOdd"/>'
        f'<w:footerReference w:type="even" r:id="rIdFooterEven"/>{first}'
        f"{PAGE.format(footer=FOOTER_FROM_BOTTOM)}{'<w:titlePg/>' if letter else ''}</w:sectPr></w:body></w:document>"
    )


SETTINGS = (
    f'{HEAD}<w:settings {W}><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" '
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat><w:themeFontLang w:val="en-US" '
    'w:eastAsia="zh-CN"/></w:settings>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORDML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_FOOTERS = {
    "rIdFooterOdd": "footer1.xml",
    "rIdFooterEven": "footer2.xml",
    "rIdFooterNone": "footer3.xml",
    "rIdFooterLandscapeOdd": "footer4.xml",
    "rIdFooterLandscapeEven": "footer5.xml",
}


def template(letter: bool) -> bytes:
    """The whole docx."""
    relations = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/footer" Target="{part}"/>' for key, part in _FOOTERS.items()
    )
    types = "".join(
        f'<Override PartName="/word/{part}" ContentType="{_WORDML}.{kind}+xml"/>'
        for part, kind in [
            ("document.xml", "document.main"),
            ("styles.xml", "styles"),
            ("settings.xml", "settings"),
            *((part, "footer") for part in _FOOTERS.values()),
        ]
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": document(letter),
        "word/_rels/document.xml.rels": f'{HEAD}<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rIdStyles" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rIdSettings" Type="{_OFFICE}/settings" Target="settings.xml"/>{relations}</Relationships>',
        "word/styles.xml": styles(),
        "word/settings.xml": SETTINGS,
        "word/footer1.xml": footer("right"),
        "word/footer2.xml": footer("left"),
        "word/footer3.xml": empty_footer(),
        "word/footer4.xml": landscape_footer("right"),
        "word/footer5.xml": landscape_footer("left"),
    }
    return write_package(pack(name, text.encode("utf-8")) for name, text in parts.items())


def main() -> None:
    """Write both templates beside the other ones."""
    folder = Path(__file__).resolve().parents[1] / "templates"
    (folder / "gongwen.docx").write_bytes(template(letter=False))
    (folder / "gongwen_letter.docx").write_bytes(template(letter=True))


if __name__ == "__main__":
    main()
