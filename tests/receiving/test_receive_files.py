"""Single files: signed, hand-filed, pictures, OFD, hostile, broken, still growing; and what the command says."""

import io
import json
import os
import time

import pikepdf
import pytest
from certificates import authority, person, sign
from click.testing import CliRunner
from office import case_id, form_of, make_office
from paper import join, paper
from PIL import Image
from raw_pdf import one_page, stream

from archive.cases import catalogue, receipts
from archive.cases.case_file import read_item
from archive.commands.receive import receive_command
from archive.preservation.fixity import verify
from archive.receiving.file_by_hand import file_by_hand, parse_pages
from archive.receiving.receive import receive
from archive.store.opening import store_of
from examples.scanner import blank_sheet, make_scan
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError


@pytest.fixture
def office(tmp_path):
    return make_office(tmp_path / "w", 4)


def put(office, name, data):
    """A file that has lain in the inbox for an hour."""
    path = office.root / "inbox" / name
    path.write_bytes(data)
    os.utime(path, (time.time() - 3600,) * 2)
    return path


def items_of(office, number):
    with office.read() as connection:
        return catalogue.load_items(connection, case_id(number))


def test_one_upright_form_is_filed_as_it_came_with_its_blank_back(office):
    scans = [make_scan(page, seed=1, dpi=150) for page in form_of(office, 1)]
    data = join([scans[0], blank_sheet(seed=1, dpi=150), scans[1]])
    put(office, "一份.pdf", data)
    report = receive(office, inbox=True).files[0]
    assert (report.outcome, report.kept, report.blanks) == ("filed", "", (2,))
    item = items_of(office, 1)[0]
    assert read_item(office, item) == data
    assert item.main.name == "一份.pdf"


def test_signed_pdf_is_filed_whole_untouched_with_its_verdict(office, tmp_path):
    (office.root / "trust" / "root.pem").write_bytes(authority().certificate)
    data = sign(join(form_of(office, 2)), person(), tmp_path)
    put(office, "signed.pdf", data)
    report = receive(office, inbox=True).files[0]
    assert report.items[0].verdict == "passed"
    item = items_of(office, 2)[0]
    assert read_item(office, item) == data
    assert item.origin == "digital"
    assert "张测试" in item.verdict_detail["signer"]
    assert item.date is not None


def test_signed_stack_of_several_forms_is_never_split(office, tmp_path):
    data = sign(join([*form_of(office, 1), *form_of(office, 2)]), person(), tmp_path)
    put(office, "signed.pdf", data)
    report = receive(office, inbox=True).files[0]
    assert report.outcome == "unfiled"
    assert "signed_stack" in {notice.code for notice in report.notices}
    assert store_of(office).read(report.kept, "original/signed.pdf") == data
    assert items_of(office, 1) == []


def test_tampered_signature_is_filed_as_failed_with_exit_code_5(office, tmp_path):
    signed = sign(join(form_of(office, 2)), person(), tmp_path)
    put(office, "signed.pdf", signed.replace(b"items checked", b"items CHECKED"))
    report = receive(office, inbox=True)
    assert report.files[0].items[0].verdict == "failed"
    assert report.exit_code == 5
    assert items_of(office, 2)[0].verdict == "failed"


def test_case_and_kind_by_hand_file_anything_whole(office):
    put(office, "合同.ofd", b"PK\x03\x04 an ofd file")
    put(office, "letter.pdf", paper([(["a letter"], "")]))
    report = receive(office, inbox=True, case=case_id(3), kind="jilubiao")
    assert [file.outcome for file in report.files] == ["filed", "filed"]
    assert [item.main.name for item in items_of(office, 3)] == ["letter.pdf", "合同.ofd"]
    assert items_of(office, 3)[0].issued == f"jilubiao-{case_id(3)}-v1"


def test_code_of_another_case_contradicts_the_clerk_and_nothing_is_filed(office):
    put(office, "a.pdf", join(form_of(office, 1)))
    report = receive(office, inbox=True, case=case_id(2), kind="jilubiao")
    assert report.files[0].outcome == "unfiled"
    assert report.files[0].notices[-1].code == "wrong_case"
    assert case_id(1) in report.files[0].notices[-1].message
    assert items_of(office, 1) == items_of(office, 2) == []


