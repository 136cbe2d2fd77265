"""Writes pages with Chinese text directly as PDF, without LibreOffice; the same text gives the same bytes.

Only the glyphs used are embedded (fontTools subset), with a ToUnicode map so that the text can be searched and copied.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont
from pikepdf import Array, Dictionary, Name

from ssj_docs.ground.errors import MissingProgramError

MM = 72 / 25.4
A4 = (210.0, 297.0)
#: (file, family name inside a collection); the first that exists is used
_FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC"),
    ("/usr/share/fonts/noto-cjk/NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC"),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "Noto Sans CJK SC"),
    ("/usr/local/share/fonts/fandol/FandolSong-Regular.otf", ""),
    ("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/FandolSong-Regular.otf", ""),
    ("C:/Windows/Fonts/simsun.ttc", "SimSun"),
    ("/System/Library/Fonts/Supplemental/Songti.ttc", "Songti SC"),
)
#: characters that no line may begin with (避头尾)
_NEVER_FIRST = "，。、；：？！）〕】》”’…—,.;:?!)]%"


@dataclass
class Face:
    """A font file; collects the characters drawn with it."""

    path: Path
    family: str = ""
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.font = _open_font(self.path, self.family)
        self._cmap: dict[int, str] = self.font.getBestCmap()
        self._metrics = self.font["hmtx"].metrics
        self._scale = 1000 / self.font["head"].unitsPerEm
        top = self.font["CFF "].cff.topDictIndex[0] if "CFF " in self.font else None
        self.keyed = top is not None and hasattr(top, "ROS")

    def glyph(self, character: str) -> str:
        """The name of a character's glyph, or of the missing-glyph sign."""
        return self._cmap.get(ord(character), ".notdef")

    def cid(self, character: str) -> int:
        """The code of a character in the PDF font."""
        name = self.glyph(character)
        if self.keyed and name.startswith("cid"):
            return int(name[3:])
        return int(self.font.getGlyphID(name))

    def width(self, text: str) -> float:
        """The width of a text in thousandths of the type size."""
        return sum(self.char_width(c) for c in text)

    def char_width(self, character: str) -> float:
        """The width of a character in thousandths of the type size."""
        return float(self._metrics[self.glyph(character)][0] * self._scale)


@cache
def _open_font(path: Path, family: str) -> TTFont:
    # read into memory: otherwise the file would stay open as long as the program runs
    data = io.BytesIO(path.read_bytes())
    return TTFont(data, fontNumber=_font_number(path, family), lazy=True, recalcTimestamp=False)


@cache
def _font_number(path: Path, family: str) -> int:
    """The index of the font with this family name in a collection; 0 if none has it, -1 for a single font."""
    if path.suffix.lower() != ".ttc":
        return -1
    with TTCollection(str(path), lazy=True) as collection:
        names = [font["name"].getDebugName(1) for font in collection.fonts]
    return names.index(family) if family in names else 0


def find_face() -> Face:
    """Open a font with Chinese characters.

    Raises: MissingProgramError if this machine has none.
    """
    given = os.environ.get("SSJ_FONT", "")
    for name, family in ((given, ""), *_FONTS):
        if name and Path(name).is_file():
            return Face(Path(name), family)
    raise MissingProgramError(
        "没有找到中文字体，不能制作封面和目录", "请安装 fonts-noto-cjk，或用环境变量 SSJ_FONT 指明字体文件"
    )


class PageCanvas:
    """A page being drawn, in millimetres from the top left; type sizes are in points."""

    def __init__(self, face: Face, width: float = A4[0], height: float = A4[1]) -> None:
        self.face, self.width, self.height = face, width, height
        self._operations: list[str] = []

    def text(self, x: float, y: float, size: float, text: str, align: str = "left") -> None:
        """Write one line with its baseline at ``y``; ``align`` is left, centre or right of ``x``."""
        width = self.face.width(text) * size / 1000 / MM
        left = x - {"left": 0.0, "centre": width / 2, "right": width}[align]
        self.face.used |= set(text)
        codes = "".join(f"{self.face.cid(c):04X}" for c in text)
        self._operations.append(f"BT /F {size:g} Tf {left * MM:.2f} {self._up(y):.2f} Td <{codes}> Tj ET")

    def lines(self, x: float, y: float, size: float, text: str, width: float) -> float:
        """Write text wrapped to ``width``; returns the baseline after the last line."""
        pitch = size * 1.5 / MM
        for line in broken(self.face, text, size, width):
            self.text(x, y, size, line)
            y += pitch
        return y

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.2) -> None:
        """Draw a line."""
        self._operations.append(
            f"{width * MM:.2f} w {x0 * MM:.2f} {self._up(y0):.2f} m {x1 * MM:.2f} {self._up(y1):.2f} l S"
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str = "0 0 0") -> None:
        """Draw a frame."""
        self._operations.append(
            f"q {colour} RG {0.25 * MM:.2f} w {x * MM:.2f} {self._up(y + height):.2f} "
            f"{width * MM:.2f} {height * MM:.2f} re S Q"
        )

    def _up(self, y: float) -> float:
        return (self.height - y) * MM

    def content(self) -> bytes:
        """The drawing operators of the page."""
        return "\n".join(self._operations).encode("ascii")


