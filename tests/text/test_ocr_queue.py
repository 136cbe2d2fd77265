"""Archived pages wait to be read, are read once, and one that cannot be read stops no other."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date

import pytest
from page_rows import page_rows
from places import ROOT
from sqlalchemy import insert, select

from archive.cases.case_file import NewItem, add_item
from archive.ocr import engine
from archive.text import text_queue
from archive.text.page_text import read_page_text
from archive.text.text_queue import count_waiting, queue_failed_again, queue_unread, read_waiting
from benchmarks.printed_pages import Line, Sheet, print_pdf
from examples.scanner import make_scan
from ssj_docs.database import registers
from ssj_docs.database.schema import issued, journal
from ssj_docs.ground.errors import MissingProgramError
from ssj_docs.model.case import Case

CASE = "2026-003-0012"
PAGES = [
    Sheet((Line(120, 120, "现场检查笔录", 22), Line(80, 180, "检查地点：青禾县云栖镇柳溪路十八号。", 16))),
    Sheet((Line(80, 120, "当事人对检查情况没有异议。", 16), Line(80, 160, "以上记录属实。", 16))),
]


@pytest.fixture
def office(workspace):
    with workspace.transaction() as connection:
        registers.save_cases(connection, [Case(CASE, "2026-003", 12, "S12", ("A1",), date(2026, 3, 2))])
    return workspace


def file_paper(office, pdf: bytes, pages: int, **changes):
    new = NewItem("bilu", "现场检查笔录", {"笔录.pdf": pdf}, pages=pages, **changes)
    with office.transaction() as connection:
        return add_item(office, connection, CASE, new)


def rows(office, item):
    with office.read() as connection:
        return page_rows(connection, CASE, item.item)


def test_pages_are_queued_once_and_read_one_by_one(office):
    item = file_paper(office, print_pdf(PAGES), 2)
    with office.transaction() as connection:
        assert queue_unread(connection) == 2
        assert queue_unread(connection) == 0
        assert count_waiting(connection) == 2
    report = read_waiting(office, limit=1)  # as after a stop in between
    assert (report.read, report.failed, report.waiting) == (1, 0, 1)
    report = read_waiting(office)
    assert (report.read, report.waiting) == (1, 0)
    assert read_waiting(office).read == 0
    first, second = rows(office, item)
    assert (first["state"], first["origin"], first["confidence"], first["page"]) == ("done", "text", 1.0, 1)
    assert "柳溪路十八号" in first["text"] and "以上记录属实" in second["text"]
    assert first["source"] == item.sha256
    assert ["现场检查笔录", *first["boxes"][0][1:]] == first["boxes"][0]


def issue(office, item_id: str, pdf: bytes):
    path = office.root / "issued" / "笔录.pdf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pdf)
    with office.transaction() as connection:
        connection.execute(
            insert(issued).values(
                id=item_id,
                kind="bilu",
                title="现场检查笔录",
                number="",
                task="2026-003",
                case=CASE,
                department="",
                date=date(2026, 3, 5),
                path="issued/笔录.docx",
                sha256="0" * 64,
                content_digest="",
                pdf_path="issued/笔录.pdf",
                pdf_sha256="0" * 64,
                pages=2,
                version=1,
                current=True,
                issued_at="x",
            )
        )


def test_scans_are_held_against_what_was_issued_and_an_alteration_stands_in_the_journal(office):
    issue(office, "bilu-1", print_pdf(PAGES))
    altered = [PAGES[1], PAGES[0].with_change("十八号", "十九号")]  # came in with its pages in the other order
    item = file_paper(
        office,
        make_scan(print_pdf(altered), seed=1, dpi=150, tilt=1),
        2,
        origin="scan",
        issued="bilu-1",
        source={"form_pages": [2, 1]},
    )
    report = read_waiting(office)
    assert (report.read, report.failed) == (2, 0)
    assert report.altered == ((CASE, item.item, 2),)
    confirmed, changed = rows(office, item)
    assert confirmed["origin"] == "issued" and confirmed["comparison"]["confirmed"] is True
    assert "当事人对检查情况没有异议。" in confirmed["text"]
    assert changed["origin"] == "ocr" and changed["comparison"]["altered"][0][1:3] == ["八", "九"]
    assert "十九号" in changed["text"]
    with office.read() as connection:
        found = connection.execute(select(journal).where(journal.c.action == "发现改动")).mappings().one()
    assert found["subject"] == f"{CASE}/{item.item}"


def test_reading_killed_in_the_middle_goes_on_where_it_stood(office):
    item = file_paper(office, make_scan(print_pdf(PAGES * 3), seed=1, dpi=150), 6, origin="scan")

    def read_so_far() -> int:
        return sum(row["state"] == "done" for row in rows(office, item))

    command = [sys.executable, str(ROOT / "cli.py"), "--workspace", str(office.root), "read"]
    reading = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not read_so_far() and reading.poll() is None:
            time.sleep(0.02)
    finally:
        reading.kill()
        reading.wait()
    before = read_so_far()
    assert 1 <= before < 6
    report = read_waiting(office)
    assert (report.read, report.failed, report.waiting) == (6 - before, 0, 0)
    assert all("柳溪路十八号" in row["text"] for row in rows(office, item)[::2])


def test_a_page_that_cannot_be_read_stops_no_other_and_can_be_tried_again(office):
    broken = file_paper(office, b"%PDF-1.7 torn", 1)
    whole = file_paper(office, print_pdf(PAGES[:1]), 1)
    report = read_waiting(office)
    assert (report.read, report.failed, report.waiting) == (1, 1, 0)
    (row,) = rows(office, broken)
    assert row["state"] == "failed" and "无法打开" in row["note"]
    assert rows(office, whole)[0]["state"] == "done"
    with office.transaction() as connection:
        assert queue_failed_again(connection) == 1
        assert count_waiting(connection) == 1


def test_without_ocr_scans_stay_queued(office, monkeypatch):
    item = file_paper(office, make_scan(print_pdf(PAGES[:1]), seed=1, dpi=100), 1, origin="scan")
    monkeypatch.setattr(engine, "onnxruntime", None)
    engine.ocr_engine.cache_clear()
    try:
        with pytest.raises(MissingProgramError):
            read_waiting(office)
    finally:
        engine.ocr_engine.cache_clear()
    assert [row["state"] for row in rows(office, item)] == ["queued"]


def test_a_page_that_brings_the_program_down_is_given_up_after_three_times(office, monkeypatch):
    item = file_paper(office, print_pdf(PAGES), 2)

    def down_on_the_first(pdf, page, **options):
        if page == 1:
            raise KeyboardInterrupt
        return read_page_text(pdf, page, **options)

    monkeypatch.setattr(text_queue, "read_page_text", down_on_the_first)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            read_waiting(office)
    report = read_waiting(office)
    assert (report.read, report.failed, report.waiting) == (1, 1, 0)
    first, second = rows(office, item)
    assert first["state"] == "failed" and "3 次" in first["note"]
    assert second["state"] == "done" and second["note"] == ""
