"""Imports point one way: a room imports its own floor or lower, rooms make no circle, ssj_docs never imports archive."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from places import ROOT

#: folder → floor, every folder that holds modules; ARCHITECTURE.md shows the same house
FLOORS = {
    "": 8,
    "web": 8,
    "web/access": 8,
    "web/api": 8,
    "web/cache": 8,
    "web/pages": 8,
    "web/request": 8,
    "web/worker": 8,
    "archive": 7,
    "archive/assessment": 7,
    "archive/assessment/pack": 7,
    "archive/assessment/scoring": 7,
    "archive/commands": 7,
    "ssj_docs/commands": 7,
    "archive/comparing": 6,
    "archive/search": 6,
    "archive/search/engines": 6,
    "archive/search/fields": 6,
    "archive/search/query": 6,
    "archive/text": 6,
    "archive/cases": 5,
    "archive/files": 5,
    "archive/ocr": 5,
    "archive/preservation": 5,
    "archive/receiving": 5,
    "archive/signatures": 5,
    "archive/store": 5,
    "ssj_docs/documents": 4,
    "ssj_docs/documents/drafts": 4,
    "ssj_docs/documents/forms": 4,
    "ssj_docs/documents/gate": 4,
    "ssj_docs/documents/numbers": 4,
    "ssj_docs/documents/official": 4,
    "ssj_docs/documents/paging": 4,
    "ssj_docs/documents/pdf": 4,
    "ssj_docs/documents/sheets": 4,
    "ssj_docs/documents/templates": 4,
    "ssj_docs/documents/text": 4,
    "ssj_docs/facts": 3,
    "ssj_docs/planning": 3,
    "ssj_docs/planning/dates": 3,
    "ssj_docs/planning/draw": 3,
    "ssj_docs/database": 2,
    "ssj_docs/database/migrations": 2,
    "ssj_docs/database/migrations/versions": 2,
    "ssj_docs/intake": 2,
    "ssj_docs/intake/rows": 2,
    "ssj_docs/intake/sheets": 2,
    "ssj_docs/intake/tables": 2,
    "ssj_docs/intake/values": 2,
    "ssj_docs/office": 2,
    "ssj_docs/model": 1,
    "ssj_docs/ground": 0,
}


def modules() -> dict[str, Path]:
    """Module name → file, the commands' face included."""
    found = {"cli": ROOT / "cli.py"}
    for package in ("ssj_docs", "archive", "web"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


def room(name: str) -> str:
    """The folder a module lies in, relative to the top; empty for ``cli``."""
    folder = MODULES[name].parent.relative_to(ROOT).as_posix()
    return "" if folder == "." else folder


def imports(path: Path) -> set[str]:
    """Modules of the project that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name in MODULES and MODULES[name].name != "__init__.py"}


EDGES = {name: imports(path) for name, path in MODULES.items() if path.name != "__init__.py"}


def circle(edges: dict[str, set[str]]) -> tuple[str, ...]:
    """A way that comes back to where it began; empty if there is none."""
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> tuple[str, ...]:
        if name in trail:
            return (*trail[trail.index(name) :], name)
        if name in done:
            return ()
        for target in sorted(edges.get(name, ())):
            if found := visit(target, (*trail, name)):
                return found
        done.add(name)
        return ()

    return next((found for name in edges if (found := visit(name, ()))), ())


def test_every_room_has_one_floor() -> None:
    assert {room(name) for name in EDGES} == set(FLOORS)


@pytest.mark.parametrize("name", sorted(EDGES))
def test_imports_stay_on_their_floor_or_go_down(name: str) -> None:
    for target in EDGES[name]:
        here, there = FLOORS[room(name)], FLOORS[room(target)]
        assert there <= here, f"{name} (floor {here}) imports {target} (floor {there})"
        assert not (name.startswith("ssj_docs.") and target.startswith("archive.")), f"{name} imports {target}"


def test_only_the_database_room_knows_which_database_it_is() -> None:
    named = [name for name, path in MODULES.items() if "sqlite3" in path.read_text(encoding="utf-8")]
    assert {room(name) for name in named} == {"ssj_docs/database"}


def test_only_the_store_knows_where_stored_files_lie() -> None:
    adapters = {"archive.store.ocfl", "archive.store.memory"}
    assert {room(name) for name, targets in EDGES.items() if targets & adapters} == {"archive/store"}
    assert not [name for name, path in MODULES.items() if '/ "archive"' in path.read_text(encoding="utf-8")]


def test_no_import_circle() -> None:
    assert not circle(EDGES)


def test_no_circle_of_rooms() -> None:
    rooms: dict[str, set[str]] = {}
    for name, targets in EDGES.items():
        rooms.setdefault(room(name), set()).update(room(target) for target in targets if room(target) != room(name))
    assert not circle(rooms)


def test_a_circle_would_be_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ("b", "c", "b")


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert not [folder for folder in FLOORS if f"`{folder}/`" not in page and folder and "migrations" not in folder]


@pytest.mark.parametrize("name", sorted(n for n, p in MODULES.items() if p.name == "__init__.py"))
def test_package_files_hold_a_docstring_and_no_code(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1