def broken(face: Face, text: str, size: float, width: float) -> list[str]:
    """Wrap text to ``width`` millimetres; no line begins with closing punctuation."""
    lines, line = [], ""
    for character in text:
        if character == "\n":
            lines.append(line)
            line = ""
        elif line and face.width(line + character) * size / 1000 / MM > width:
            keep = len(line) - 1 if character in _NEVER_FIRST and len(line) > 1 else len(line)
            lines.append(line[:keep])
            line = line[keep:] + character
        else:
            line += character
    return [*lines, line]


def page_of(pdf: pikepdf.Pdf, sheet: PageCanvas, font: pikepdf.Object) -> pikepdf.Page:
    """Add a page with the drawing to a PDF."""
    return pikepdf.Page(
        pdf.make_indirect(
            Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, round(sheet.width * MM, 2), round(sheet.height * MM, 2)]),
                Resources=Dictionary(Font=Dictionary(F=font)),
                Contents=pdf.make_stream(sheet.content()),
            )
        )
    )


def embed(pdf: pikepdf.Pdf, face: Face) -> pikepdf.Object:
    """Embed the font with the characters used so far; to be called when everything is drawn."""
    characters = sorted(face.used)
    kind, stream = _subset(pdf, face, characters)
    name = Name("/SSJAAA+" + face.font["name"].getDebugName(6))
    head, upem = face.font["head"], face.font["head"].unitsPerEm
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        ItalicAngle=0,
        StemV=80,
        FontBBox=Array([round(v * 1000 / upem) for v in (head.xMin, head.yMin, head.xMax, head.yMax)]),
        Ascent=round(face.font["hhea"].ascent * 1000 / upem),
        Descent=round(face.font["hhea"].descent * 1000 / upem),
        CapHeight=700,
    )
    descriptor["/FontFile2" if kind == "CIDFontType2" else "/FontFile3"] = stream
    widths: Any = Array()
    for character in characters:
        widths.extend([face.cid(character), Array([round(face.char_width(character))])])
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name("/" + kind),
        BaseFont=name,
        DW=1000,
        W=widths,
        CIDSystemInfo=Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    if kind == "CIDFontType2":
        descendant.CIDToGIDMap = Name.Identity
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(_to_unicode(face, characters)),
        )
    )


def _subset(pdf: pikepdf.Pdf, face: Face, characters: list[str]) -> tuple[str, Any]:
    # a CID-keyed font addresses glyphs by name, so the 65,000 unused ones need no place
    options = subset.Options(
        retain_gids=not face.keyed, notdef_outline=True, layout_features=[], name_IDs=[], hinting=False
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG"]
    number = _font_number(face.path, face.family)
    out = io.BytesIO()
    with TTFont(str(face.path), fontNumber=number, lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(glyphs=[face.glyph(c) for c in characters])
        subsetter.subset(font)
        font.save(out)
        outlines = "CFF " in font
    if outlines:
        out.seek(0)
        stream = pdf.make_stream(TTFont(out).reader["CFF "])
        stream.Subtype = Name.CIDFontType0C
        return "CIDFontType0", stream
    stream = pdf.make_stream(out.getvalue())
    stream.Length1 = len(out.getvalue())
    return "CIDFontType2", stream


def _to_unicode(face: Face, characters: list[str]) -> bytes:
    pairs = [f"<{face.cid(c):04X}> <{c.encode('utf-16-be').hex().upper()}>" for c in characters]
    blocks = [
        f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar"
        for part in (pairs[start : start + 100] for start in range(0, len(pairs), 100))
    ]
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /SSJ def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + "\n".join(blocks)
        + "\nendcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode("ascii")
