"""40 numbers planted where people put them, every address, every role: none is seen without the right (invariant 11, 16)."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import openpyxl
import pikepdf
import pytest
from personal_numbers import planted, seen, words_in
from sqlalchemy import select
from web_site import PEOPLE, TASK, Site, csrf

from archive.assessment.assessment import assess
from archive.assessment.pack.evidence_pack import make_pack
from archive.cases import catalogue, receipts
from archive.demonstration import example_folder
from archive.files.page_writer import PageCanvas, embed, find_face, page_of
from archive.receiving.receive import receive
from archive.text.read_and_index import read_and_index
from ssj_docs.database import registers, schema
from ssj_docs.documents.batch import form_orders
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import issue_draft, issue_forms
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions
from ssj_docs.office.workspace import Workspace
from web.access.rights import PAGES

CASE = f"{TASK}-0001"
NOTE, ADDRESS, PERSON, PAGE, METADATA, HIDDEN, NAME, WAITING, DRAFT, VOID = (planted(number) for number in range(10))
NUMBERS = [
    one for group in (NOTE, ADDRESS, PERSON, PAGE, METADATA, HIDDEN, NAME, WAITING, DRAFT, VOID) for one in group
]
UNREAD = planted(10)
WITHOUT = [name for name, (_, _, restricted) in PEOPLE.items() if not restricted]


def paper(path: Path, pages: Sequence[Sequence[str]]) -> Path:
    """A PDF with a text layer, one list of lines a page."""
    face, sheets = find_face(), []
    for lines in pages:
        sheet = PageCanvas(face)
        for number, line in enumerate(lines):
            sheet.text(25, 40 + 12 * number, 14, line)
        sheets.append(sheet)
    with pikepdf.new() as pdf:
        font = embed(pdf, face)
        for sheet in sheets:
            pdf.pages.append(page_of(pdf, sheet, font))
        pdf.save(path)
    return path


def _tables(workspace: Workspace, folder: Path) -> None:
    """The example's tables, with what people write into cells."""
    with workspace.read() as connection:
        subject = registers.load_subject(connection, registers.load_case(connection, CASE).subject)
    for kind, name, cells in (
        ("subjects", "03-检查对象名录", {"地址": ADDRESS, "法定代表人": PERSON}),
        ("results", "06-检查结果", {"备注": NOTE}),
    ):
        book = openpyxl.load_workbook(example_folder() / f"{name}.xlsx")
        titles = [cell.value for cell in book.active[1]]
        for row in book.active.iter_rows(min_row=2):
            if subject.credit_code in [cell.value for cell in row]:
                for title, told in cells.items():
                    cell = row[titles.index(title)]
                    cell.value = f"{cell.value or ''} 号码{'，'.join(told)}".strip()
        book.save(folder / f"{name}.xlsx")
        report = import_files(workspace, kind, [folder / f"{name}.xlsx"], ImportOptions(year=2026))  # type: ignore[arg-type]
        assert not report.failed, report.problems


def _filed(workspace: Workspace, file: Path, kind: str = "bilu", case: str = CASE) -> str:
    report = receive(workspace, [file], case=case, kind=kind).files[0]
    assert report.items, report
    return report.items[0].item


def _annotated(path: Path, told: Sequence[str]) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[60, 60, 300, 90], Contents="；".join(told)
        )
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
        pdf.save(path)


def _described(path: Path, told: Sequence[str]) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Keywords"] = "；".join(told[:2])
        with pdf.open_metadata(update_docinfo=False) as metadata:
            metadata["dc:description"] = "；".join(told[2:])
        pdf.save(path)


