"""Removes everything from a template that refers outside the document, and refuses executable content, before it is rendered.

LibreOffice fetches linked pictures; a template could use that to report when and where a form is made, or to include other
files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from ssj_docs.ground.errors import DataError

_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_REFUSED_PARTS = re.compile(r"vbaProject|vbaData|/activeX/|/embeddings/|customUI", re.IGNORECASE)
_REFUSED_FIELDS = re.compile(r"\b(INCLUDEPICTURE|INCLUDETEXT|INCLUDE|DDE|DDEAUTO|LINK|IMPORT|DATABASE|RD)\b")
#: elements that are useless without the target they refer to
_POINTERS = (f"{_W}attachedTemplate", f"{_W}subDoc", f"{_W}altChunk", f"{_W}saveThroughXslt", f"{_W}headerSource")


def make_harmless(parts: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """Return the parts of a docx without external relations.

    Args:
        parts: content by part name.
        name: the template's name in messages.

    Raises:
        DataError: macros, embedded objects, document type declarations, or fields that read other files.
    """
    safe = dict(parts)
    for part, content in parts.items():
        if _REFUSED_PARTS.search(part):
            raise DataError(f"模板“{name}”带有宏或嵌入对象（{part}）。", "请删去宏和嵌入对象，另存为 .docx 后再用。")
        if part.endswith((".xml", ".rels")):
            root = _parse(content, part, name)
            if root.getroottree().docinfo.doctype:  # asked of the parser, which knows every encoding
                raise DataError(f"模板“{name}”的 {part} 含有文档类型声明。", "请用 Word 或 WPS 另存为 .docx 后再用。")
            _refuse_fields(root, name)
    for part in [part for part in safe if part.endswith(".rels")]:
        _cut_relations(safe, part, name)
    return safe


def _parse(content: bytes, part: str, name: str) -> etree._Element:
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as fault:
        raise DataError(f"模板“{name}”的 {part} 已损坏。", "请用 Word 或 WPS 打开并另存为 .docx 后再用。") from fault


def _refuse_fields(root: etree._Element, name: str) -> None:
    """A field's code may be split over runs: join the text between its begin and its end (also nested ones)."""
    codes = [field.get(f"{_W}instr", "") for field in root.iter(f"{_W}fldSimple")]
    for paragraph in root.iter(f"{_W}p"):
        codes.append("".join(text.text or "" for text in paragraph.iter(f"{_W}instrText")))
    for code in codes:
        found = _REFUSED_FIELDS.search(code.upper())
        if found:
            raise DataError(f"模板“{name}”含有读取外部文件的域 {found[1]}。", "请在 Word 里把该域转为文字或删除。")


def _cut_relations(parts: dict[str, bytes], relations: str, name: str) -> None:
    """Remove external relations of one part, and what in the part refers to them."""
    root = _parse(parts[relations], relations, name)
    outside = [relation for relation in root if relation.get("TargetMode", "").lower() == "external"]
    if not outside:
        return
    identifiers = {relation.get("Id", "") for relation in outside}
    for relation in outside:
        root.remove(relation)
    parts[relations] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    folder, _, file = relations.rpartition("/_rels/")
    owner = f"{folder}/{file.removesuffix('.rels')}".lstrip("/")
    if owner in parts:
        parts[owner] = _without_pointers(_parse(parts[owner], owner, name), identifiers)


def _without_pointers(root: etree._Element, identifiers: set[str]) -> bytes:
    for element in list(root.iter()):
        for key, value in list(element.attrib.items()):
            if str(key).startswith(_R) and value in identifiers:
                del element.attrib[key]
                parent = element.getparent()
                if element.tag in _POINTERS and parent is not None:
                    parent.remove(element)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
