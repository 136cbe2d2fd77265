"""Digital signatures of a PDF: passed, undetermined or failed, with who, when and what was changed after.

The terms follow ETSI EN 319 102-1: *failed* is what is proved wrong (bytes altered, impossible signature, certificate
revoked before); *undetermined* is what cannot be told here (unknown issuer, certificate expired without a time stamp,
an algorithm such as SM2 that no library at hand computes, a scan). *Passed* needs everything: every signature in order
and the last one covering the entire file. A check that could not run never reads as passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from archive.files.limited_child import LimitedChildren, Limits

Verdict = Literal["passed", "undetermined", "failed"]


@dataclass(frozen=True)
class SignatureFinding:
    """One signature.

    Attributes:
        verdict: on this signature alone. code: stable reason (``ok``, ``tampered``, ``expired``, ``untrusted``, …).
        reason: Chinese sentence. signer: subject of the certificate. issuer: who issued it. serial: its serial number.
        signed_at: ISO time as the signer claims it, or of the time stamp if there is one. timestamped: it is one.
        changed_after: what was changed after it, empty if nothing.
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
    """The verdict on a file and its signatures in the order made. ``code`` and ``reason`` are of the decisive one."""

    verdict: Verdict
    code: str
    reason: str
    signatures: tuple[SignatureFinding, ...] = ()


SCAN = SignatureReport("undetermined", "scan", "扫描件：手写签名和印章的真伪不能由扫描件断定")
UNSIGNED = SignatureReport("undetermined", "unsigned", "文件没有数字签名")


def trust_roots(folder: Path) -> tuple[Path, ...]:
    """The certificates in the office's ``trust`` folder (.pem, .cer, .crt)."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in (".pem", ".cer", ".crt", ".der")))


def check_signatures(
    path: Path, roots: Sequence[Path], now: datetime, children: LimitedChildren, limits: Limits | None = None
) -> SignatureReport:
    """Validate all signatures of a PDF in a limited child, without network.

    Args:
        path: the file, only read. roots: certificates to trust. now: with offset; certificates are judged at this time.
        children: of the module ``archive.signatures.child``.

    Returns: the verdict; whatever goes wrong with the check itself is ``undetermined``, never ``passed``.
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
    if findings[-1].coverage != "entire_file":
        change = findings[-1].changed_after or "其后追加了内容"
        return SignatureReport("undetermined", "appended", f"最后一个签名未覆盖整个文件，{change}", findings)
    return SignatureReport("passed", "ok", "签名有效，签署后未改动", findings)