@pytest.fixture(scope="module")
def office(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    """A server over a copy of the example in which every number stands somewhere, and the items by name."""
    root = tmp_path_factory.mktemp("planted") / "office"
    subprocess.run(["cp", "-r", example, root], check=True)
    running = Site(root)
    workspace, folder = running.workspace, tmp_path_factory.mktemp("papers")
    _tables(workspace, folder)
    items = {"page": _filed(workspace, paper(folder / "笔录.pdf", [["检查现场一切正常"], ["当事人说明情况", *PAGE]]))}
    described, noted = paper(folder / "属性.pdf", [["附件说明"]]), paper(folder / "批注.pdf", [["批注说明"]])
    _described(described, METADATA)
    _annotated(noted, HIDDEN)
    items |= {"metadata": _filed(workspace, described), "hidden": _filed(workspace, noted)}
    for number, told in enumerate(NAME):
        file = paper(folder / f"扫描 张三 {told}.pdf", [[f"第 {number} 份说明"]])
        items[f"name{number}"] = _filed(workspace, file)
    waiting = paper(folder / f"来件 {NAME[1]}.pdf", [["无二维码的一页", *WAITING], ["无二维码的另一页"]])
    receive(workspace, [waiting])
    (root / "drafts" / "说明.md").write_text(
        f"---\n文种: tongzhi\n标题: 关于核对号码的通知\n主送: 各成员单位\n---\n请核对：{'，'.join(DRAFT)}。\n", "utf-8"
    )
    issue_draft(workspace, make_draft(workspace, "tongbao", year=2026)[0])
    list(issue_forms(workspace, form_orders(workspace, TASK)))
    with workspace.transaction() as connection:
        row = number_ledger.register(connection)[0]
        number_ledger.void(connection, row.number, f"写错：{'，'.join(VOID)}")
        workspace.log(connection, "number.void", row.number, {"reason": "，".join(VOID)})
    read_and_index(workspace)
    items["unread"] = _filed(workspace, paper(folder / "未读.pdf", [["还没有读", *UNREAD]]))
    (root / "assessments").mkdir()
    for rendition, name in (("internal", "内部版"), ("public", "公开版"), ("restricted", "原件版")):
        target = root / "assessments" / f"2026年度考核佐证-{name}"
        make_pack(workspace, assess(workspace, 2026), target, rendition=rendition, pdf=False)  # type: ignore[arg-type]
    yield running, items
    running.close()
    shutil.rmtree(root, ignore_errors=True)


def _addresses(site: Site, items: dict[str, str]) -> list[str]:
    """Every address there is, with everything that was planted in its path."""
    workspace = site.workspace
    with workspace.read() as connection:
        papers = [row.id for row in connection.execute(select(schema.issued.c.id))]
        waiting = [
            (receipt.sha256[:16], page.page) for receipt, pages in receipts.unfiled_pages(connection) for page in pages
        ]
        pages = [(item, number) for item in items.values() for number in (1, 2)]
    values = {
        "case": [CASE], "task": [TASK], "round": ["1"], "attempt": ["1"], "name": ["说明.md", "tongbao-2026.md"],
        "register": ["subjects", "inspectors", "items", "cases", "results"],
        "section": ["office", "departments"], "kind": ["plan"], "upload": ["none"], "job": ["none"], "preview": ["none"],
    }  # fmt: skip
    found = []
    for page in PAGES:
        if page.method == "GET" and not re.search(r"{(item|receipt|preview|job|upload)", page.path):
            ways = [page.path]
            for name, given in values.items():
                ways = [re.sub(rf"{{{name}(:int)?}}", one, way) for way in ways for one in given]
            found += list(dict.fromkeys(ways))
    found += [f"/{what}/{CASE}/{item}/{number}" for item, number in pages for what in ("page", "picture")]
    found += [f"/page/{CASE}/{item}/{number}?q={quote(one)}" for item, number in pages for one in (PAGE[1], "说明")]
    found += [f"/original/{CASE}/{item}" for item in items.values()]
    found += [f"/papers/file?id={quote(one)}{suffix}" for one in papers for suffix in ("", "&as=pdf")]
    found += [f"/unfiled/{receipt}/{page}{end}" for receipt, page in waiting for end in ("", "/picture")]
    found += [
        f"/statistics/file?file={name}&task={TASK}&public={p}"
        for name in ("list.docx", "list.xlsx", "sum.docx", "sum.xlsx")
        for p in "01"
    ]
    found += [
        f"/statistics?task={TASK}",
        "/statistics?year=all",
        f"/api/stats?task={TASK}",
        "/papers?year=2026",
        "/journal?page=2",
    ]
    found += [f"/assessment/pack?year=2026&rendition={name}" for name in ("internal", "public", "restricted")]
    found += [
        f"{path}?q={quote(word)}&limit=100"
        for path in ("/search", "/api/search")
        for word in ("说明", "号码", PAGE[1], NAME[0], "幸福里")
    ]
    found += [f"/cases?q={quote(NAME[1])}", "/api/assess?year=2026", f"/task/{TASK}/draw/1/1?file=record"]
    return found


def _answers(client: httpx.Client, addresses: Sequence[str]) -> Iterator[tuple[str, httpx.Response]]:
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code != 500, address
        yield address, answer


def _told(answer: httpx.Response) -> list[str]:
    """Planted numbers in body or headers."""
    header = unquote(answer.headers.get("content-disposition", "") + answer.headers.get("location", ""))
    return seen(answer.content, [*NUMBERS, *UNREAD], header)


@pytest.mark.parametrize("name", WITHOUT)
def test_nothing_is_seen_without_the_right(office: tuple[Site, dict[str, str]], name: str) -> None:
    site, items = office
    with site.client(name) as client:
        found = {
            address: told for address, answer in _answers(client, _addresses(site, items)) if (told := _told(answer))
        }
    assert found == {}


def test_what_is_withheld_is_there_for_those_with_the_right_with_a_row_a_look(
    office: tuple[Site, dict[str, str]],
) -> None:
    site, items = office
    with site.client("confidant") as client:
        told: set[str] = set()
        before = _looks(site)
        for address, answer in _answers(client, _addresses(site, items)):
            here, after = _told(answer), _looks(site)
            told |= set(here)
            assert after - before <= 1, address
            assert after - before == 1 or not here, address
            before = after
    assert set(NUMBERS) - set(WAITING) <= told, "what no address gives to anybody proves nothing"


def _looks(site: Site) -> int:
    t = schema.journal.c
    with site.workspace.read() as connection:
        return len(connection.execute(select(t.id).where(t.action == "restricted.look")).all())


def test_pictures_of_restricted_pages(office: tuple[Site, dict[str, str]]) -> None:
    site, items = office
    paths = {name: f"/picture/{CASE}/{item}/1" for name, item in items.items()}
    paths["second"] = f"/picture/{CASE}/{items['page']}/2"
    for name, held in (("assessor", True), ("confidant", False)):
        with site.client(name) as client:
            for what, path in paths.items():
                restricted = what in ("second", "hidden", "unread")
                before = _looks(site)
                assert client.get(path).status_code == (400 if held and restricted else 200), (name, what)
                assert _looks(site) - before == (restricted and not held), (name, what)


def test_the_dossier_says_what_it_leaves_out(office: tuple[Site, dict[str, str]]) -> None:
    site, items = office
    with site.client("assessor") as client, site.client("confidant") as other:
        open_to_all, whole = (one.get(f"/case/{CASE}/dossier").content for one in (client, other))
    words = ["".join(words_in(data)) for data in (open_to_all, whole)]
    assert ["本页未合入" in text for text in words] == [True, False]
    assert f"第 {items['page']} 件第 2 页未合入" in words[0]
    assert "检查现场一切正常" in words[0], "the page before it is there"
    assert seen(whole, PAGE) == list(PAGE)


def test_a_page_that_waits_is_looked_at_by_right_and_gone_when_it_is_filed(
    office: tuple[Site, dict[str, str]], tmp_path: Path
) -> None:
    site, _ = office
    told = planted(11)
    receive(site.workspace, [paper(tmp_path / "待归.pdf", [["说明", *told], ["另一页说明"]])])
    with site.workspace.read() as connection:
        receipt = next(one for one, _ in receipts.unfiled_pages(connection) if one.name == "待归.pdf").sha256[:16]
    places = [f"/unfiled/{receipt}/{number}/picture" for number in (1, 2)]
    with site.client("archivist") as client, site.client("confidant") as other:
        assert [client.get(place).status_code for place in places] == [400, 400], "nobody has read them"
        site.wait(client, client.post("/receive/read", data={"csrf": csrf(client)}))
        assert [client.get(place).status_code for place in places] == [400, 200]
        before = _looks(site)
        assert [other.get(place).status_code for place in places] == [200, 200]
        assert _looks(site) == before + 1
        fields = {"csrf": csrf(client), "case": CASE, "kind": "bilu", "pages": "1-2"}
        answer = client.post(f"/unfiled/{receipt}", data=fields)
        assert answer.status_code == 303, answer.text
        assert [one.get(place).status_code for one in (client, other) for place in places] == [404] * 4
        item = re.search(r"第 (\d{4}) 件", unquote(answer.headers["location"]).replace("+", " "))
        assert item
        for _ in range(600):  # it is being read without anybody asking
            if client.get(f"/picture/{CASE}/{item[1]}/2").status_code == 200:
                break
            time.sleep(0.1)
        assert [client.get(f"/picture/{CASE}/{item[1]}/{page}").status_code for page in (1, 2)] == [400, 200]


def test_a_draft_is_written_around_what_may_not_be_seen(office: tuple[Site, dict[str, str]]) -> None:
    site, _ = office
    draft = site.workspace.path("drafts", "说明.md")
    stored = draft.read_text("utf-8")
    with site.client("clerk") as client:
        page = html.unescape(client.get("/draft/说明.md").text)
        text, read = (
            re.search(r'rows="30">(.*?)</textarea>', page, re.DOTALL),
            re.search(r'name="read" value="(\w+)"', page),
        )
        assert text and read and not seen(text[1].encode(), DRAFT)
        fields = {"csrf": csrf(client), "read": read[1], "do": "save"}
        shown = client.post("/draft/说明.md/preview", data=fields | {"text": text[1]})
        assert shown.headers["x-preview"] == "done"
        for picture in re.findall(r'src="(/preview/[^"]+)"', shown.text):
            assert client.get(picture).status_code == 200, "laid out with marks"
        lost = client.post("/draft/说明.md", data=fields | {"text": text[1] + "〖已隐去00000000〗"})
        assert (lost.status_code, "没有保存" in lost.text) == (422, True)
        assert draft.read_text("utf-8") == stored
        saved = client.post("/draft/说明.md", data=fields | {"text": text[1].replace("请核对", "请再次核对")})
        assert (saved.status_code, seen(saved.content, DRAFT)) == (200, [])
    assert draft.read_text("utf-8").strip() == stored.replace("请核对", "请再次核对").strip()


def test_what_is_stored_stays_and_new_names_hold_no_number(office: tuple[Site, dict[str, str]]) -> None:
    site, items = office
    with site.workspace.read() as connection:
        case = registers.load_case(connection, CASE)
        assert all(one in registers.load_subject(connection, case.subject).address for one in ADDRESS)
        named = [catalogue.load_item(connection, CASE, items[f"name{number}"]) for number in range(4)]
        assert all(
            one in {row.name for row in connection.execute(select(schema.receipts.c.name))}
            for one in (f"扫描 张三 {told}.pdf" for told in NAME)
        )
    for item in named:
        assert re.fullmatch("扫描 张三 (幸福里)?（已隐去）.pdf", item.main.name)
        assert not seen(item.main.path.encode(), NAME)
    inventory = (site.workspace.root / "archive" / CASE / "inventory.json").read_bytes()
    assert not seen(inventory, NUMBERS)
    for rendition in ("内部版", "公开版"):
        for path in (site.workspace.root / "assessments" / f"2026年度考核佐证-{rendition}").rglob("*"):
            assert not path.is_file() or not seen(path.read_bytes(), NUMBERS, path.name), path
