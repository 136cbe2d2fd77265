"""PDFs made to harm their reader: each is answered, none stops the program, the next file goes on."""

import zlib

import pikepdf
import pytest
from paper import paper
from raw_pdf import one_page, raw_pdf, stream

from archive.files.limited_child import LimitedChildren, Limits
from archive.files.pdf_guard import examine_pdf, file_type

MIB = 1024 * 1024


@pytest.fixture
def examine(tmp_path, children):
    def look(data, **limits):
        path = tmp_path / "file.pdf"
        path.write_bytes(data)
        return examine_pdf(path, children, Limits(**limits) if limits else None)

    return look


def test_ordinary_paper_has_no_fault(examine):
    report = examine(paper([(["a page"], ""), (["another"], "")]))
    assert (report.pages, report.faults, report.readable) == (2, {}, True)
    assert report.has_text
    assert not report.signed
    assert abs(report.sizes[0].width - 210) < 1


def test_gigabyte_stream_is_named_before_anything_draws_it(examine, gigabyte):
    report = examine(one_page(stream(gigabyte, b"/Filter /FlateDecode")))
    assert "bomb" in report.faults
    assert not report.readable
    assert "300 MB" in report.messages[0][0]


def test_bomb_packed_twice_is_named(examine, gigabyte):
    report = examine(one_page(stream(zlib.compress(gigabyte), b"/Filter [/FlateDecode /FlateDecode]")))
    assert "bomb" in report.faults


def test_page_tree_that_loops_is_named(examine):
    looped = raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>",
    )
    report = examine(looped)
    assert "page_loop" in report.faults
    assert not report.readable


def test_five_thousand_pages_are_counted_not_read(examine):
    pdf = pikepdf.new()
    for _ in range(5000):
        pdf.add_blank_page()
    import io

    buffer = io.BytesIO()
    pdf.save(buffer)
    report = examine(buffer.getvalue())
    assert report.pages == 5000
    assert "too_many_pages" in report.faults
    assert not report.readable


@pytest.mark.parametrize(("user", "fault", "readable"), [("secret", "password", False), ("", "restricted", True)])
def test_encrypted(examine, tmp_path, user, fault, readable):
    import io

    with pikepdf.open(io.BytesIO(paper([(["a page"], "")]))) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="owner", user=user))
    report = examine((tmp_path / "locked.pdf").read_bytes())
    assert report.encrypted
    assert fault in report.faults
    assert report.readable is readable


def test_script_launch_and_embedded_file_are_named_and_pages_still_read(examine):
    report = examine(
        raw_pdf(
            b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> "
            b"/Names << /EmbeddedFiles << /Names [(x) 4 0 R] >> >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> "
            b"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /Launch /F (x.exe) >> >>] >>",
            b"<< /Type /Filespec /F (x) >>",
        )
    )
    assert {"script", "launch", "embedded"} <= set(report.faults)
    assert report.readable


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing else", b"%PDF-1.4\n" + bytes(range(256)) * 40])
def test_broken_file_is_named(examine, data):
    report = examine(data)
    assert report.pages == 0
    assert set(report.faults) & {"broken", "error"}


def test_truncated_file_is_answered(examine):
    whole = paper([(["a page"], "")] * 3)
    for share in (0.3, 0.6, 0.9):
        report = examine(whole[: int(len(whole) * share)])
        assert report.faults


def test_child_stopped_by_memory_and_time_is_an_answer_and_the_next_file_goes_on(examine, gigabyte):
    memory = examine(one_page(stream(gigabyte, b"/Filter /FlateDecode")), memory=40 * MIB)
    assert set(memory.faults) & {"memory", "crash", "error"}
    slow = examine(one_page(stream(gigabyte, b"/Filter /FlateDecode")), wall=0.02)
    assert "time" in slow.faults
    assert examine(paper([(["a page"], "")])).pages == 1


def test_drawing_a_bomb_costs_one_child_only(tmp_path, gigabyte):
    path = tmp_path / "bomb.pdf"
    path.write_bytes(one_page(stream(gigabyte, b"/Filter /FlateDecode")))
    with LimitedChildren() as children:
        arguments = {"path": str(path), "first": 0, "last": 0}
        outcome = children.run("read_pages", arguments, Limits(memory=700 * MIB, cpu=3, wall=10))
        assert outcome.ending in ("memory", "time", "crash", "error")
        assert children.run("examine", {"path": str(path)}).ending == "done"


def test_type_is_told_by_the_bytes(tmp_path):
    for name, data, expected in (
        ("a.txt", b"%PDF-1.4", "pdf"),
        ("a.pdf", b"\xff\xd8\xff\xe0", "image"),
        ("a.pdf", b"MZ\x90", "unknown"),
        ("a.ofd", b"PK\x03\x04", "ofd"),
        ("a.pdf", b"", "empty"),
    ):
        (tmp_path / name).write_bytes(data)
        assert file_type(tmp_path / name) == expected
