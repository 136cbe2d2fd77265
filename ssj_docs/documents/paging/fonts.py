"""The fonts of this machine: finds characters that none of them has before a paper is issued."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssj_docs.ground.child_process import clean_environment, find_on_path
from ssj_docs.ground.errors import MissingProgramError
from ssj_docs.ground.problems import Problem
from ssj_docs.model.document import OfficialDocument, Table

_REMEDY = "在 Debian/Ubuntu 上运行 scripts/install-fonts，或安装单位已有授权的公文字体。"


@dataclass(frozen=True)
class _Font:
    """A font of this machine: its family and code points."""

    family: str
    characters: frozenset[int]


@functools.lru_cache(maxsize=64)
def _candidates(name: str) -> tuple[_Font, ...]:
    """Chinese fonts for a name; the first is fontconfig's choice, which LibreOffice uses too."""
    program = find_on_path("fc-match")
    if program is None:
        raise MissingProgramError("没有找到 fontconfig（fc-match），无法得知有哪些字体。", _REMEDY)
    command = [str(program), "-s", "-f", "%{family}\t%{charset}\n", f"{name}:lang=zh-cn"]
    answer = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env=clean_environment()
    ).stdout
    rows = (row.partition("\t") for row in answer.splitlines()[:8])
    found = (_Font(family.split(",")[0].strip(), _characters(held)) for family, _, held in rows)
    chinese = [font for font in found if ord("国") in font.characters]
    if not chinese:
        raise MissingProgramError(f"没有可以代替“{name}”的中文字体。", _REMEDY)
    return tuple(chinese)


@functools.lru_cache(maxsize=64)
def _characters(ranges: str) -> frozenset[int]:
    """Convert fontconfig's ``20-7e a0`` (hexadecimal) to code points, which is faster than reading font files."""
    held: set[int] = set()
    for part in ranges.split():
        first, _, last = part.partition("-")
        held.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(held)


def missing_glyphs(text: str, font: str = "仿宋_GB2312", *, source: str = "", field: str = "") -> list[Problem]:
    """Find characters of a text that the font does not have.

    A character in another installed Chinese font is printed in that font: a warning. One in no font would be printed as an
    empty box: an error. One Problem for each character.

    Args:
        text: any text.
        font: official name.
        source, field: where it comes from, for the message.

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
    """Check all elements of a document, each with its font; see `missing_glyphs`."""
    problems: list[Problem] = []
    for field, font, texts in _set_texts(document):
        problems += missing_glyphs("".join(texts), font, source=source, field=field)
    return problems


def _set_texts(document: OfficialDocument) -> Iterator[tuple[str, str, Sequence[str]]]:
    yield "发文机关标志", "方正小标宋简体", document.red_header
    yield "标题", "方正小标宋简体", document.title
    yield "签发人", "楷体_GB2312", document.signers
    texts = [text for block in document.blocks for text in (block.text, *_cells(block.table))]
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
        cells = [text for block in attachment.blocks for text in (block.text, *_cells(block.table))]
        cells += _cells(attachment.table)
        yield f"附件《{attachment.title}》", "仿宋_GB2312", cells


def _cells(table: Table | None) -> list[str]:
    if table is None:
        return []
    return [*(cell for row in (*table.header_rows, table.columns, *table.rows) for cell in row), table.note]
