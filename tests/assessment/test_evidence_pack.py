"""The pack as it leaves the house: valid, offline, every link good, any byte changed found, nothing personal in public."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import bagit
import pikepdf
import pytest
from assessed_office import Office
from playwright.sync_api import sync_playwright
from sqlalchemy import update

from archive.assessment.assessment import assess
from archive.assessment.pack.evidence_pack import make_pack
from archive.assessment.pack.verification import verify_pack
from archive.assessment.selections import add, choose, run_again
from archive.demonstration import EXAMPLE_YEAR
from ssj_docs.database import registers
from ssj_docs.database.schema import archive_items, page_texts
from ssj_docs.ground.errors import UsageError
from ssj_docs.office.workspace import Workspace

CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.parametrize("rendition", ["restricted", "internal", "public"])
def test_the_pack_is_a_valid_bag_and_agrees_with_the_archive(office: Office, rendition: str) -> None:
    bagit.Bag(str(office.packs[rendition])).validate()
    assert verify_pack(office.packs[rendition], office.workspace) == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("rendition", ["restricted", "internal", "public"])
def test_every_link_opens_in_a_browser_without_leaving_the_folder(office: Office, rendition: str) -> None:
    assert CHROMIUM.exists(), "apt install chromium"
    folder = office.packs[rendition] / "data"
    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        waiting, seen, files = [(folder / "index.html").as_uri()], set(), set()
        while waiting:
            url = waiting.pop()
            seen.add(url)
            page.goto(url)
            assert page.evaluate("document.styleSheets.length") == 1
            for link in page.eval_on_selector_all("a", "all => all.map(one => one.href)"):
                place = Path(unquote(urlsplit(link).path))
                assert urlsplit(link).scheme == "file"
                assert place.is_file() and place.is_relative_to(folder), link
                files.add(place)
                if place.suffix == ".html" and link not in seen:
                    waiting.append(link)
        browser.close()
    assert said == []
    assert all(url.startswith(("file:", "data:")) for url in asked)
    assert len(seen) == {"restricted": 14, "internal": 14, "public": 1}[rendition]
    here = {path for path in folder.rglob("*") if path.suffix in (".pdf", ".docx", ".xlsx", ".html")}
    assert here - files <= {folder / "index.html"}  # nothing lies in the pack that no page leads to


def test_one_byte_changed_anywhere_is_found(office: Office, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(office.packs["public"], pack)
    files = [path for path in sorted(pack.rglob("*")) if path.is_file()]
    assert len(files) > 8
    for path in files:
        good = path.read_bytes()
        for place in {0, len(good) // 2, len(good) - 1}:
            path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            assert verify_pack(pack), f"{path.name} {place}"
        if path.parent != pack:  # the standard tool by itself
            with pytest.raises(bagit.BagError):
                bagit.Bag(str(pack)).validate()
        path.write_bytes(good)
    assert verify_pack(pack) == []
    (pack / "data" / "多出.txt").write_text("x")
    assert verify_pack(pack)
    (pack / "data" / "多出.txt").unlink()
    (pack / "data" / "index.html").unlink()
    assert verify_pack(pack)


def test_a_paper_changed_in_the_archive_is_found(office: Office, copied: Workspace) -> None:
    with copied.transaction() as connection:
        connection.execute(
            update(archive_items).where(archive_items.c.case == "2026-001-0001").values(case="2026-009-0001")
        )
    faults = verify_pack(office.packs["restricted"], copied)
    assert ("2026-001-0001/0001", "档案中没有这一件") in {(f.path, f.fault) for f in faults}


def test_a_paper_changed_in_the_pack_is_found_though_the_bag_was_made_anew(office: Office, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(office.packs["restricted"], pack)
    paper = sorted((pack / "data" / "evidence").iterdir())[3]
    paper.write_bytes(paper.read_bytes() + b"\n% added\n")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(pack)).validate()
    assert verify_pack(pack)
    bagit.Bag(str(pack)).save(manifests=True)
    bagit.Bag(str(pack)).validate()
    assert [(f.path, f.fault) for f in verify_pack(pack)] == [(f"data/evidence/{paper.name}", "不是数据中所引的材料")]
    assert {(f.path, f.fault) for f in verify_pack(pack, office.workspace)} == {
        (f"data/evidence/{paper.name}", "不是数据中所引的材料"),
        (f"data/evidence/{paper.name}", "不是档案中的原件"),
    }


@pytest.mark.parametrize("rendition", ["restricted", "public"])
def test_the_same_assessment_gives_the_same_bytes(office: Office, tmp_path: Path, rendition: str) -> None:
    again = tmp_path / "again"
    make_pack(
        office.workspace,
        assess(office.workspace, EXAMPLE_YEAR),
        again,
        rendition=rendition,  # type: ignore[arg-type]
        pdf=rendition == "restricted",
    )
    first = {
        p.relative_to(office.packs[rendition]): p.read_bytes()
        for p in office.packs[rendition].rglob("*")
        if p.is_file()
    }
    second = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    assert first.keys() == second.keys()
    assert [str(name) for name in first if first[name] != second[name]] == []


def test_an_interrupted_pack_goes_on_and_ends_the_same(office: Office, tmp_path: Path) -> None:
    """Stopped in the middle of the pages; one finished file is damaged meanwhile; started again."""
    target, seen = tmp_path / "pack", []

    def stop_at_ten(work: Iterable[Any]) -> Iterator[Any]:
        for one in work:
            seen.append(one)
            if len(seen) == 10:
                raise KeyboardInterrupt
            yield one

    with pytest.raises(KeyboardInterrupt):
        make_pack(office.workspace, office.assessment, target, progress=stop_at_ten, pdf=False)
    assert not target.exists()
    finished = sorted((tmp_path / ".pack.part" / "pages").iterdir())
    assert len(finished) == 9
    kept, times = finished[:8], [path.stat().st_mtime_ns for path in finished[:8]]
    finished[8].write_bytes(finished[8].read_bytes()[:100])
    make_pack(office.workspace, office.assessment, target, pdf=False)
    assert [(target / "data" / "pages" / path.name).stat().st_mtime_ns for path in kept] == times
    assert (target / "data" / "pages" / finished[8].name).read_bytes() == (
        office.packs["restricted"] / "data" / "pages" / finished[8].name
    ).read_bytes()
    assert verify_pack(target, office.workspace) == []
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


def test_a_pack_stopped_for_other_data_starts_anew(office: Office, copied: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "pack"

    def stop(work: Iterable[Any]) -> Iterator[Any]:
        yield from list(work)[:5]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_pack(copied, assess(copied, EXAMPLE_YEAR), target, progress=stop, pdf=False)
    stale = next((tmp_path / ".pack.part" / "pages").iterdir())
    stale.with_name("9999-旧.pdf").write_bytes(b"old")
    with copied.transaction() as connection:
        connection.execute(
            update(archive_items).where(archive_items.c.case == "2026-001-0002").values(state="destroyed")
        )
    make_pack(copied, assess(copied, EXAMPLE_YEAR), target, pdf=False)
    assert not list((target / "data").rglob("9999-*"))
    assert verify_pack(target, copied) == []


def test_a_folder_that_is_no_pack_is_never_replaced(office: Office, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "file.txt").write_text("mine")
    with pytest.raises(UsageError):
        make_pack(office.workspace, office.assessment, tmp_path / "own")
    assert (tmp_path / "own" / "file.txt").read_text() == "mine"


def text_of(path: Path) -> str:
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
            return "".join(
                re.sub("<[^>]*>", "", package.read(n).decode("utf-8", "replace")) for n in package.namelist()
            )
    return path.read_text("utf-8")


def test_the_public_rendition_names_nobody(office: Office) -> None:
    with office.workspace.read() as connection:
        inspectors = registers.load_inspectors(connection)
        subjects = registers.load_subjects(connection)
    names = {one.name for one in inspectors} | {s.representative for s in subjects} | {s.name for s in subjects}
    names |= {value for one in inspectors for value in (one.phone, one.id_number)} | {s.phone for s in subjects}
    names |= {s.credit_code for s in subjects}
    names.discard("")
    assert len(names) > 100
    files = [path for path in office.packs["public"].rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".html", ".css", ".json", ".docx", ".xlsx", ".txt"}
    for path in files:
        text = text_of(path)
        assert [name for name in names if name in text] == [], path.name
        assert not re.search(r"2026-\d{3}-\d{4}", text), path.name


def test_the_internal_rendition_holds_no_whole_paper_and_covers_phones(copied: Workspace, tmp_path: Path) -> None:
    t = page_texts.c
    with copied.transaction() as connection:
        connection.execute(
            update(page_texts)
            .where(t.case == "2026-001-0008")
            .values(
                state="done",
                origin="ocr",
                text="联系电话 13900000001 检查结果",
                width=595,
                height=842,
                boxes=[["联系电话 13900000001", 60, 100, 300, 130], ["检查结果", 60, 140, 160, 152]],
            )
        )
    pack = tmp_path / "internal"
    make_pack(copied, assess(copied, EXAMPLE_YEAR), pack, rendition="internal", pdf=False)
    assert not (pack / "data" / "evidence").exists()
    assert "13900000001" not in (pack / "data" / "assessment.json").read_text("utf-8")
    page = next((pack / "data" / "pages").glob("*2026-001-0008*"))
    with pikepdf.open(page) as pdf:
        assert pdf.pages[0].obj["/Contents"] is not None
        (stream,) = pdf.pages[0].resources["/XObject"].values()  # a picture and nothing else
        assert "/Font" not in pdf.pages[0].resources
        picture = pikepdf.PdfImage(stream).as_pil_image()
    scale = picture.width / 595
    assert max(picture.getpixel((int(180 * scale), int(115 * scale)))) < 40


def test_evidence_by_words_is_kept_picked_and_run_again(copied: Workspace, tmp_path: Path) -> None:
    found = add(copied, EXAMPLE_YEAR, "问题处置率", "公示表")
    assert [(row.state, row.target, row.change) for row in found] == [("found", "handling_rate", "")]
    with pytest.raises(UsageError, match="没有代号为 handling_rat 的指标"):
        add(copied, EXAMPLE_YEAR, "handling_rat", "公示表")
    asked = add(copied, EXAMPLE_YEAR, "加油站的结果公示了吗？", "恒泰达")
    (table,) = [row for row in asked if row.case == "2026-002"]
    choose(copied, [found[0].id, table.id], "picked", "见公示表第一行")
    dropped = [row.id for row in asked if row.case != "2026-002"]
    choose(copied, dropped, "dropped", "与问题无关") if dropped else None
    again = run_again(copied, EXAMPLE_YEAR)
    assert {row.id: row.state for row in again}[table.id] == "picked"
    assert {row.note for row in again if row.state == "picked"} == {"见公示表第一行"}
    done = assess(copied, EXAMPLE_YEAR)
    handling = next(r for r in done.indicators if r.indicator.id == "handling_rate")
    assert [(p.case, p.page, p.query) for p in handling.selected] == [("2026-002", 1, "公示表")]
    assert [q.text for q in done.questions] == ["加油站的结果公示了吗？"]
    pack = tmp_path / "pack"
    make_pack(copied, done, pack, rendition="internal", pdf=False)
    told = json.loads((pack / "data" / "assessment.json").read_text("utf-8"))
    assert told["questions"][0]["evidence"][0]["note"] == "见公示表第一行"
    assert "加油站的结果公示了吗？" in (pack / "data" / "question-01.html").read_text("utf-8")
    marked = sorted((pack / "data" / "pages").glob("*-2026-002-0001-第1页.pdf"))
    with pikepdf.open(marked[0]) as pdf:
        drawn = b" ".join(str(one).encode() for one in pikepdf.parse_content_stream(pdf.pages[0]))
    assert b"/SsjMark" in drawn
    assert verify_pack(pack, copied) == []
    with copied.transaction() as connection:  # the page no longer says so
        connection.execute(update(page_texts).where(page_texts.c.case == "2026-002").values(text="空白"))
        connection.execute(
            update(page_texts).where(page_texts.c.case == "2026-002").values(read_at="2026-11-20T10:00:00+08:00")
        )
    gone = {row.id: (row.state, row.current, row.change) for row in run_again(copied, EXAMPLE_YEAR)}
    assert gone[table.id] == ("picked", False, "gone")  # the choice stays, and says that the search no longer finds it
    with copied.transaction() as connection:  # it says so again, and so does a page that never did
        connection.execute(
            update(page_texts)
            .where(page_texts.c.case.in_(("2026-002", "2026-003-0001")))
            .values(state="done", origin="text", text="公示表", boxes=[], read_at="2026-11-20T11:00:00+08:00")
        )
    later = [row for row in run_again(copied, EXAMPLE_YEAR) if row.target == "handling_rate"]
    assert {(row.case, row.change) for row in later} == {
        ("2026-002", ""),
        ("2026-003-0001", "new"),
    }  # found by its title all along
    assert {row.state for row in later if row.case == "2026-003-0001"} == {"found"}
    assert {row.change for row in run_again(copied, EXAMPLE_YEAR) if row.target == "handling_rate"} == {""}
