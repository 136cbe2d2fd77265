"""Checks a PDF against PDF/A-2b (ISO 19005-2:2011).

The structure is checked clause by clause: identification, colours, fonts, actions, annotations, attachments. Glyph widths
and font programs are not checked; docs/performance.md says which full validator this was compared with.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
from lxml import etree

_PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
_NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_ANNOTATIONS = {
    "/Text",
    "/Link",
    "/FreeText",
    "/Line",
    "/Square",
    "/Circle",
    "/Polygon",
    "/PolyLine",
    "/Highlight",
    "/Underline",
    "/Squiggly",
    "/StrikeOut",
    "/Stamp",
    "/Caret",
    "/Ink",
    "/Popup",
    "/FileAttachment",
    "/Widget",
    "/PrinterMark",
    "/TrapNet",
    "/Watermark",
    "/Redact",
}
_BLENDS = {
    "/Normal",
    "/Compatible",
    "/Multiply",
    "/Screen",
    "/Overlay",
    "/Darken",
    "/Lighten",
    "/ColorDodge",
    "/ColorBurn",
    "/HardLight",
    "/SoftLight",
    "/Difference",
    "/Exclusion",
    "/Hue",
    "/Saturation",
    "/Color",
    "/Luminosity",
}
_FILTERS = {
    "/ASCIIHexDecode",
    "/ASCII85Decode",
    "/FlateDecode",
    "/RunLengthDecode",
    "/CCITTFaxDecode",
    "/JBIG2Decode",
    "/DCTDecode",
    "/JPXDecode",
}
_PRINT, _UNSEEN = 4, 1 | 2 | 32  # annotation flags; unseen: invisible, hidden or no view
_DEVICES = {"DeviceCMYK": {"k", "K"}, "DeviceRGB": {"rg", "RG"}}


@dataclass(frozen=True)
class PdfaFault:
    """A violation. ``clause`` is of ISO 19005-2:2011, ``message`` is Chinese."""

    clause: str
    message: str


def check_pdfa(content: bytes) -> list[PdfaFault]:
    """Check a PDF against PDF/A-2b.

    Args:
        content: the file.

    Returns:
        The violations, each once, in the order of the checks; none if it conforms.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            found = [PdfaFault(*fault) for check in _CHECKS for fault in check(document, content)]
    except (pikepdf.PdfError, pikepdf.PasswordError):
        return [PdfaFault("6.1", "文件读不出来")]
    return list(dict.fromkeys(found))


Found = Iterator[tuple[str, str]]


def _file(document: pikepdf.Pdf, content: bytes) -> Found:
    lines = content[:200].split(b"\n")
    mark = lines[1] if len(lines) > 1 else b""
    if not lines[0].startswith(b"%PDF-1.") or not mark.startswith(b"%") or sum(byte > 127 for byte in mark[:5]) < 4:
        yield "6.1.2", "文件头不合规定"
    if "/ID" not in document.trailer:
        yield "6.1.3", "没有文件标识（ID）"
    if "/Encrypt" in document.trailer:
        yield "6.1.3", "文件加了密"
    if not content.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "6.1.3", "文件结尾之后还有内容"
    if "/Requirements" in document.Root:
        yield "6.11", "文件要求阅读软件具备特定功能"
    for page in document.pages:
        left, low, right, high = (float(value) for value in page.mediabox)
        if not all(3 <= side <= 14400 for side in (abs(right - left), abs(high - low))):
            yield "6.1.13", "页面尺寸超出限度"
        if "/PresSteps" in page:
            yield "6.10", "页面带有演示步骤"


