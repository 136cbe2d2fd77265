"""A stack as a clerk drops it: shuffled, upside down, tilted, with blank backs, a page missing, doubles, foreign codes."""

import io
import json
import random
from dataclasses import replace

import pikepdf
import pytest
from office import case_id, code_of, form_of, make_office, open_office
from paper import form, join, paper
from sqlalchemy import select

from archive.cases import catalogue, receipts
from archive.cases.case_file import read_item
from archive.receiving.inbox import entries
from archive.receiving.receive import receive
from archive.store.opening import store_of
from examples.scanner import blank_sheet, make_scan
from ssj_docs.database import journal, schema

FORMS, MISSING, DOUBLE = 11, 3, 5


def scanned(page, seed, **options):
    return make_scan(page, seed=seed, dpi=150, tilt=random.Random(seed).uniform(-5, 5), **options)


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """30 pages: 11 forms of 2 pages less one, one page twice, 4 blank backs, 1 forged, 1 foreign, 2 uncoded."""
    office = make_office(tmp_path_factory.mktemp("stack") / "w", FORMS)
    pages = []
    for number in range(1, FORMS + 1):
        for place, page in enumerate(form_of(office, number), 1):
            if (number, place) == (MISSING, 2):
                continue
            seed = number * 10 + place
            pages.append(((number, place), scanned(page, seed, upside_down=seed % 4 == 0)))
    pages.append((("double", DOUBLE), scanned(form_of(office, DOUBLE)[0], 900)))
    forged = code_of(office, 7, 1)
    pages.append((("forged", 0), scanned(form(forged, b"another key, not the office's own")[0], 901)))
    foreign = replace(code_of(office, 7, 1), office="HP")
    pages.append((("foreign", 0), scanned(form(foreign, b"the key of the next county's office")[0], 902)))
    for number in (1, 2):
        pages.append(
            (("uncoded", number), scanned(paper([([f"letter {number}", "without any code"], "")]), 902 + number))
        )
    pages += [(("blank", number), blank_sheet(seed=number, dpi=150)) for number in range(4)]
    random.Random(7).shuffle(pages)
    data = join([page for _, page in pages])
    labels = {place: label for place, (label, _) in enumerate(pages, 1)}
    (office.root / "inbox" / "一摞.pdf").write_bytes(data)
    report = receive(office, inbox=True)
    return office, labels, data, report.files[0]


def test_every_form_is_filed_in_its_case_with_the_pages_it_came_from(stack):
    _, labels, _, report = stack
    assert report.outcome == "partly"
    assert len(labels) == 30
    assert sorted(item.case for item in report.items) == [case_id(n) for n in range(1, FORMS + 1)]
    for item in report.items:
        number = int(item.case[-4:])
        places = [label for page in item.pages for label in [labels[page]]]
        expected = [(number, 1), (number, 2)][: 1 if number == MISSING else 2]
        if number == DOUBLE:
            assert places[0] in ((DOUBLE, 1), ("double", DOUBLE))
            assert places[1] == (DOUBLE, 2)
        else:
            assert places == expected


def test_every_fault_is_named_and_none_invented(stack):
    _, labels, _, report = stack
    left = {page.page: page.reason for page in report.left}
    expected = {page: label[0] for page, label in labels.items() if label[0] in ("forged", "foreign", "uncoded")}
    doubles = {page for page, reason in left.items() if reason == "double"}
    assert len(doubles) == 1
    assert labels[doubles.pop()] in ((DOUBLE, 1), ("double", DOUBLE))
    assert {page: reason for page, reason in left.items() if reason != "double"} == expected
    assert set(report.blanks) == {page for page, label in labels.items() if label[0] == "blank"}
    assert [(n.code, "第 2 页" in n.message) for n in report.notices] == [("missing_pages", True)]
    assert [item.missing for item in report.items if item.missing] == [(2,)]


def test_upside_down_pages_are_turned_by_rotate_only_and_streams_are_carried_over(stack):
    office, labels, data, report = stack
    with office.read() as connection:
        items = {item.case: item for item in catalogue.load_items(connection)}
    seen = 0
    with pikepdf.open(io.BytesIO(data)) as original:
        for filed in report.items:
            with pikepdf.open(io.BytesIO(read_item(office, items[filed.case]))) as split:
                assert len(split.pages) == len(filed.pages)
                for page, source in zip(split.pages, filed.pages, strict=True):
                    number = labels[source][0] if labels[source][0] != "double" else None
                    image, before = (
                        next(iter(dict(p.resources.XObject).values())) for p in (page, original.pages[source - 1])
                    )
                    assert image.read_raw_bytes() == before.read_raw_bytes()
                    if number:
                        upside_down = (number * 10 + labels[source][1]) % 4 == 0
                        assert page.rotation == (180 if upside_down else 0)
                        seen += upside_down
    assert seen > 3


