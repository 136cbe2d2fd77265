"""Signed, tampered, expired, untrusted, doubly signed, unsigned: each gets its verdict, none passes by accident."""

import pytest
from certificates import NOW, authority, person, sign
from paper import paper

from archive.signatures.check import SCAN, check_signatures, trust_roots

PAPER = paper([(["notice of inspection", "one page"], "")])


@pytest.fixture
def verdict(tmp_path, signing):
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "root.pem").write_bytes(authority().certificate)
    (trust / "readme.txt").write_text("no certificate")

    def check(data):
        path = tmp_path / "file.pdf"
        path.write_bytes(data)
        return check_signatures(path, trust_roots(trust), NOW, signing)

    return check


def test_signed_passes_with_who_and_when(tmp_path, verdict):
    report = verdict(sign(PAPER, person(), tmp_path))
    assert (report.verdict, report.code) == ("passed", "ok")
    assert "张测试" in report.signatures[0].signer
    assert report.signatures[0].signed_at
    assert report.signatures[0].coverage == "entire_file"


def test_doubly_signed_passes_and_says_what_came_after_the_first(tmp_path, verdict):
    once = sign(PAPER, person(), tmp_path)
    report = verdict(sign(once, person("李测试"), tmp_path, "Signature2"))
    assert report.verdict == "passed"
    assert len(report.signatures) == 2
    assert "追加了签名" in report.signatures[0].changed_after
    assert report.signatures[1].coverage == "entire_file"


def test_tampered_fails(tmp_path, verdict):
    signed = sign(PAPER, person(), tmp_path)
    report = verdict(signed.replace(b"one page", b"two page"))
    assert (report.verdict, report.code) == ("failed", "tampered")


def test_bytes_appended_after_the_last_signature_do_not_pass(tmp_path, verdict):
    report = verdict(sign(PAPER, person(), tmp_path) + b"\n% something more\n")
    assert report.verdict != "passed"


def test_page_changed_by_a_later_revision_fails(tmp_path, verdict):
    import io

    from pyhanko.pdf_utils.generic import NameObject, NumberObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(sign(PAPER, person(), tmp_path)))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Rotate")] = NumberObject(90)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    report = verdict(out.getvalue())
    assert (report.verdict, report.code) == ("failed", "modified")
    assert report.signatures[0].changed_after


def test_expired_certificate_is_undetermined(tmp_path, verdict):
    report = verdict(sign(PAPER, person("王过期", days=100), tmp_path))
    assert (report.verdict, report.code) == ("undetermined", "expired")


def test_unknown_issuer_is_undetermined(tmp_path, verdict):
    report = verdict(sign(PAPER, person("赵外人", root="别处的根证书"), tmp_path))
    assert (report.verdict, report.code) == ("undetermined", "untrusted")


def test_unsigned_and_scan_are_undetermined(verdict):
    assert (verdict(PAPER).verdict, verdict(PAPER).code) == ("undetermined", "unsigned")
    assert SCAN.verdict == "undetermined"


def test_national_algorithm_is_undetermined_and_says_so(tmp_path, verdict):
    signed = sign(PAPER, person(), tmp_path)
    ecdsa_sha256, sm2_sm3 = b"2a8648ce3d040302", b"2a811ccf55018375"  # object identifiers of the same length
    places = [place for place in range(len(signed)) if signed[place : place + 16].lower() == ecdsa_sha256]
    assert places
    national = bytearray(signed)
    for place in places:
        national[place : place + 16] = sm2_sm3
    report = verdict(bytes(national))
    assert (report.verdict, report.code) == ("undetermined", "unknown_algorithm")
    assert "国密" in report.reason


def test_no_single_flipped_bit_passes(tmp_path, verdict):
    signed = bytearray(sign(PAPER, person(), tmp_path))
    start = signed.index(b"/Contents <")
    end = signed.index(b">", start)
    padding = end - len(bytes(signed[start:end])) + len(bytes(signed[start:end]).rstrip(b"0"))  # filler, signs nothing
    places = [place for place in range(0, len(signed), 200) if not padding <= place < end]
    assert len(places) > 20
    for place in places:
        flipped = signed.copy()
        flipped[place] ^= 1
        assert verdict(bytes(flipped)).verdict != "passed", place