def test_file_received_without_a_place_can_be_placed_later_by_giving_it_again(office):
    data = paper([(["a letter"], "")])
    put(office, "letter.pdf", data)
    assert receive(office, inbox=True).files[0].outcome == "unfiled"
    put(office, "letter.pdf", data)
    assert receive(office, inbox=True, case=case_id(1), kind="jilubiao").files[0].outcome == "filed"
    with office.read() as connection:
        assert receipts.unfiled_pages(connection) == []
    put(office, "letter.pdf", data)
    assert receive(office, inbox=True, case=case_id(2), kind="jilubiao").files[0].outcome == "known"


def test_waiting_pages_are_filed_by_hand_in_the_order_named(office):
    letters = [paper([([f"letter page {n}"], "")]) for n in (1, 2, 3)]
    put(office, "mixed.pdf", join([*form_of(office, 1), *letters]))
    report = receive(office, inbox=True).files[0]
    assert [page.page for page in report.left] == [3, 4, 5]
    filed = file_by_hand(office, report.sha256[:12], case=case_id(2), kind="jilubiao", pages=parse_pages("5,3"))
    assert filed.pages == (5, 3)
    item = items_of(office, 2)[0]
    with pikepdf.open(io.BytesIO(read_item(office, item))) as pdf:
        texts = [page.Contents.read_bytes() for page in pdf.pages]
    assert b"letter page 3" in texts[0]
    assert b"letter page 1" in texts[1]
    with office.read() as connection:
        waiting = receipts.unfiled_pages(connection)
    assert [page.page for page in waiting[0][1]] == [4]
    with pytest.raises(UsageError, match="不在待归档之列"):
        file_by_hand(office, report.sha256[:12], case=case_id(2), kind="jilubiao", pages=(3,))


def test_photograph_of_a_form_is_filed_whole(office):
    import pypdfium2

    single = form_of(office, 4, pages=2)
    with pypdfium2.PdfDocument(join(single[:1])) as pdf:
        picture = pdf[0].render(scale=200 / 72).to_pil().convert("L")
    data = io.BytesIO()
    picture.save(data, "JPEG", dpi=(200, 200))
    put(office, "photo.jpg", data.getvalue())
    report = receive(office, inbox=True).files[0]
    assert report.items[0].case == case_id(4)
    assert report.items[0].missing == (2,)
    assert read_item(office, items_of(office, 4)[0]) == data.getvalue()


def test_picture_bomb_is_answered(office):
    big = Image.new("1", (30000, 20000))
    data = io.BytesIO()
    big.save(data, "PNG")
    put(office, "big.png", data.getvalue())
    report = receive(office, inbox=True).files[0]
    assert report.outcome == "unfiled"
    assert report.notices


def test_bad_files_are_answered_kept_where_possible_and_the_rest_goes_on(office, tmp_path, gigabyte):
    with pikepdf.open(io.BytesIO(paper([(["secret"], "")]))) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
    files = {
        "a-broken.pdf": b"%PDF-1.7 and nothing",
        "b-bomb.pdf": one_page(stream(gigabyte, b"/Filter /FlateDecode")),
        "c-empty.pdf": b"",
        "d-locked.pdf": (tmp_path / "locked.pdf").read_bytes(),
        "e-program.exe": b"MZ not a paper",
        "f-good.pdf": join(form_of(office, 1)),
    }
    for name, data in files.items():
        put(office, name, data)
    reports = {report.name: report for report in receive(office, inbox=True).files}
    outcomes = {name: report.outcome for name, report in reports.items()}
    assert outcomes == {
        "a-broken.pdf": "unfiled",
        "b-bomb.pdf": "unfiled",
        "c-empty.pdf": "failed",
        "d-locked.pdf": "unfiled",
        "e-program.exe": "unfiled",
        "f-good.pdf": "filed",
    }
    assert "password" in {notice.code for notice in reports["d-locked.pdf"].notices}
    assert "bomb" in {notice.code for notice in reports["b-bomb.pdf"].notices}
    for name in ("a-broken.pdf", "b-bomb.pdf", "d-locked.pdf"):
        assert store_of(office).read(reports[name].kept, f"original/{name}") == files[name]
    assert [path.name for path in (office.root / "inbox").iterdir() if path.is_file()] == ["c-empty.pdf"]
    assert verify(office).faults == ()


