"""Validates the signatures of a PDF with pyHanko, without network; the child's side of `archive.signatures.check`.

Runs in limited children only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy

from archive.signatures.check import LATER_PROOF, Verdict
from archive.signatures.revocation import Trust, purpose_fault, read_trust, revocation_of

_NATIONAL_ALGORITHMS = "1.2.156.10197."  # SM2, SM3 and their kin (GM/T 0006)
_NO_REVOCATION = CertRevTrustPolicy(NO_REVOCATION)
_KNOWN_FORMATS = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached", "/ETSI.RFC3161")
_TRUST_REASONS: Mapping[str, tuple[str, str]] = {
    "NO_CERTIFICATE_CHAIN_FOUND": ("untrusted", "签名证书不是由本单位信任的机构签发"),
    "OUT_OF_BOUNDS_NO_POE": ("expired", "签名证书不在有效期内，又没有可信时间戳证明签署时间"),
    "EXPIRED": ("expired", "签名证书已过期"),
    "NOT_YET_VALID": ("not_yet_valid", "签名证书尚未生效"),
    "REVOKED": ("revoked", "签名证书在签署前已被吊销"),
    "REVOKED_NO_POE": ("revoked", "签名证书已被吊销，签署时间无从证明"),
    "CRYPTO_CONSTRAINTS_FAILURE": ("weak", "签名使用的算法强度不足"),
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": ("weak", "签名使用的算法强度不足"),
    "CHAIN_CONSTRAINTS_FAILURE": ("constraints", "签名证书的用途或限制不符"),
}
_CHANGES = {
    ModificationLevel.NONE: "",
    ModificationLevel.LTA_UPDATES: LATER_PROOF,
    ModificationLevel.FORM_FILLING: "其后追加了签名",
    ModificationLevel.ANNOTATIONS: "其后添加了批注",
    ModificationLevel.OTHER: "其后内容有改动",
}


def check_in_child(path: str, roots: Sequence[str], now: str) -> Iterator[dict[str, Any]]:
    """Yield one message for each signature, with the fields of `archive.signatures.check.SignatureFinding`."""
    trust = read_trust(roots)
    with Path(path).open("rb") as stream:
        try:
            reader = PdfFileReader(stream, strict=False)
            signatures = [one for one in reader.embedded_signatures if one.sig_object_type != "/DocTimeStamp"]
            trust = trust.with_more(*_in_document(reader))
        except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            yield _finding("undetermined", "unreadable", f"签名结构无法解析（{type(error).__name__}）")
            return
        for signature in signatures:
            finding = _check_one(signature, trust, datetime.fromisoformat(now))
            if trust.unreadable and finding["code"] == "untrusted":
                finding["reason"] += f"（trust 中的 {'、'.join(trust.unreadable)} 无法读取）"
            yield finding


def _in_document(reader: PdfFileReader) -> tuple[list[bytes], list[bytes]]:
    """The CRLs and OCSP responses of the document's security store."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return [], []
    return [one.get_object().data for one in store.crls], [one.get_object().data for one in store.ocsps]


def _in_signature(signature: EmbeddedPdfSignature) -> tuple[list[bytes], list[bytes]]:
    """The CRLs and OCSP responses that the signer put in (adbe-revocationInfoArchival)."""
    found: tuple[list[bytes], list[bytes]] = ([], [])
    attributes = signature.signer_info["signed_attrs"]
    for archival in find_cms_attribute_iter(attributes, "adobe_revocation_info_archival"):
        found[0].extend(one.dump() for one in archival["crl"] or ())
        found[1].extend(one.dump() for one in archival["ocsp"] or ())
    return found


