"""A search field is a row in the table, and its value comes from the records: nothing else has to know it.

A copy of the program gets the subject's address as a new field, by changing those two files, and is asked through the
engines, the command, the page and the API.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from changed_program import Program, changed_program
from places import ROOT
from sqlalchemy import update

from archive.search.fields.fields import FIELD_OF, FIELDS, PageRecord, schema_mark
from ssj_docs.database.schema import subjects
from ssj_docs.office.workspace import Workspace

ADDED = {
    "archive/search/fields/fields.py": {
        '    stamp: str = ""\n': '    stamp: str = ""\n    address: str = ""\n',
        '    SearchField("origin", ("来源",)': """
    SearchField("address", ("地址", "住所"), "检查对象的地址", "name", cover=True, facet=True, option="地址", told=True),
    SearchField("origin", ("来源",)""",
    },
    "archive/search/records.py": {
        "    result_labels: tuple[str, ...] = ()\n": '    result_labels: tuple[str, ...] = ()\n    address: str = ""\n',
        "                subjects.c.representative,\n": "                *(subjects.c.representative, subjects.c.address),\n",
        "                tuple(self._label(code) for code in codes),\n": """
                tuple(self._label(code) for code in codes),
                row.address or "",
""",
    },
}
STREET, PHONE = "青禾县北苑街3号", "13800001234"
CASE = "2026-003-0001"

IN_ENGINES = """
import json, sys
from pathlib import Path
from archive.search.engines.disk import open_index
from archive.search.engines.memory import MemoryIndex
from archive.search.fields.fields import PageRecord
from archive.search.query.filters import Filters
from archive.search.search import search
pages = [PageRecord("a", "1", n, address="青禾县北苑街3号") for n in (1, 2)] + [PageRecord("b", "1", 1, address="柳溪路")]
told = {}
for name in ("memory", "tantivy", "whoosh"):
    index = MemoryIndex() if name == "memory" else open_index(Path(sys.argv[1]) / name, name)
    index.add(pages)
    asked = [search(index, query) for query in ("地址:北苑", "address:县北苑街3", "北苑", "地址:(柳溪 或 北苑)")]
    asked.append(search(index, "", Filters({"address": ["柳溪路"]})))
    told[name] = [sorted(hit.record.id for hit in one.hits) for one in asked] + [asked[3].facets["address"]]
    index.close()
print(json.dumps(told, ensure_ascii=False))
"""
ON_PAGES = """
import json, sys
from pathlib import Path
sys.path.append(sys.argv[2])
from web_site import Site
from web.api.openapi import openapi
site = Site(Path(sys.argv[1]))
with site.client("clerk") as client:
    pages = [client.get(f"/search?q={query}").text for query in ("地址:北苑", "改正&address=青禾县北苑街3号", "改正&address=别处")]
site.close()
asked = openapi("")["paths"]["/api/search"]["get"]["parameters"]
print(json.dumps([pages, [one["name"] for one in asked]], ensure_ascii=False))
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program with one more search field: two files, the table and where its value comes from."""
    assert len(ADDED) == 2
    return changed_program(tmp_path_factory.mktemp("program"), ADDED)


@pytest.fixture
def known(office: Workspace) -> Workspace:
    """The office's subject has an address, and somebody wrote a mobile number into it."""
    with office.transaction() as connection:
        connection.execute(update(subjects).where(subjects.c.id == "S1").values(address=f"{STREET} {PHONE}"))
        office.log(connection, "subjects", "S1")
    office.close()
    return office


def test_every_engine_finds_and_counts_by_it(changed: Program, tmp_path: Path) -> None:
    told = changed.run("-c", IN_ENGINES, tmp_path)
    wanted = [["a/1/1", "a/1/2"], ["a/1/1", "a/1/2"], ["a/1/1"], ["a/1/1", "a/1/2", "b/1/1"], ["b/1/1"]]
    for engine in ("memory", "tantivy", "whoosh"):
        assert told[engine] == [*wanted, {STREET: 2, "柳溪路": 1}], engine


def test_the_command_finds_it_offers_it_and_tells_it(changed: Program, known: Workspace) -> None:
    found = changed.ssj(known.root, "search", "地址:北苑")
    assert {hit["case"] for hit in found["hits"]} == {CASE}
    assert found["total"] == 3
    hidden = found["hits"][0]["address"][0]
    assert hidden.startswith(STREET)
    assert PHONE not in json.dumps(found, ensure_ascii=False)
    assert found["facets"]["address"] == {hidden: 3}
    for value, total in ((hidden, 2), ("别处", 0)):
        narrowed = changed.ssj(known.root, "search", "改正", "--address", value)
        assert narrowed["total"] == total
    helped = [sys.executable, "cli.py", "search", "--help"]
    assert (
        "地址，可重复" in subprocess.run(helped, cwd=changed.folder, capture_output=True, text=True, check=True).stdout
    )


def test_the_page_narrows_by_it_and_the_api_says_so(changed: Program, office: Workspace) -> None:
    with office.transaction() as connection:
        connection.execute(update(subjects).where(subjects.c.id == "S1").values(address=STREET))
        connection.execute(update(subjects).where(subjects.c.id == "S2").values(address="柳溪路"))
        office.log(connection, "subjects", "S1")
    office.close()
    (pages, asked) = changed.run("-c", ON_PAGES, office.root, ROOT / "tests" / "web")
    assert [f"案卷 {CASE}" in page for page in pages] == [True, True, False]
    assert f"地址：{STREET}" in pages[1]
    assert "address" in asked


def test_a_field_is_named_once_and_has_a_value_of_every_record() -> None:
    names = [name for one in FIELDS.values() if one.names for name in (one.name, *one.names)]
    assert sorted(names) == sorted(FIELD_OF)
    assert all(one.about for one in FIELDS.values())
    record = PageRecord("c", "0001", 1)
    assert {name: one.of(record) for name, one in FIELDS.items() if one.of(record)} == {
        "case": "c",
        "item": "0001",
        "origin": "text",
        "kind": ("", ""),
        "task": ("", ""),
        "visible": ("*",),
        "unread": "是",
    }


def test_an_index_of_another_table_is_an_index_of_another_version(changed: Program) -> None:
    script = "import json; from archive.search.fields.fields import schema_mark; print(json.dumps(schema_mark()))"
    assert changed.run("-c", script) != schema_mark()
