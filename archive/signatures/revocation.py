"""What is known of revocation, from the office's ``trust`` folder and from the file itself; never from the network.

Runs in limited children only. docs/decisions/0012-revocation-without-a-network.md gives the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from asn1crypto import pem  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

State = Literal["good", "revoked", "stale", "missing", "unnamed"]
#: how long what names no next update is believed
_UNTIL = timedelta(days=7)
_BROKEN = (ValueError, TypeError, KeyError, UnsupportedAlgorithm, InvalidSignature)


@dataclass(frozen=True)
class Trust:
    """Anchors, CRLs and OCSP responses, and the names of files that hold none."""

    anchors: tuple[asn1.Certificate, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    unreadable: tuple[str, ...] = ()

    def with_more(self, crls: Sequence[bytes], ocsps: Sequence[bytes]) -> Trust:
        """With CRLs and OCSP responses that a file brings, in DER; what cannot be read is left out."""
        more = tuple(one for one in map(_crl, crls) if one is not None)
        answers = tuple(one for one in map(_ocsp, ocsps) if one is not None)
        return Trust(self.anchors, self.crls + more, self.ocsps + answers, self.unreadable)


def read_trust(files: Sequence[str]) -> Trust:
    """Read certificates, CRLs and OCSP responses, PEM (several in a file) or DER, whatever the suffix."""
    anchors: list[asn1.Certificate] = []
    crls: list[x509.CertificateRevocationList] = []
    ocsps: list[ocsp.OCSPResponse] = []
    unreadable = []
    for file in files:
        data = Path(file).read_bytes()
        try:
            blocks = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
        except ValueError:
            blocks = []
        known = 0
        for block in blocks:
            certificate, revoked, answer = _certificate(block), _crl(block), _ocsp(block)
            anchors += [certificate] if certificate is not None else []
            crls += [revoked] if revoked is not None else []
            ocsps += [answer] if answer is not None else []
            known += any(one is not None for one in (certificate, revoked, answer))
        if not known:
            unreadable.append(Path(file).name)
    return Trust(tuple(anchors), tuple(crls), tuple(ocsps), tuple(unreadable))


def _certificate(der: bytes) -> asn1.Certificate | None:
    try:
        found = asn1.Certificate.load(der)
        _ = found.subject.native, found.public_key.algorithm
    except _BROKEN:
        return None
    return found


def _crl(der: bytes) -> x509.CertificateRevocationList | None:
    try:
        return x509.load_der_x509_crl(der)
    except _BROKEN:
        return None


def _ocsp(der: bytes) -> ocsp.OCSPResponse | None:
    try:
        found = ocsp.load_der_ocsp_response(der)
        return found if found.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL else None
    except _BROKEN:
        return None


@dataclass(frozen=True)
class Revocation:
    """Whether a certificate is revoked.

    Attributes:
        state: ``stale``: what is known is too old; ``missing``: the certificate names a source of which nothing is at
            hand; ``unnamed``: nothing is at hand and it names none.
        at: when it was revoked, or until when the newest information was good.
    """

    state: State
    at: datetime | None = None


@dataclass(frozen=True)
class _Told:
    since: datetime
    until: datetime
    revoked: datetime | None
    whole: bool = True


def revocation_of(
    certificate: asn1.Certificate, issuer: asn1.Certificate, trust: Trust, now: datetime, proven: datetime | None
) -> Revocation:
    """Judge a certificate now, or at the time at which its signature is proved to have existed."""
    mine = x509.load_der_x509_certificate(certificate.dump())
    theirs = x509.load_der_x509_certificate(issuer.dump())
    told = [*_by_crls(mine, theirs, trust.crls), *_by_ocsps(mine, theirs, trust.ocsps)]
    revoked = [one.revoked for one in told if one.revoked]
    if revoked:
        return Revocation("revoked", min(revoked))
    if any(one.whole and _fits(one, mine, now, proven) for one in told):
        return Revocation("good")
    if told:
        return Revocation("stale", max(one.until for one in told))
    return Revocation("missing" if _names_a_source(mine) else "unnamed")


def _fits(told: _Told, certificate: x509.Certificate, now: datetime, proven: datetime | None) -> bool:
    """Information is good in its own time; for a proven time also later, while the certificate is on its issuer's books."""
    if proven is None:
        return told.since <= now <= told.until
    return told.since <= proven <= told.until or proven <= told.since <= certificate.not_valid_after_utc


