"""文件属性: title, author and date of a docx (docProps/core.xml), which archives, mail and file managers show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from xml.sax.saxutils import escape

CORE = "docProps/core.xml"
_TYPES, _RELATIONS = "[Content_Types].xml", "_rels/.rels"
_CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_CORE_RELATION = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
#: date of a paper that shows none, the same every time
_NO_DAY = date(2020, 1, 1)


def core_properties(title: str, author: str, day: str) -> bytes:
    """The part.

    Args:
        day: the paper's date as printed, ``2026年3月5日``; another text gives a fixed day.
    """
    match = _DAY.search(day)
    made = date(*map(int, match.groups())) if match else _NO_DAY
    creator = f"<dc:creator>{escape(author)}</dc:creator>" if author else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title>{creator}"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{made.isoformat()}T00:00:00Z</dcterms:created></cp:coreProperties>'
    ).encode()


def with_properties(parts: Mapping[str, bytes], properties: bytes) -> dict[str, bytes]:
    """The parts of a docx with its properties; a package without any gets the part, its type and its relation."""
    made = {**parts, CORE: properties}
    if CORE not in parts:
        override = f'<Override PartName="/{CORE}" ContentType="{_CORE_TYPE}"/></Types>'
        relation = f'<Relationship Id="rIdCore" Type="{_CORE_RELATION}" Target="{CORE}"/></Relationships>'
        made[_TYPES] = parts[_TYPES].replace(b"</Types>", override.encode())
        made[_RELATIONS] = parts[_RELATIONS].replace(b"</Relationships>", relation.encode())
    return made
