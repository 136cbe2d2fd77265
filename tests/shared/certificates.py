"""An own certificate authority for the tests of signatures."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Identity:
    """A key with its certificate, both as PEM."""

    key: bytes
    certificate: bytes


ROOT = "青禾县测试根证书"


def authority(name: str = ROOT) -> Identity:
    """A root of its own making, the same each time it is asked for."""
    return _authority(name)


@cache
def _authority(name: str) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, subject, key.public_key(), timedelta(days=3650), NOW - timedelta(days=2000))
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).add_extension(
        _usage(sign=False), critical=True
    )
    return _identity(key, certificate.sign(key, hashes.SHA256()))


@cache
def person(name: str = "张测试", root: str = ROOT, days: int = 365) -> Identity:
    """Someone whose certificate that root issued; ``days`` of validity from a year before `NOW`."""
    issuer = authority(root)
    issuer_key = serialization.load_pem_private_key(issuer.key, None)
    issuer_name = x509.load_pem_x509_certificate(issuer.certificate).subject
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, issuer_name, key.public_key(), timedelta(days=days), NOW - timedelta(days=200))
    certificate = builder.add_extension(_usage(sign=True), critical=True)
    return _identity(key, certificate.sign(issuer_key, hashes.SHA256()))


def sign(pdf: bytes, who: Identity, folder: Path, field: str = "Signature1") -> bytes:
    """Sign as an incremental update, as signing programs do."""
    (folder / "key.pem").write_bytes(who.key)
    (folder / "certificate.pem").write_bytes(who.certificate)
    signer = signers.SimpleSigner(
        signing_cert=load_cert_from_pemder(folder / "certificate.pem"),
        signing_key=load_private_key_from_pemder(folder / "key.pem", None),
        cert_registry=SimpleCertificateStore(),
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    pdf_signer = signers.PdfSigner(
        signers.PdfSignatureMetadata(field_name=field, reason="test"), signer=signer, new_field_spec=SigFieldSpec(field)
    )
    return pdf_signer.sign_pdf(writer).getvalue()


def _builder(subject, issuer, key, length, start):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + length)
    )


def _usage(sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=sign,
        key_cert_sign=not sign,
        crl_sign=not sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _identity(key, certificate) -> Identity:
    return Identity(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        certificate.public_bytes(serialization.Encoding.PEM),
    )
