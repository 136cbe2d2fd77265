"""Made OFD files (GB/T 33190): a page a list of (words, x mm, y mm); no fonts, nothing to draw."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
Words = Sequence[tuple[str, float, float]]


def content(words: Words, before: str = "") -> str:
    objects = "".join(
        f'<ofd:TextObject ID="{n + 10}" Boundary="{x} {y} {5 * len(text)} 5" Font="2" Size="5">'
        f'<ofd:TextCode X="0" Y="4">{escape(text)}</ofd:TextCode></ofd:TextObject>'
        for n, (text, x, y) in enumerate(words)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<ofd:Page {NS}><ofd:Area><ofd:PhysicalBox>0 0 210 297'
        f'</ofd:PhysicalBox></ofd:Area><ofd:Template TemplateID="1"/><ofd:Content><ofd:Layer ID="5"><ofd:PageBlock>'
        f"{objects}</ofd:PageBlock></ofd:Layer></ofd:Content></ofd:Page>"
    )


def ofd(pages: Sequence[Words], *, signed: bool = False, replaced: Mapping[str, str | bytes] | None = None) -> bytes:
    """An OFD file; ``replaced`` puts other bytes in place of entries."""
    places = "".join(f'<ofd:Page ID="{n + 100}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    seal = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>" if signed else ""
    entries: dict[str, str | bytes] = {
        "OFD.xml": f'<ofd:OFD {NS} DocType="OFD"><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{seal}'
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        '</ofd:PhysicalBox></ofd:PageArea><ofd:TemplatePage ID="1" BaseLoc="Tpls/T.xml"/>'
        f"</ofd:CommonData><ofd:Pages>{places}</ofd:Pages></ofd:Document>",
        "Doc_0/Tpls/T.xml": content([("青禾县市场监督管理局", 60, 10)]).replace('<ofd:Template TemplateID="1"/>', ""),
    }
    entries |= {f"Doc_0/Pages/Page_{n}/Content.xml": content(words) for n, words in enumerate(pages)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**entries, **(replaced or {})}.items():
            archive.writestr(name, data)
    return buffer.getvalue()