def test_case_task_or_kind_that_does_not_exist_takes_nothing_in(office):
    path = put(office, "a.pdf", paper([(["a letter"], "")]))
    with pytest.raises(NotFoundError):
        receive(office, [path], case="2026-099-0001", kind="jilubiao")
    with pytest.raises(NotFoundError):
        receive(office, [path], case=case_id(1), kind="没有这种")
    with pytest.raises(DataError):
        receive(office, [path], kind="jilubiao")
    assert path.exists()


def test_full_disk_leaves_the_inbox_as_it_was(office, monkeypatch):
    import errno

    import archive.receiving.inbox_staging as bay

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = put(office, "a.pdf", join(form_of(office, 1)))
    monkeypatch.setattr(bay, "write_durably", full)
    report = receive(office, inbox=True).files[0]
    assert report.outcome == "failed"
    assert "磁盘已满" in report.notices[0].message
    assert path.exists()
    monkeypatch.undo()
    assert receive(office, inbox=True).files[0].outcome == "filed"


def test_original_that_changed_meanwhile_stays_in_the_inbox(office, monkeypatch):
    import archive.receiving.receive as module

    path = put(office, "a.pdf", join(form_of(office, 1)))
    real = module.examine

    def grow(*arguments):
        path.write_bytes(b"another file under the same name")
        return real(*arguments)

    monkeypatch.setattr(module, "examine", grow)
    assert receive(office, inbox=True).files[0].outcome == "filed"
    assert path.read_bytes() == b"another file under the same name"


def test_command_gives_one_json_value_and_the_exit_code(office):
    put(office, "good.pdf", join(form_of(office, 1)))
    result = CliRunner().invoke(receive_command, ["--workspace", str(office.root), "--json", "--inbox"])
    value = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (value["items"], value["reports"][0]["items"][0]["case"]) == (1, case_id(1))
    put(office, "letter.pdf", paper([(["no code"], "")]))
    result = CliRunner().invoke(receive_command, ["--workspace", str(office.root), "--inbox"])
    assert result.exit_code == 3
    assert "人工归档" in result.stdout
    result = CliRunner().invoke(receive_command, ["--workspace", str(office.root), "--unfiled", "--json"])
    waiting = json.loads(result.stdout)
    arguments = ["--receipt", waiting[0]["receipt"][:8], "--case", case_id(2), "--kind", "JLB"]
    result = CliRunner().invoke(receive_command, ["--workspace", str(office.root), *arguments])
    assert result.exit_code == 0, result.output
    assert case_id(2) in result.stdout


@pytest.mark.parametrize("text", ["", "0", "3-1", "a", "1-"])
def test_pages_written_wrongly_are_a_usage_error(text):
    with pytest.raises(UsageError, match="页码"):
        parse_pages(text)


def intake_reports(office, number):
    store = store_of(office)
    paths = sorted(path for path in store.inventory(case_id(number)).version().state if path.startswith("checks/"))
    return [json.loads(store.read(case_id(number), path)) for path in paths]


def test_four_properties_are_checked_at_intake_and_kept_in_the_case_file(office):
    put(office, "a.pdf", join(form_of(office, 1)))
    put(office, "b.pdf", one_page(stream(b"", b"0 0 m"), b"/OpenAction << /S /JavaScript /JS (app.alert) >>"))
    receive(office, [office.root / "inbox" / "a.pdf"])
    (report,) = intake_reports(office, 1)
    codes = {check["code"]: check["verdict"] for check in report["checks"]}
    assert (report["stage"], report["verdict"]) == ("intake", "not_run")  # no virus scanner is no pass
    assert (codes["ZS-01"], codes["WZ-01"], codes["KY-03"], codes["AQ-03"]) == ("passed",) * 4
    assert codes["WZ-05"] == "not_applicable"
    told = receive(office, [office.root / "inbox" / "b.pdf"], case=case_id(2), kind="jilubiao").files[0]
    assert told.outcome == "filed"
    assert "AQ-04" in next(notice.message for notice in told.notices if notice.code == "four_properties")
    assert intake_reports(office, 2)[0]["verdict"] == "failed"
    assert verify(office).sound


def test_a_check_that_breaks_off_stops_no_receiving(office, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("archive.preservation.four_properties._gather", full)
    put(office, "a.pdf", join(form_of(office, 1)))
    report = receive(office, inbox=True).files[0]
    assert report.outcome == "filed"
    assert "没有完成" in next(notice.message for notice in report.notices if notice.code == "four_properties")
