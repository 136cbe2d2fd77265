"""Reads the elements of an issued 公文 as printed, from its docx by the styles of its paragraphs.

Every part of a 公文 has a style of its own (`ssj_docs.documents.official.parts`), so its elements of GB/T 33480-2016 need
not be stored separately. An office's own template that drops the styles gives fewer elements, never wrong ones.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Mapping, Sequence

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SIGNERS = "签发人："
_URGENCY = ("特提", "特急", "加急", "平急")


def printed_elements(docx: bytes) -> dict[str, str | list[str]]:
    """Element name of GB/T 33480-2016 → text, or texts if it repeats; elements that are not printed are left out.

    Args:
        docx: the issued file, its digest checked. Other files give nothing.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as package:
            body = ET.fromstring(package.read("word/document.xml"))  # noqa: S314 - issued here, its digest checked
    except (zipfile.BadZipFile, KeyError, ET.ParseError):
        return {}
    parts: dict[str, list[str]] = {}
    for paragraph in body.iter(f"{_WORD}p"):
        style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
        text = _text(paragraph)
        if style is not None and text:
            parts.setdefault(style.get(f"{_WORD}val", ""), []).append(text)
    return {name: value for name, value in (_head(parts) | _main(parts) | _imprint(parts)).items() if value}


def _text(paragraph: ET.Element) -> str:
    pieces = []
    for piece in paragraph.iter():
        if piece.tag == f"{_WORD}t":
            pieces.append(piece.text or "")
        elif piece.tag == f"{_WORD}tab":
            pieces.append("\t")
    return "".join(pieces).strip()


def _first(parts: Mapping[str, Sequence[str]], style: str) -> str:
    return next(iter(parts.get(style, ())), "")


def _head(parts: Mapping[str, Sequence[str]]) -> dict[str, str | list[str]]:
    """版头 (GB/T 9704-2012 7.2)."""
    rows = " ".join(parts.get("GwNumber", ())).replace("\t", " ")
    number, _, signers = rows.partition(_SIGNERS)
    if signers:  # with several rows of names the number stands in the last, beside the last names
        found = re.search(r"\S+〔\d{4}〕\d+号", rows)
        number, signers = (found[0], signers.replace(found[0], " ")) if found else (number, signers)
    corner = parts.get("GwSecrecy", ())
    copy, beside, rest = number.strip().partition(" ")  # a letter has 份号 and 发文字号 on one line
    copy, number = (copy, rest.strip()) if beside and copy.isdigit() else ("", number.strip())
    return {
        "份号": _first(parts, "GwCornerMark") or copy,
        "密级和保密期限": next((text for text in corner if not text.startswith(_URGENCY)), ""),
        "紧急程度": next((text for text in corner if text.startswith(_URGENCY)), ""),
        "发文机关标志": "".join(parts.get("GwMark", ())),
        "发文字号": number,
        "签发人": signers.split(),
    }


def _main(parts: Mapping[str, Sequence[str]]) -> dict[str, str | list[str]]:
    """主体 (7.3). 发布层次 is printed, if at all, in 附注: 此件发至……."""
    notes = [note.strip("（）()") for note in parts.get("GwNote", ())]
    listed = [re.sub(r"^附件：", "", text).strip() for text in parts.get("GwAttachmentNote", ())]
    return {
        "标题": re.sub(r"\s", "", _first(parts, "GwTitle")),
        "主送机关": _first(parts, "GwAddressee").rstrip("：:"),
        "附件说明": listed,
        "发文机关或签发人署名": "".join(parts.get("GwSignature", ())),
        "成文日期": _first(parts, "GwDate"),
        "附注": notes,
        "发布层次": next((found[0] for note in notes if (found := re.search("发至.+", note))), ""),
    }


def _imprint(parts: Mapping[str, Sequence[str]]) -> dict[str, str | list[str]]:
    """版记 (7.4)."""
    rows = list(dict.fromkeys(parts.get("GwImprint", ())))
    copies = next((row for row in rows if row.startswith("抄送")), "")
    printer, _, day = next((row for row in rows if row.endswith("印发")), "").partition("\t")
    return {
        "抄送机关": re.sub("^抄送：|。$", "", copies),
        "印发机关": printer.strip(),
        "印发日期": day.removesuffix("印发").strip(),
    }