def _check_one(signature: EmbeddedPdfSignature, trust: Trust, now: datetime) -> dict[str, Any]:
    who: dict[str, Any] = {}
    try:
        unknown = _unknown_algorithm(signature)
        if unknown:
            return _finding("undetermined", "unknown_algorithm", unknown)
        who = _who(signature)
        trust = trust.with_more(*_in_signature(signature))
        status = _validated(signature, trust, now)
        proven = _proven(status)
        if proven and not status.trusted:  # expired since: judged when it was proved to exist
            status = _validated(signature, trust, proven, stamped=now)
        return _judged(signature, status, who, _Known(trust, now, proven))
    except (NotImplementedError, LookupError) as error:
        reason = f"签名使用了无法核验的算法或格式（{type(error).__name__}）"
        return _finding("undetermined", "unknown_algorithm", reason, who)
    except MemoryError:
        raise
    except Exception as error:  # a check that fails must not count as passed
        name = type(error).__name__
        if "Algorithm" in name:
            return _finding("undetermined", "unknown_algorithm", "签名使用了无法核验的算法", who)
        return _finding("failed", "malformed", f"签名结构有误或被改动（{name}）", who)


@dataclass(frozen=True)
class _Known:
    """What a signature is judged by: what is trusted, the time now, the time at which it is proved to have existed."""

    trust: Trust
    now: datetime
    proven: datetime | None


def _validated(
    signature: EmbeddedPdfSignature, trust: Trust, moment: datetime, stamped: datetime | None = None
) -> PdfSignatureStatus:
    """Bytes, signature and chain at a moment; revocation and purpose are judged by ourselves."""
    at, stamps = (
        ValidationContext(
            trust_roots=list(trust.anchors), moment=time, allow_fetching=False, revinfo_policy=_NO_REVOCATION
        )
        for time in (moment, stamped or moment)
    )
    return validate_pdf_signature(signature, at, stamps, key_usage_settings=KeyUsageConstraints(key_usage=()))


def _proven(status: PdfSignatureStatus) -> datetime | None:
    """When a time stamp that can be trusted proves the signature to have existed."""
    stamp = status.timestamp_validity
    return stamp.timestamp if stamp is not None and stamp.intact and stamp.valid and stamp.trusted else None


def _revocation(status: PdfSignatureStatus, known: _Known, claimed: str) -> tuple[Verdict, str, str]:
    """What revocation says: verdict, code, and a sentence or a remark."""
    chain = list(status.validation_path or ())
    remark = ""
    for issuer, certificate in pairwise(chain):
        found = revocation_of(certificate, issuer, known.trust, known.now, known.proven)
        day = found.at.date().isoformat() if found.at else ""
        if found.state == "revoked" and found.at and not (known.proven and known.proven < found.at):
            if certificate is chain[-1] and claimed and datetime.fromisoformat(claimed) >= found.at:
                return "failed", "revoked", f"签名证书在签署前（{day}）已被吊销"
            why = f"签名证书或其签发机构的证书已于 {day} 被吊销，没有可信时间戳证明签署在此之前"
            return "undetermined", "revoked_no_proof", why
        if found.state == "stale":
            return (
                "undetermined",
                "revocation_stale",
                f"吊销信息只到 {day}，不能说明此后是否吊销；请把新的吊销列表放入 trust",
            )
        if found.state == "missing":
            why = "没有吊销信息：证书注明了吊销列表或查询地址，本机不联网查询；请把签发机构的吊销列表放入 trust"
            return "undetermined", "no_revocation", why
        if found.state == "unnamed":
            remark = "没有吊销信息，证书也没有注明从哪里查"
    return "passed", "ok", remark