def _identification(document: pikepdf.Pdf, _: bytes) -> Found:
    stream = document.Root.get("/Metadata")
    if not isinstance(stream, pikepdf.Stream):
        yield "6.6.2.1", "没有 XMP 元数据"
        return
    try:
        tree = etree.fromstring(stream.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        yield "6.6.2.1", "XMP 元数据不是完好的 XML"
        return
    part, level = _said(tree, "part"), _said(tree, "conformance")
    if part != "2" or level not in ("A", "B", "U"):
        yield "6.6.4", f"没有标明是 PDF/A-2（part“{part}”，conformance“{level}”）"


def _said(tree: Any, name: str) -> str:
    """A value of the PDF/A identification, written as an element or as an attribute."""
    for node in tree.iter():
        if node.tag == _PDFAID + name:
            return (node.text or "").strip()
        if node.tag == f"{_RDF}Description" and _PDFAID + name in node.attrib:
            return str(node.attrib[_PDFAID + name]).strip()
    return ""


def _colours(document: pikepdf.Pdf, _: bytes) -> Found:
    profiles = [
        intent.get("/DestOutputProfile")
        for intent in _listed(document.Root.get("/OutputIntents"))
        if intent.get("/S") == "/GTS_PDFA1"
    ]
    profile = next((one for one in profiles if isinstance(one, pikepdf.Stream)), None)
    if profile is None:
        yield "6.2.3", "没有输出意图（OutputIntent）和色彩特性文件"
        return
    data = profile.read_bytes()
    space = data[16:20]
    if data[36:40] != b"acsp" or data[12:16] not in (b"mntr", b"prtr") or data[8] > 4:
        yield "6.2.3", "输出意图的色彩特性文件不合规定"
    if {b"RGB ": 3, b"CMYK": 4, b"GRAY": 1}.get(space) != int(profile.get("/N", 0)):
        yield "6.2.3", "色彩特性文件的通道数不符"
    used = _device_spaces(document)
    for device, fitting in (("DeviceRGB", b"RGB "), ("DeviceCMYK", b"CMYK")):
        if device in used and space != fitting:
            yield "6.2.4.3", f"用了 {device}，与输出意图不符"


def _device_spaces(document: pikepdf.Pdf) -> set[str]:
    """Device colour spaces of the pages' operators and of the pictures."""
    spaces = {
        str(thing.ColorSpace).lstrip("/")
        for thing in document.objects
        if isinstance(thing, pikepdf.Stream) and isinstance(thing.get("/ColorSpace"), pikepdf.Name)
    }
    for page in document.pages:
        operators = {str(step.operator) for step in pikepdf.parse_content_stream(page, "k K rg RG")}
        spaces |= {space for space, signs in _DEVICES.items() if operators & signs}
    return spaces


def _listed(value: Any) -> Iterator[Any]:
    if isinstance(value, pikepdf.Array):
        yield from value


def _fonts(document: pikepdf.Pdf, _: bytes) -> Found:
    for font in _typed(document, "/Font"):
        name = str(font.get("/BaseFont", "")).lstrip("/") or "（无名）"
        if font.get("/Subtype") in ("/Type3", "/Type0"):
            inner: Any = None
        else:
            inner = font.get("/FontDescriptor")
            if inner is None or not any(key in inner for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                yield "6.2.11.4.1", f"字体“{name}”没有嵌入"
        if font.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in font:
            yield "6.2.11.3.2", f"字体“{name}”没有字形对照（CIDToGIDMap）"
        if not str(font.get("/Subtype")).startswith("/CIDFont") and "/ToUnicode" not in font:
            yield "6.2.11.7", f"字体“{name}”没有文字对照（ToUnicode），文字无法查找"


def _typed(document: pikepdf.Pdf, kind: str) -> Iterator[Any]:
    """All dictionaries of a /Type in the file."""
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == kind:
            yield thing


def _objects(document: pikepdf.Pdf, __: bytes) -> Found:
    for thing in _dictionaries(document):
        if isinstance(thing, pikepdf.Stream):
            yield from _stream(thing)
        states = thing.get("/ExtGState")
        if isinstance(states, pikepdf.Dictionary):
            for _, state in states.items():
                yield from _graphics_state(state)
        if thing.get("/Type") == "/Filespec" and "/EF" in thing:
            yield "6.8", "附有其他文件"


def _dictionaries(document: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary and stream of the file, including nested ones."""
    rest: list[Any] = list(document.objects)
    while rest:
        thing = rest.pop()
        if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            yield thing
            inner = [value for _, value in thing.items()]
        else:
            inner = list(_listed(thing))
        rest += [one for one in inner if isinstance(one, (pikepdf.Dictionary, pikepdf.Array)) and not one.is_indirect]


def _stream(stream: pikepdf.Stream) -> Found:
    filters = stream.get("/Filter")
    names = {str(one) for one in (_listed(filters) if isinstance(filters, pikepdf.Array) else [filters]) if one}
    if names - _FILTERS:
        yield "6.1.7.2", f"用了不允许的压缩方式 {'、'.join(sorted(names - _FILTERS))}"
    if "/F" in stream or "/FFilter" in stream:
        yield "6.1.7.1", "内容放在文件之外"
    kind = stream.get("/Subtype")
    if kind == "/PS" or stream.get("/Subtype2") == "/PS":
        yield "6.2.9", "含有 PostScript 程序"
    if kind == "/Form" and ("/Ref" in stream or "/OPI" in stream):
        yield "6.2.9", "引用了其他文件的内容"
    if kind == "/Image" and ("/Alternates" in stream or "/OPI" in stream or stream.get("/Interpolate", False)):
        yield "6.2.8", "图片带有替换图或插值"


def _graphics_state(state: Any) -> Found:
    if "/TR" in state or "/HTP" in state or state.get("/TR2", "/Default") != "/Default":
        yield "6.2.5", "绘图设置里有传递函数或半色调原点"
    blend = state.get("/BM")
    modes = {str(one) for one in (_listed(blend) if isinstance(blend, pikepdf.Array) else [blend]) if one}
    if modes - _BLENDS:
        yield "6.2.10", f"混合模式 {'、'.join(sorted(modes - _BLENDS))} 不在标准之内"


def _actions(document: pikepdf.Pdf, _: bytes) -> Found:
    for holder in (document.Root, *(page.obj for page in document.pages)):
        if "/AA" in holder:
            yield "6.5.2", "打开或翻页时会自动执行动作"
    names: Any = document.Root.get("/Names", {})
    if "/JavaScript" in names:
        yield "6.5.1", "含有脚本"
    if "/EmbeddedFiles" in names:
        yield "6.8", "附有其他文件"
    for thing in _dictionaries(document):
        # Other dictionaries have an /S of their own (structure, groups, output intents).
        for action in (thing if thing.get("/Type") == "/Action" else None, thing.get("/A"), thing.get("/OpenAction")):
            if isinstance(action, pikepdf.Dictionary) and "/S" in action:
                kind = str(action.S)
                if kind not in _ACTIONS or (kind == "/Named" and str(action.get("/N")) not in _NAMED):
                    yield "6.5.1", f"含有不允许的动作 {kind.lstrip('/')}"


def _annotations(document: pikepdf.Pdf, _: bytes) -> Found:
    for page in document.pages:
        for note in _listed(page.get("/Annots")):
            kind, flags = str(note.get("/Subtype")), int(note.get("/F", 0))
            if kind not in _ANNOTATIONS:
                yield "6.3.1", f"含有不允许的批注 {kind.lstrip('/')}"
            if kind != "/Popup" and (not flags & _PRINT or flags & _UNSEEN):
                yield "6.3.2", "有批注不随页面打印"
            left, low, right, high = (float(value) for value in note.get("/Rect", (0, 0, 0, 0)))
            empty = left == right and low == high
            if kind not in ("/Popup", "/Link") and "/AP" not in note and not empty:
                yield "6.3.3", "有批注没有固定的样子"
            if kind == "/Widget" and ("/A" in note or "/AA" in note):
                yield "6.4.1", "表单项会执行动作"


def _catalog(document: pikepdf.Pdf, _: bytes) -> Found:
    form = document.Root.get("/AcroForm")
    if form is not None and form.get("/NeedAppearances", False):
        yield "6.4.1", "表单要由阅读软件重新生成样子"
    if form is not None and "/XFA" in form:
        yield "6.4.2", "含有 XFA 表单"
    layers = document.Root.get("/OCProperties")
    if layers is not None:
        settings = [layers.get("/D"), *_listed(layers.get("/Configs"))]
        if any(one is None or "/Name" not in one or "/AS" in one for one in settings):
            yield "6.9", "图层的设置不合规定"
    if "/AlternatePresentations" in document.Root.get("/Names", {}):
        yield "6.10", "带有另一套演示"


_CHECKS: tuple[Callable[[pikepdf.Pdf, bytes], Found], ...] = (
    _file,
    _identification,
    _colours,
    _fonts,
    _objects,
    _actions,
    _annotations,
    _catalog,
)
