"""Imports point one way: a module imports its own floor or lower, and ssj_docs never imports archive (DESIGN)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: longest matching prefix wins; ARCHITECTURE.md shows the same house
FLOORS = {
    "ssj_docs": 0,
    "ssj_docs.model": 1,
    "ssj_docs.settings": 2, "ssj_docs.workspace": 2, "ssj_docs.registers": 2, "ssj_docs.intake": 2,
    "ssj_docs.planning": 3, "ssj_docs.statistics": 3, "ssj_docs.figures": 3,
    "ssj_docs.documents": 4,
    "archive": 5,
    "archive.page_text": 6, "archive.ocr": 6, "archive.reading_order": 6, "archive.issued_text": 6, "archive.page_check": 6,
    "archive.text_queue": 6, "archive.unfiled_reading": 6, "archive.search": 6,
    "archive.assessment": 7, "archive.evidence_pack": 7, "archive.proofs": 7, "archive.measures": 7,
    "archive.evidence_pages": 7, "archive.evidence_selections": 7, "archive.year_record": 7, "archive.pack_html": 7,
    "archive.page_cover": 7, "archive.report_pdf": 7, "archive.year_work": 7, "archive.pack_room": 7,
    "archive.demonstration": 7,
    "ssj_docs.commands": 7, "archive.commands": 7,
    "web": 8, "cli": 8,
    "templates": 0,
}


def floor(module: str) -> int:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in FLOORS:
            return FLOORS[prefix]
        if length == len(parts) and "_" in parts[-1]:  # search_index stands with search
            stem = ".".join([*parts[:-1], parts[-1].split("_")[0]])
            if stem in FLOORS and stem != parts[0]:
                return FLOORS[stem]
    raise KeyError(module)


def modules() -> dict[str, Path]:
    found = {"cli": ROOT / "cli.py"}
    for package in ("ssj_docs", "archive", "web"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("ssj_docs", "archive", "web", "cli")}


MODULES = modules()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_stay_on_their_floor_or_go_down(name: str) -> None:
    for target in imports(MODULES[name]) & set(MODULES):
        if MODULES[target].name == "__init__.py":
            continue
        assert floor(target) <= floor(name), f"{name} (floor {floor(name)}) imports {target} (floor {floor(target)})"
        assert not (name.startswith("ssj_docs") and target.startswith("archive")), f"{name} imports {target}"


def test_no_import_cycle() -> None:
    edges = {name: imports(path) & set(MODULES) for name, path in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in done:
            return
        for target in edges[name]:
            visit(target, (*trail, name))
        done.add(name)

    for name in edges:
        visit(name, ())


@pytest.mark.parametrize("name", sorted(n for n, p in MODULES.items() if p.name == "__init__.py"))
def test_package_files_hold_a_docstring_and_no_code(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1