def _by_crls(
    mine: x509.Certificate, issuer: x509.Certificate, crls: Sequence[x509.CertificateRevocationList]
) -> Iterator[_Told]:
    for crl in crls:
        try:
            if crl.issuer != mine.issuer or not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
                continue
            entry = crl.get_revoked_certificate_by_serial_number(mine.serial_number)
            until = crl.next_update_utc or crl.last_update_utc + _UNTIL
            yield _Told(
                crl.last_update_utc, until, entry.revocation_date_utc if entry else None, _covers_everything(crl)
            )
        except _BROKEN:
            continue


def _covers_everything(crl: x509.CertificateRevocationList) -> bool:
    """False for a part or a delta of a list: what does not stand in it may stand in another."""
    return not any(
        isinstance(extension.value, x509.IssuingDistributionPoint | x509.DeltaCRLIndicator)
        for extension in crl.extensions
    )


def _by_ocsps(
    mine: x509.Certificate, issuer: x509.Certificate, answers: Sequence[ocsp.OCSPResponse]
) -> Iterator[_Told]:
    for answer in answers:
        try:
            if not _answered_for(answer, issuer):
                continue
            for one in answer.responses:
                asked = ocsp.OCSPRequestBuilder().add_certificate(mine, issuer, one.hash_algorithm).build()
                same = (asked.issuer_key_hash, asked.issuer_name_hash, mine.serial_number)
                if same == (one.issuer_key_hash, one.issuer_name_hash, one.serial_number):
                    known = one.certificate_status != ocsp.OCSPCertStatus.UNKNOWN
                    until = one.next_update_utc or one.this_update_utc + _UNTIL
                    yield _Told(one.this_update_utc, until, one.revocation_time_utc, known)
        except _BROKEN:
            continue


def _answered_for(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """True if the issuer signed the answer, or somebody whom it let answer."""
    for signer in (issuer, *answer.certificates):
        if signer is not issuer:
            try:
                signer.verify_directly_issued_by(issuer)
                purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            except (*_BROKEN, x509.ExtensionNotFound):
                continue
            if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
                continue
        if _verifies(signer.public_key(), answer):
            return True
    return False


def _verifies(key: Any, answer: ocsp.OCSPResponse) -> bool:
    digest = answer.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _names_a_source(certificate: x509.Certificate) -> bool:
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            return True
        if isinstance(extension.value, x509.AuthorityInformationAccess):
            return any(one.access_method == AuthorityInformationAccessOID.OCSP for one in extension.value)
    return False


#: purposes for which a signature under a paper may be made: documents, mail, a person's log-in (as most personal
#: certificates are issued), anything; and the two makers' own purposes for documents
_PURPOSES = {
    "any_extended_key_usage",
    "email_protection",
    "client_auth",
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.4.1.311.10.3.12",
    "1.2.840.113583.1.1.5",
    "microsoft_document_signing",
    "adobe_authentic_documents_trust",
}


def purpose_fault(certificate: asn1.Certificate) -> str:
    """Why a certificate is not one for signing papers; empty if it is."""
    constraints, usage, purposes = (
        certificate.basic_constraints_value,
        certificate.key_usage_value,
        certificate.extended_key_usage_value,
    )
    if constraints is not None and constraints["ca"].native:
        return "是签发证书用的机构证书"
    if usage is not None and not {"digital_signature", "non_repudiation"} & set(usage.native):
        return "密钥用途不含数字签名"
    if purposes is not None and not _PURPOSES & set(purposes.native):
        return f"限于其他用途（{'、'.join(map(str, purposes.native))}）"
    return ""
