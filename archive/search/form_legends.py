"""The legends of an office's forms, read from the templates of its kinds of paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape

from archive.search.fields.legend import NO_LEGEND, Legend
from ssj_docs.documents.templates.package_writer import read_package
from ssj_docs.ground.errors import SsjError
from ssj_docs.office.template_files import find_template
from ssj_docs.office.workspace import Workspace

_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
_RUN = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_LOOP = re.compile(r"\{%-?\s*for (\w+) in (\w+)\s*-?%\}(.*?)\{%-?\s*endfor\s*-?%\}", re.DOTALL)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


class FormLegends:
    """The legends of an office's kinds of paper, each template read once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, Legend] = {}
        office = workspace.office
        self._lists = {"results": [r.label for r in office.results], "handlings": [h.label for h in office.handlings]}

    def of(self, kind: str) -> Legend:
        """The legend of a kind; an empty one where there is no template that can be read."""
        if kind not in self._known:
            self._known[kind] = self._read(kind)
        return self._known[kind]

    def _read(self, kind: str) -> Legend:
        known = self._workspace.kinds.get(kind)
        if known is None:
            return NO_LEGEND
        try:
            path = find_template(known.template, self._workspace.templates)
            return template_legend(path.read_bytes(), path.name, self._lists)
        except (SsjError, OSError, KeyError, UnicodeDecodeError):
            return NO_LEGEND


def template_legend(content: bytes, name: str, lists: Mapping[str, Sequence[str]]) -> Legend:
    """The legend of a Word template; ``lists`` are the office's own words that it prints, by the name of the list.

    Raises: DataError: it is no docx.
    """
    written = _LOOP.sub(lambda loop: _written_out(loop, lists), document_text(content, name))
    return Legend.of(_TAG.sub("\n", written))


def document_text(content: bytes, name: str) -> str:
    """The text of a docx, a line a paragraph. Raises: DataError: it is no docx; KeyError: it has no document."""
    document = read_package(content, name)["word/document.xml"].decode()
    return "\n".join(unescape("".join(_RUN.findall(paragraph))) for paragraph in _PARAGRAPH.findall(document))


def _written_out(loop: re.Match[str], lists: Mapping[str, Sequence[str]]) -> str:
    """A loop over a list of the office's words as it is printed; any other as it stands."""
    word = re.compile(rf"\{{\{{\s*{loop[1]}\s*\}}\}}")
    if loop[2] not in lists or not word.search(loop[3]):
        return loop[0]
    number = re.compile(r"\{\{\s*loop\.index\s*\}\}")
    return "".join(
        number.sub(str(place), word.sub(lambda _, label=label: label, loop[3]))
        for place, label in enumerate(lists[loop[2]], 1)
    )