def test_the_stack_is_kept_as_it_came_and_says_where_each_page_went(stack):
    office, labels, data, report = stack
    store = store_of(office)
    assert store.read(report.kept, "original/一摞.pdf") == data
    pages = json.loads(store.read(report.kept, "pages.json"))["pages"]
    assert [page["page"] for page in pages] == list(range(1, len(labels) + 1))
    assert not list((office.root / "inbox").glob("*.pdf"))
    assert [p.name for p in (office.root / "inbox" / ".receiving").iterdir()] == [".lock"]


def test_items_know_their_issue_and_source_and_the_journal_is_whole(stack):
    office, _, _, report = stack
    with office.read() as connection:
        item = catalogue.load_items(connection, case_id(2))[0]
        assert journal.verify(connection).state == "intact"
        actions = [row.action for row in connection.execute(select(schema.journal.c.action))]
    assert item.issued == f"jilubiao-{case_id(2)}-v1"
    assert (item.origin, item.verdict, item.verdict_detail["code"]) == ("scan", "undetermined", "scan")
    assert item.source["sha256"] == report.sha256
    assert actions.count("receive") == 1


def test_the_same_stack_again_files_nothing_twice(stack):
    office, _, data, first = stack
    (office.root / "inbox" / "又一次.pdf").write_bytes(data)
    with office.read() as connection:
        before = catalogue.load_items(connection)
    report = receive(office, inbox=True).files[0]
    assert report.outcome == "known"
    assert first.name in report.notices[0].message
    with office.read() as connection:
        assert catalogue.load_items(connection) == before
    assert not list((office.root / "inbox").glob("*.pdf"))


def test_rescan_of_a_filed_form_is_reported_not_filed_again(stack):
    office, *_ = stack
    page = office.root / "rescan.pdf"
    page.write_bytes(join([scanned(p, 77 + n) for n, p in enumerate(form_of(office, 9))]))
    report = receive(office, [page]).files[0]
    assert {left.reason for left in report.left} == {"double"}
    assert page.exists()


def test_the_missing_page_scanned_later_completes_the_form(stack):
    office, *_ = stack
    page = office.root / "late.pdf"
    page.write_bytes(scanned(form_of(office, MISSING)[1], 55))
    report = receive(office, [page]).files[0]
    assert report.outcome == "filed"
    assert report.items[0].missing == ()
    with office.read() as connection:
        assert len(catalogue.load_items(connection, case_id(MISSING))) == 2


def test_pages_for_a_person_wait_in_the_register_with_guesses(stack):
    office, labels, *_ = stack
    with office.read() as connection:
        waiting = {
            page.page: page
            for receipt, pages in receipts.unfiled_pages(connection)
            for page in pages
            if receipt.name == "一摞.pdf"
        }
    uncoded = [page for page, label in labels.items() if label[0] == "uncoded"]
    assert set(uncoded) <= set(waiting)


def test_a_run_cut_off_before_filing_goes_on_next_time(tmp_path, monkeypatch):
    office = make_office(tmp_path / "w", 3)
    data = join([scanned(page, n * 7) for n in (1, 2, 3) for page in form_of(office, n)])
    (office.root / "inbox" / "stack.pdf").write_bytes(data)
    import archive.receiving.receive as module

    real, calls = module.file_items, []

    def cut_off(*arguments):
        calls.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "file_items", cut_off)
    with pytest.raises(KeyboardInterrupt):
        receive(office, inbox=True)
    assert (office.root / "inbox" / "stack.pdf").exists()
    monkeypatch.setattr(module, "file_items", real)
    report = receive(open_office(office.root))
    assert [item.case for item in report.files[0].items] == [case_id(n) for n in (1, 2, 3)]
    again = receive(office, inbox=True)
    assert again.files[0].outcome == "known"
    assert not (office.root / "inbox" / "stack.pdf").exists()
    assert entries(office.root / "inbox", 0) == []
