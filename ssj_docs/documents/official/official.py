"""Lays out 公文 to GB/T 9704-2012 as docx: 文件式 and 信函格式.

The frame (page, styles, footers) is a template that an office may replace by name; `parts` creates the content, `pages`
determines page breaks, `writer` inserts the content into the frame. The same document and template give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from ssj_docs.documents.official.flow import TWIPS_PER_MM
from ssj_docs.documents.official.pages import PageSpec, arrange
from ssj_docs.documents.official.parts import make_parts
from ssj_docs.documents.official.writer import open_frame, write_document
from ssj_docs.documents.templates.package_writer import Docx
from ssj_docs.documents.templates.properties import core_properties, with_properties
from ssj_docs.model.document import OfficialDocument
from ssj_docs.model.paper_kind import FRAMES
from ssj_docs.office.template_files import find_template

STYLES = (
    "GwCornerMark",
    "GwSecrecy",
    "GwMark",
    "GwNumber",
    "GwSigner",
    "GwTitle",
    "GwAddressee",
    "GwBody",
    "GwHeading1",
    "GwHeading2",
    "GwHeading3",
    "GwHeading4",
    "GwChapter",
    "GwArticle",
    "GwTableTitle",
    "GwAttachmentNote",
    "GwSignature",
    "GwDate",
    "GwNote",
    "GwAttachmentLabel",
    "GwAttachmentTitle",
    "GwImprint",
    "GwTableHead",
    "GwTableCell",
    "GwAnchor",
)


def render_official(document: OfficialDocument, templates: Path | None = None) -> bytes:
    """Lay out a document; see `lay_out`. Returns: the docx."""
    return lay_out(document, templates).packed()


def lay_out(document: OfficialDocument, templates: Path | None = None) -> Docx:
    """Lay out a document on its frame: the office's own of that name, or else the shipped one.

    Args:
        document: the elements; every text is printed literally.
        templates: the office's template folder (workspace/templates); None for the shipped frames only.

    Returns:
        The docx, not yet packed.

    Raises:
        DataError: the office's own template lacks a style, a marker or the page setup.
    """
    path = find_template(document.frame or FRAMES[document.format], templates)
    frame = open_frame(path.read_bytes(), path.name, STYLES)
    top, bottom = frame.area
    parts = make_parts(document, top)
    arranged = arrange(parts, PageSpec(frame.lines, round((bottom - top) * TWIPS_PER_MM)))
    made = write_document(frame, arranged.flows, arranged.last)
    properties = core_properties("".join(document.title), "".join(document.signature), document.date)
    return Docx(with_properties(made.parts, properties))