def _filled(signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> list[str]:
    """Form fields, other than signatures, that were filled or changed after this signature, with their values in words."""
    if not isinstance(status.diff_result, DiffResult):
        return []
    before = _field_values(signature.reader.get_historical_resolver(signature.signed_revision))
    after = _field_values(signature.reader)
    names = [name for name in sorted(status.diff_result.changed_form_fields) if name in before or name in after]
    return [f"“{name}”由“{before.get(name, '')}”改为“{after.get(name, '')}”" for name in names]


def _field_values(document: Any) -> dict[str, str]:
    """Value of every form field that is no signature, by its full name."""
    found: dict[str, str] = {}

    def opened(value: Any) -> Any:
        return value.get_object() if isinstance(value, IndirectObject) else value  # type: ignore[no-untyped-call]

    def walk(fields: Any, prefix: str, inherited: str, depth: int) -> None:
        for reference in opened(fields) if depth < 12 else ():
            one = opened(reference)
            name = ".".join(filter(None, (prefix, str(opened(one.get("/T", ""))))))
            kind = str(opened(one.get("/FT", inherited)))
            if kind and kind != "/Sig" and "/T" in one:
                found[name] = str(opened(one.get("/V", "")))
            walk(one.get("/Kids", ()), name, kind, depth + 1)

    form = opened(document.root.get("/AcroForm"))
    walk(form.get("/Fields", ()) if form else (), "", "", 0)
    return found


def _unknown_algorithm(signature: EmbeddedPdfSignature) -> str:
    """A sentence if the algorithm of the signature is not available here."""
    kind = str(signature.sig_object.get("/SubFilter", ""))
    if kind not in _KNOWN_FORMATS:
        return f"签名格式 {kind or '未注明'} 无法核验"
    information = signature.signer_info
    used = [information["signature_algorithm"]["algorithm"].dotted, information["digest_algorithm"]["algorithm"].dotted]
    for choice in signature.signed_data["certificates"]:
        certificate = choice.chosen
        used.append(certificate["signature_algorithm"]["algorithm"].dotted)
        used.append(certificate["tbs_certificate"]["subject_public_key_info"]["algorithm"]["algorithm"].dotted)
    if any(oid.startswith(_NATIONAL_ALGORITHMS) for oid in used):
        return "签名使用国密算法（SM2/SM3），本系统无法核验，请用签章厂商的工具核验"
    return ""


def _who(signature: EmbeddedPdfSignature) -> dict[str, Any]:
    certificate = signature.signer_cert
    claimed = signature.self_reported_timestamp
    return {
        "signer": certificate.subject.human_friendly,
        "issuer": certificate.issuer.human_friendly,
        "serial": f"{certificate.serial_number:X}",
        "signed_at": claimed.isoformat() if claimed else "",
    }


def _judged(
    signature: EmbeddedPdfSignature, status: PdfSignatureStatus, who: dict[str, Any], known: _Known
) -> dict[str, Any]:
    level = status.modification_level
    claimed = str(who.get("signed_at", ""))
    who = {
        **who,
        "changed_after": "" if level is None else _CHANGES[level],
        "coverage": status.coverage.name.lower() if status.coverage else "",
    }
    if status.timestamp_validity is not None and status.timestamp_validity.trusted:
        who |= {"signed_at": status.timestamp_validity.timestamp.isoformat(), "timestamped": True}
    if not status.intact or not status.valid:
        return _finding("failed", "tampered", "签署后文件内容被改动，签名与内容不符", who)
    if status.coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        return _finding("failed", "coverage", "签名没有覆盖它所在的整个版本", who)
    if level == ModificationLevel.OTHER or (status.docmdp_ok is False and level is not None):
        return _finding("failed", "modified", "签署后追加了改动，内容与签署时不同", who)
    if not status.trusted:
        indication = status.trust_problem_indic
        name = indication.standard_name if indication else "NO_CERTIFICATE_CHAIN_FOUND"
        code, reason = _TRUST_REASONS.get(name, ("trust", f"签名证书的可信性不能确认（{name}）"))
        failed = indication is not None and indication.status == AdESStatus.FAILED
        return _finding("failed" if failed else "undetermined", code, reason, who)
    if fault := purpose_fault(signature.signer_cert):
        return _finding("undetermined", "constraints", f"签名证书不是签署文件用的：{fault}", who)
    verdict, code, told = _revocation(status, known, claimed)
    if verdict != "passed":
        return _finding(verdict, code, told, who)
    if filled := _filled(signature, status):
        who["changed_after"] = f"其后填写了表单：{'、'.join(filled)}"
        if signature.docmdp_level is None:
            return _finding("undetermined", "filled", f"签署之后表单有改动（{'、'.join(filled)}），请人工核对", who)
    if not status.bottom_line:
        return _finding("undetermined", "constraints", "签名的附加要求（时间戳、约束值）未满足", who)
    return _finding("passed", "ok", f"签名有效{f'（{told}）' if told else ''}", who)


def _finding(verdict: Verdict, code: str, reason: str, who: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"verdict": verdict, "code": code, "reason": reason, **(who or {})}
