"""Fonts of this machine: which of the official ones are there, what stands in for the others, and which characters
of a text none of them holds (rare characters in names are found before issue, not on paper).
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssj_docs.ground.child_process import clean_environment, find_on_path
from ssj_docs.ground.errors import MissingProgramError
from ssj_docs.ground.problems import Problem
from ssj_docs.model.document import OfficialDocument

#: fonts that GB/T 9704-2012 names, as the templates call them
OFFICIAL_FONTS = ("方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体")
_REMEDY = "在 Debian/Ubuntu 上运行 scripts/install-fonts，或安装单位已有授权的公文字体。"
_ALIKE = {
    "仿宋_GB2312": ("仿宋", "fangsong"),
    "楷体_GB2312": ("楷体", "kaiti"),
    "黑体": ("黑体", "simhei"),
    "宋体": ("宋体", "simsun"),
    "方正小标宋简体": ("小标宋", "xiaobiaosong"),
}


@dataclass(frozen=True)
class FontFound:
    """What prints an official font here.

    Attributes:
        wanted: the official name. family: the family that is used. path: its file. index: face inside a collection.
        official: True if the font itself is installed, False for a stand-in. characters: code points that it holds.
    """

    wanted: str
    family: str
    path: Path
    index: int
    official: bool
    characters: frozenset[int] = frozenset()


@functools.lru_cache(maxsize=64)
def find_font(name: str) -> FontFound:
    """The font that fontconfig gives for a name; LibreOffice takes the same.

    Raises:
        MissingProgramError: fontconfig or every Chinese font is missing.
    """
    return next(iter(_candidates(name)))


@functools.lru_cache(maxsize=64)
def _candidates(name: str) -> tuple[FontFound, ...]:
    program = find_on_path("fc-match")
    if program is None:
        raise MissingProgramError("没有找到 fontconfig（fc-match），无法得知有哪些字体。", _REMEDY)
    form = "%{family}\t%{file}\t%{index}\t%{charset}\n"
    command = [str(program), "-s", "-f", form, f"{name}:lang=zh-cn"]
    answer = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env=clean_environment()
    ).stdout
    found: list[FontFound] = []
    for row in answer.splitlines()[:8]:
        family, path, index, held = [*row.split("\t"), "", "0", ""][:4]
        names = [family.strip() for family in family.split(",")]
        alike = any(part in one.lower() for one in names for part in _ALIKE.get(name, (name.lower(),)))
        found.append(
            FontFound(name, names[0], Path(path), int(index or 0) & 0xFFFF, name in names or alike, _characters(held))
        )
    chinese = [font for font in found if ord("国") in font.characters]
    if not chinese:
        raise MissingProgramError(f"没有可以代替“{name}”的中文字体。", _REMEDY)
    return tuple(chinese)


@functools.lru_cache(maxsize=64)
def _characters(ranges: str) -> frozenset[int]:
    """fontconfig's ``20-7e a0`` (hexadecimal) as code points; reading the font files themselves takes half a second."""
    held: set[int] = set()
    for part in ranges.split():
        first, _, last = part.partition("-")
        held.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(held)


def fonts_in_use(names: Iterable[str] = OFFICIAL_FONTS) -> list[FontFound]:
    """What each official font is printed with on this machine.

    Raises:
        MissingProgramError: no Chinese font for one of them.
    """
    return [find_font(name) for name in names]


def font_problems(names: Iterable[str] = OFFICIAL_FONTS) -> list[Problem]:
    """A warning for each official font that a stand-in prints; an error if there is no stand-in either."""
    problems: list[Problem] = []
    for name in names:
        try:
            font = find_font(name)
        except MissingProgramError as error:
            problems.append(Problem("字体", error.message, error.remedy, field=name, code="font.missing"))
            continue
        if not font.official:
            text = f"没有安装，以“{font.family}”代替"
            problems.append(
                Problem("字体", text, _REMEDY, field=name, value=name, severity="warning", code="font.stand_in")
            )
    return problems


def missing_glyphs(text: str, font: str = "仿宋_GB2312", *, source: str = "", field: str = "") -> list[Problem]:
    """Characters of a text that the font has not.

    A character that another installed Chinese font holds is printed in that font: a warning. One that none holds
    would be an empty box: an error. One Problem a character.

    Args:
        text: any text. font: official name. source / field: where it comes from, for the message.

    Raises:
        MissingProgramError: no Chinese font at all.
    """
    own, *others = _candidates(font)
    have = own.characters
    problems: list[Problem] = []
    for character in dict.fromkeys(text):
        code = ord(character)
        if code in have or code <= 0x20 or character in "\u00a0\u3000\u200b\ufeff":
            continue
        name = f"（U+{code:04X}）"
        helper = next((other for other in others if code in other.characters), None)
        if helper:
            message = f"{name}不在“{own.family}”字体中，将以“{helper.family}”印出"
            remedy = "字形会略有不同；可安装收字更多的字体。"
        else:
            message = f"{name}没有任何已装字体收录，印出来会是空框"
            remedy = "请核对是否错字；确为生僻字的，安装收录该字的字体后再印发。"
        problems.append(
            Problem(
                source,
                message,
                remedy,
                field=field,
                value=character,
                severity="warning" if helper else "error",
                code="glyph.substituted" if helper else "glyph.missing",
            )
        )
    return problems


def document_glyphs(document: OfficialDocument, source: str = "") -> list[Problem]:
    """Rare characters of a whole document, each element against the font it is set in; see `missing_glyphs`."""
    problems: list[Problem] = []
    for field, font, texts in _set_texts(document):
        problems += missing_glyphs("".join(texts), font, source=source, field=field)
    return problems


def _set_texts(document: OfficialDocument) -> Iterator[tuple[str, str, Sequence[str]]]:
    yield "发文机关标志", "方正小标宋简体", document.red_header
    yield "标题", "方正小标宋简体", document.title
    yield "签发人", "楷体_GB2312", document.signers
    texts = [block.text for block in document.blocks]
    yield "正文", "仿宋_GB2312", texts
    rest = (
        document.number,
        document.addressees,
        *document.signature,
        document.seal_for,
        document.date,
        document.note,
        document.contact,
        document.cc,
        document.printer,
        document.print_date,
    )
    yield "其他要素", "仿宋_GB2312", rest
    for attachment in document.attachments:
        yield f"附件《{attachment.title}》标题", "方正小标宋简体", [attachment.title]
        cells: list[str] = [block.text for block in attachment.blocks]
        if attachment.table is not None:
            table = attachment.table
            cells += [cell for row in (*table.header_rows, table.columns, *table.rows) for cell in row]
            cells.append(table.note)
        yield f"附件《{attachment.title}》", "仿宋_GB2312", cells
