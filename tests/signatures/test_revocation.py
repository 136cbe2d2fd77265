"""Revocation from trust/, the DSS and the signature; purposes; document time stamps; forms filled in between. No network."""

from __future__ import annotations

import io
from datetime import timedelta

import pikepdf
import pytest
from certificates import NOW, ROOT, Identity, authority, person, sign
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from paper import paper
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from archive.signatures.check import check_signatures, trust_roots

PAPER = paper([(["notice of inspection", "one page"], "")])
LATER = NOW + timedelta(days=3)


def crl(*revoked: Identity, days_ago: int = 100, good_for: int = 30, root: str = ROOT) -> bytes:
    """A CRL of the root, in PEM."""
    issuer = authority(root)
    name = x509.load_pem_x509_certificate(issuer.certificate).subject
    builder = x509.CertificateRevocationListBuilder().issuer_name(name)
    builder = builder.last_update(NOW - timedelta(days=1)).next_update(NOW + timedelta(days=good_for))
    for one in revoked:
        serial = x509.load_pem_x509_certificate(one.certificate).serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial)
        builder = builder.add_revoked_certificate(entry.revocation_date(NOW - timedelta(days=days_ago)).build())
    key = serialization.load_pem_private_key(issuer.key, None)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)  # type: ignore[arg-type]


def issued(name: str, *extensions: x509.ExtensionType, by_rsa: bool = False) -> Identity:
    """Somebody whose certificate says more."""
    issuer = authority()
    key = rsa.generate_private_key(65537, 2048) if by_rsa else ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.load_pem_x509_certificate(issuer.certificate).subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=200))
        .not_valid_after(NOW + timedelta(days=200))
    )
    for one in extensions:
        builder = builder.add_extension(one, critical=isinstance(one, x509.ExtendedKeyUsage))
    made = builder.sign(serialization.load_pem_private_key(issuer.key, None), hashes.SHA256())  # type: ignore[arg-type]
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Identity(private, made.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def verdict(tmp_path, signing):
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "root.pem").write_bytes(authority().certificate)

    def check(data, **files):
        for name, content in files.items():
            (trust / name.replace("_", ".")).write_bytes(content)
        (tmp_path / "file.pdf").write_bytes(data)
        return check_signatures(tmp_path / "file.pdf", trust_roots(trust), LATER, signing)

    return check


def der(pem: bytes) -> bytes:
    return x509.load_pem_x509_crl(pem).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(("name", "form"), [("a_crl", bytes), ("a_pem", bytes), ("a_der", der), ("a_crl", der)])
def test_a_list_in_trust_revokes_in_any_form(tmp_path, verdict, name, form):
    signed = sign(PAPER, person(), tmp_path)
    report = verdict(signed, **{name: form(crl(person()))})
    assert (report.verdict, report.code) == ("failed", "revoked")
    assert "2026-08-12" in report.reason


def test_a_list_in_the_files_own_store_revokes(tmp_path, verdict):
    out = io.BytesIO(sign(PAPER, person(), tmp_path))
    listed = [x509.load_pem_x509_crl(crl(person())).public_bytes(serialization.Encoding.DER)]
    from asn1crypto.crl import CertificateList

    DocumentSecurityStore.add_dss(out, None, crls=[CertificateList.load(one) for one in listed])
    assert (verdict(out.getvalue()).verdict, verdict(out.getvalue()).code) == ("failed", "revoked")


def test_a_list_that_does_not_name_it_passes_also_from_the_files_own_store(tmp_path, verdict):
    from asn1crypto.crl import CertificateList

    out = io.BytesIO(sign(PAPER, person(), tmp_path))
    DocumentSecurityStore.add_dss(out, None, crls=[CertificateList.load(der(crl()))])
    report = verdict(out.getvalue())
    assert (report.verdict, report.reason) == ("passed", "签名有效，签署后未改动")


def test_no_information_is_said_and_decides_where_the_certificate_names_a_source(tmp_path, verdict):
    report = verdict(sign(PAPER, person(), tmp_path))
    assert report.verdict == "passed"
    assert "没有吊销信息" in report.reason
    where = x509.DistributionPoint([x509.UniformResourceIdentifier("http://ca.example/a.crl")], None, None, None)
    named = issued("李注明", x509.CRLDistributionPoints([where]))
    report = verdict(sign(PAPER, named, tmp_path))
    assert (report.verdict, report.code) == ("undetermined", "no_revocation")
    assert verdict(sign(PAPER, named, tmp_path), a_crl=crl()).verdict == "passed"


def test_an_old_list_decides_nothing_but_still_revokes(tmp_path, verdict):
    signed = sign(PAPER, person(), tmp_path)
    assert verdict(signed, a_crl=crl(good_for=1)).code == "revocation_stale"
    assert verdict(signed, a_crl=crl(person(), good_for=1)).code == "revoked"


def test_a_list_of_somebody_else_says_nothing(tmp_path, verdict):
    assert verdict(sign(PAPER, person(), tmp_path), a_crl=crl(person(), root="别处的根证书")).verdict == "passed"


@pytest.mark.parametrize(
    "who",
    [
        lambda: issued("服务器", x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
        lambda: issued("时间戳", x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])),
        authority,
    ],
)
def test_a_certificate_for_something_else_does_not_sign(tmp_path, verdict, who):
    report = verdict(sign(PAPER, who(), tmp_path))
    assert (report.verdict, report.code) == ("undetermined", "constraints")


def test_a_document_time_stamp_is_no_signature(tmp_path, verdict):
    tsa = issued("时间戳机构", x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), by_rsa=True)
    (tmp_path / "t.key").write_bytes(tsa.key)
    (tmp_path / "t.pem").write_bytes(tsa.certificate)
    stamper = DummyTimeStamper(
        load_cert_from_pemder(tmp_path / "t.pem"), load_private_key_from_pemder(tmp_path / "t.key", None), fixed_dt=NOW
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(sign(PAPER, person(), tmp_path)))
    report = verdict(PdfTimeStamper(stamper).timestamp_pdf(writer, "sha256").getvalue())
    assert (report.verdict, len(report.signatures)) == ("passed", 1)


def test_a_form_filled_between_two_signatures_is_said(tmp_path, verdict):
    with pikepdf.open(io.BytesIO(PAPER)) as pdf:
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="amount", V="500",
            Rect=[70, 600, 200, 620], DA="/F1 12 Tf 0 g",
        )  # fmt: skip
        one = pdf.make_indirect(field)
        pdf.pages[0].obj.Annots = pikepdf.Array([one])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[one])
        out = io.BytesIO()
        pdf.save(out)
    once = sign(out.getvalue(), person(), tmp_path)
    writer = IncrementalPdfFileWriter(io.BytesIO(once))
    from pyhanko.pdf_utils.generic import pdf_name, pdf_string

    changed = writer.root["/AcroForm"]["/Fields"][0]
    changed[pdf_name("/V")] = pdf_string("9000")
    writer.update_container(changed)
    filled = io.BytesIO()
    writer.write(filled)
    report = verdict(sign(filled.getvalue(), person("李测试"), tmp_path, "Signature2"))
    assert (report.verdict, report.code) == ("undetermined", "filled")
    assert "“amount”由“500”改为“9000”" in report.reason
