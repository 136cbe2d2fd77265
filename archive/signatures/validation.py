"""Validates the signatures of a PDF with pyHanko, without network; the child's side of `archive.signatures.check`.

Runs in limited children only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509  # type: ignore[import-untyped]
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from archive.signatures.check import Verdict

_NATIONAL_ALGORITHMS = "1.2.156.10197."  # SM2, SM3 and their kin (GM/T 0006)
_KNOWN_FORMATS = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached", "/ETSI.RFC3161", "/adbe.pkcs7.sha1")
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
    ModificationLevel.LTA_UPDATES: "其后仅追加了长期验证信息",
    ModificationLevel.FORM_FILLING: "其后填写了表单或追加了签名",
    ModificationLevel.ANNOTATIONS: "其后添加了批注",
    ModificationLevel.OTHER: "其后内容有改动",
}


def check_in_child(path: str, roots: Sequence[str], now: str) -> Iterator[dict[str, Any]]:
    """Yield one message for each signature, with the fields of `archive.signatures.check.SignatureFinding`."""
    anchors, unreadable = _certificates(roots)
    with Path(path).open("rb") as stream:
        try:
            signatures = list(PdfFileReader(stream, strict=False).embedded_signatures)
        except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            yield _finding("undetermined", "unreadable", f"签名结构无法解析（{type(error).__name__}）")
            return
        for signature in signatures:
            finding = _check_one(signature, anchors, datetime.fromisoformat(now))
            if unreadable and finding["code"] == "untrusted":
                finding["reason"] += f"（trust 中的 {'、'.join(unreadable)} 无法读取）"
            yield finding


def _check_one(signature: EmbeddedPdfSignature, anchors: list[x509.Certificate], now: datetime) -> dict[str, Any]:
    who: dict[str, Any] = {}
    try:
        unknown = _unknown_algorithm(signature)
        if unknown:
            return _finding("undetermined", "unknown_algorithm", unknown)
        who = _who(signature)
        context = ValidationContext(trust_roots=anchors, moment=now, allow_fetching=False)
        status = validate_pdf_signature(signature, context, context)
        return _judged(status, who)
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


def _judged(status: PdfSignatureStatus, who: dict[str, Any]) -> dict[str, Any]:
    level = status.modification_level
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
    if not status.bottom_line:
        return _finding("undetermined", "constraints", "签名的附加要求（时间戳、约束值）未满足", who)
    return _finding("passed", "ok", "签名有效", who)


def _finding(verdict: Verdict, code: str, reason: str, who: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"verdict": verdict, "code": code, "reason": reason, **(who or {})}


def _certificates(roots: Sequence[str]) -> tuple[list[x509.Certificate], list[str]]:
    """Load certificates from PEM (several in a file) or DER files; also return the names of files without any."""
    found: list[x509.Certificate] = []
    unreadable = []
    for root in roots:
        data = Path(root).read_bytes()
        try:
            blocks = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
            certificates = [x509.Certificate.load(der) for der in blocks]
            for certificate in certificates:
                _ = certificate.subject.native
            found.extend(certificates)
        except (ValueError, TypeError, KeyError):
            unreadable.append(Path(root).name)
    return found, unreadable
