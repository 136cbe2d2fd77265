"""Handlers have no way to bytes but the gate, and the application sends nothing that did not pass it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT
from starlette.responses import PlainTextResponse, RedirectResponse

import web.app
from web.access.renditions import Cleared, saved

HANDLERS = sorted(path for room in ("pages", "api") for path in (ROOT / "web" / room).glob("*.py"))
#: what gives raw bytes of papers, or sends bytes; whole modules and single names
CLOSED = frozenset(
    {
        "archive.cases.case_file",
        "archive.cases.dossier",
        "archive.cases.kept_texts",
        "archive.receiving.filing",
        "archive.files.file_words",
        "archive.files.limited_child",
        "archive.files.page_extract",
        "archive.files.page_probe",
        "archive.store",
        "web.access.renditions",
        "web.cache.pictures",
        "web.cache.file_words",
        "archive.assessment.pack.pages",
        "archive.assessment.pack.cover",
    }
)
#: methods and attributes that give bytes of files or pictures
BYTES = ("read_bytes", "server.pictures", "server.words", "previews.picture")
#: kinds of response that hold nothing
EMPTY = ("starlette.responses.Response", "starlette.responses.RedirectResponse")


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(source: str) -> list[str]:
    """Ways past the gate in the source of a module of handlers."""
    tree, found = ast.parse(source), []
    for name in _imported(tree):
        found += [name for closed in CLOSED if name == closed or name.startswith(f"{closed}.")]
        if name.startswith("starlette.responses.") and name not in EMPTY:
            found.append(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith(BYTES):
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Response":
            found.append("Response")
    return found


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.stem)
def test_handlers_have_no_way_past_the_gate(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from archive.cases.case_file import read_item",
        "import archive.store.ocfl",
        "from starlette.responses import FileResponse",
        "Response(b'')",
        "path.read_bytes()",
        "request.server.pictures.draw(path, 1)",
        "request.server.previews.picture('a', 'b', 1)",
    ],
)
def test_a_way_past_the_gate_would_be_found(source: str) -> None:
    assert faults(source)


def test_nothing_else_is_sent() -> None:
    for answer in (saved(b"", "a.pdf"), Cleared("甲"), RedirectResponse("/")):
        assert web.app._passed(answer) is answer
    with pytest.raises(AssertionError, match="gate"):
        web.app._passed(PlainTextResponse("甲"))
