"""What is read after receiving: in a child, so that no page brings the reader down; unfiled pages for guesses."""

import os
import signal

import pytest
from office import case_id, make_office
from page_rows import page_rows
from paper import paper
from places import ROOT
from sqlalchemy import select

from archive.cases import receipts
from archive.cases.case_file import NewItem, add_item
from archive.comparing.comparison import Comparison, Mark
from archive.files.page_probe import PageOpener, load_page
from archive.receiving.receive import receive
from archive.store.opening import store_of
from archive.text import text_queue
from archive.text.page_text import PageText
from archive.text.read_and_index import read_and_index
from archive.text.text_queue import read_waiting
from benchmarks.printed_pages import Line, Sheet, print_pdf
from examples.scanner import make_scan
from ssj_docs.database.schema import journal
from ssj_docs.ground import child_process


@pytest.fixture
def office(tmp_path):
    return make_office(tmp_path / "w", 3)


def filed(office, name, data, pages=1):
    with office.transaction() as connection:
        return add_item(office, connection, case_id(1), NewItem("jilubiao", name, {name: data}, pages=pages))


def states(office, item):
    with office.read() as connection:
        return [(row["state"], row["note"]) for row in page_rows(connection, item.case, item.item)]


def test_a_page_that_kills_its_child_stops_no_other(office, monkeypatch):
    monkeypatch.setattr(child_process, "CODE", (*child_process.CODE, ROOT / "tests" / "shared"))
    monkeypatch.setattr(text_queue, "PageOpener", lambda: PageOpener("falling_child"))
    bomb = filed(office, "bomb.pdf", paper([(["brings down"], "")] * 2), 2)
    whole = filed(office, "whole.pdf", paper([(["in order"], "")] * 2), 2)
    report = read_waiting(office)
    assert (report.read, report.failed, report.waiting) == (2, 2, 0)
    assert states(office, whole) == [("done", ""), ("done", "")]
    assert [state for state, note in states(office, bomb) if "崩溃" in note] == ["failed", "failed"]


def test_the_child_that_died_is_named_and_the_next_page_is_read(tmp_path):
    place = tmp_path / "a.pdf"
    place.write_bytes(paper([(["first page of it"], "")]))
    with PageOpener() as opener:
        assert "first page" in opener.open(place, 1).text
        zygote = opener._children._zygote
        os.kill(zygote.pid, signal.SIGKILL)
        zygote.wait()
        assert "first page" in opener.open(place, 1).text


def test_what_a_child_sees_is_what_is_there(tmp_path):
    printed = print_pdf([Sheet((Line(80, 180, "检查地点：青禾县云栖镇柳溪路十八号。", 16),))])
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(make_scan(printed, seed=1, dpi=150, colour=True))
    with PageOpener() as opener:
        seen = opener.open(scan, 1)
        (tmp_path / "layer.pdf").write_bytes(printed)
        layer = opener.open(tmp_path / "layer.pdf", 1)
    here = load_page(scan, 1)
    assert (seen.picture.pixels == here.picture.pixels).all()
    assert (seen.picture.to_page == here.picture.to_page).all()
    assert seen.picture.dpi == here.picture.dpi
    assert layer == load_page(printed, 1) and layer.picture is None


def test_unfiled_scans_are_read_once_and_their_words_give_the_case(office):
    letter = print_pdf(
        [
            Sheet(
                (Line(80, 150, "关于青禾县第3加油站有限公司的情况说明", 16), Line(80, 190, "联系人电话13812345678", 16))
            )
        ]
    )
    (office.root / "inbox" / "letter.pdf").write_bytes(make_scan(letter, seed=4, dpi=150))
    receive(office, inbox=True)
    assert read_and_index(office).guessed == 1
    assert read_and_index(office).guessed == 0
    with office.read() as connection:
        ((receipt, (page,)),) = receipts.unfiled_pages(connection)
    assert page.guesses[0]["case"] == case_id(3)
    assert "关于青禾县第3加油站" in page.message and "13812345678" not in page.message
    assert case_id(3) in store_of(office).read(receipt.object, "pages.json").decode()


def test_id_and_mobile_numbers_of_an_alteration_stay_out_of_the_journal(office, monkeypatch):
    item = filed(office, "a.pdf", paper([(["text of the page"], "")]))
    mark = Mark("altered", "“电话13812345678”处", "13812345678", "13987654321", (0.0, 0.0, 1.0, 1.0), 0.9)
    found = PageText(1, "x", "ocr", 0.9, (), 595, 842, comparison=Comparison(False, 0.9, altered=(mark,)))
    monkeypatch.setattr(text_queue, "read_page_text", lambda *_a, **_k: found)
    assert read_waiting(office).altered == ((case_id(1), item.item, 1),)
    with office.read() as connection:
        told = connection.execute(select(journal.c.detail).where(journal.c.action == "发现改动")).scalar_one()
    assert "13812345678" not in str(told) and "13987654321" not in str(told) and "已隐去" in str(told)
