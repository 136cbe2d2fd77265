"""Digital signatures of a PDF: passed, undetermined or failed, with signer, time and later changes.

The terms follow ETSI EN 319 102-1. *Failed* is what is proved wrong: altered bytes, an invalid signature, a certificate
revoked before. *Undetermined* is what cannot be decided here: an unknown issuer, an expired certificate without a time
stamp, an algorithm such as SM2 that no available library computes, a scan. *Passed* requires that every signature is in
order and the last one covers the entire file. A check that could not run never counts as passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from archive.files.limited_child import LimitedChildren, Limits
from ssj_docs.office.adopted_files import trusted_files
from ssj_docs.office.workspace import Workspace

Verdict = Literal["passed", "undetermined", "failed"]


#: words for a file to which only time stamps and proofs for later were added
LATER_PROOF = "其后仅追加了长期验证信息"


@dataclass(frozen=True)
class SignatureFinding:
    """The result for one signature.

    Attributes:
        verdict: for this signature alone.
        code: a stable reason code (``ok``, ``tampered``, ``expired``, ``untrusted``, …).
        reason: a Chinese sentence.
        signer: the subject of the certificate.
        issuer: its issuer.
        serial: its serial number.
        signed_at: ISO time claimed by the signer, or of the time stamp if there is one.
        timestamped: whether there is one.
        changed_after: what was changed afterwards; empty if nothing.
        coverage: ``entire_file``, ``entire_revision`` or less.
    """

    verdict: Verdict
    code: str
    reason: str
    signer: str = ""
    issuer: str = ""
    serial: str = ""
    signed_at: str = ""
    timestamped: bool = False
    changed_after: str = ""
    coverage: str = ""


@dataclass(frozen=True)
class SignatureReport:
    """The verdict on a file, and its signatures in order. ``code`` and ``reason`` are those of the decisive one."""

    verdict: Verdict
    code: str
    reason: str
    signatures: tuple[SignatureFinding, ...] = ()


#: suffixes of files that hold certificates, CRLs or OCSP responses
TRUST = (".pem", ".cer", ".crt", ".der", ".crl", ".ocsp", ".ors")
SCAN = SignatureReport("undetermined", "scan", "扫描件：手写签名和印章的真伪不能由扫描件断定")
UNSIGNED = SignatureReport("undetermined", "unsigned", "文件没有数字签名")


def trust_roots(folder: Path) -> tuple[Path, ...]:
    """Return the certificates, CRLs and OCSP responses in a ``trust`` folder, by suffix."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in TRUST))


def adopted_trust(workspace: Workspace) -> tuple[Path, ...]:
    """Return those of the office's ``trust`` folder, without what somebody put there by hand and nobody adopted."""
    with workspace.read() as connection:
        adopted = trusted_files(workspace, connection)
    return tuple(path for path in trust_roots(workspace.root / "trust") if path in adopted)


def check_signatures(
    path: Path, roots: Sequence[Path], now: datetime, children: LimitedChildren, limits: Limits | None = None
) -> SignatureReport:
    """Validate all signatures of a PDF in a limited child, without network.

    Args:
        path: the file; it is only read.
        roots: certificates to trust.
        now: the time at which certificates are judged, with offset.
        children: children of the module ``archive.signatures.child``.

    Returns: the verdict. If the check itself fails it is ``undetermined``, never ``passed``.
    """
    outcome = children.run(
        "signatures", {"path": str(path), "roots": [str(root) for root in roots], "now": now.isoformat()}, limits
    )
    if outcome.ending != "done":
        return SignatureReport("undetermined", "check_failed", "签名检查未能完成，不能作结论")
    findings = tuple(SignatureFinding(**message) for message in outcome.messages)
    return _overall(findings)


def _overall(findings: tuple[SignatureFinding, ...]) -> SignatureReport:
    """The worst signature decides; then the last one must cover the entire file."""
    if not findings:
        return UNSIGNED
    order: tuple[Verdict, ...] = ("failed", "undetermined")
    for verdict in order:
        for finding in findings:
            if finding.verdict == verdict:
                return SignatureReport(verdict, finding.code, finding.reason, findings)
    if findings[-1].coverage != "entire_file" and findings[-1].changed_after != LATER_PROOF:
        change = findings[-1].changed_after or "其后追加了内容"
        return SignatureReport("undetermined", "appended", f"最后一个签名未覆盖整个文件，{change}", findings)
    filled = next((one.changed_after for one in findings if "填写了表单" in one.changed_after), "")
    remark = next((one.reason.removeprefix("签名有效") for one in findings if one.reason != "签名有效"), "")
    return SignatureReport("passed", "ok", f"签名有效，{filled or '签署后未改动'}{remark}", findings)
