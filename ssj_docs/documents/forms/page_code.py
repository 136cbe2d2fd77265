"""The code on every issued page: it identifies the page, with a keyed check that only this office can calculate.

The text uses only the alphanumeric set of ISO/IEC 18004 (QR code), so that the page of a form fits a small symbol
(version 3 at error level M holds 61 characters) that can be read at 150 dpi, tilted and grey::

    SSJ1*OFFICE*SUBJECT*KIND*VERSION*PAGE.PAGES*DIGEST*CHECK

``CHECK`` is HMAC-SHA256 over the text before it, cut to 50 bits: nobody without the office's key can make a page that
files itself, and no misread page passes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

#: Error correction level and quiet zone (modules) with which the code should be printed.
QR_ERROR_LEVEL = "M"
QR_QUIET_ZONE = 4

#: Side of the printed symbol in millimetres without quiet zone; readable at 150 dpi, grey and tilted by 5°.
QR_SIDE_MM = 16.0

_PREFIX = "SSJ1"
_CHECK_LENGTH = 10
_TEXT = re.compile(
    r"SSJ1\*(?P<office>[0-9A-Z-]{1,12})\*(?P<subject>[0-9A-Z./-]{1,24})\*(?P<kind>[0-9A-Z-]{1,8})"
    r"\*(?P<version>[1-9][0-9]{0,3})\*(?P<page>[1-9][0-9]{0,3})\.(?P<pages>[1-9][0-9]{0,3})"
    r"\*(?P<digest>[0-9A-F]{8})\*(?P<check>[A-Z2-7]{10})"
)

Fault = Literal["not_ours", "foreign", "forged"]


@dataclass(frozen=True)
class PageCode:
    """The content of the code on an issued page.

    Attributes:
        office: short ASCII code of the office (office.toml ``code``).
        subject: case id or task id, e.g. ``2026-003-0012``.
        kind: short code of the document kind in catalogue.toml, e.g. ``JLB``.
        version: re-issue number, from 1.
        page: page number, from 1.
        pages: number of pages of the document.
        digest: first 8 hexadecimal digits, upper case, of the issued content's SHA-256.
    """

    office: str
    subject: str
    kind: str
    version: int
    page: int
    pages: int
    digest: str

    @property
    def form(self) -> tuple[str, str, int, str]:
        """What all pages of one issued paper share: subject, kind, version, digest."""
        return self.subject, self.kind, self.version, self.digest


@dataclass(frozen=True)
class CodeFault:
    """Why a text found on a page is not a code of this office.

    Attributes:
        fault: ``not_ours`` any other code, ``foreign`` of another office, or ``forged``: it names this office, but the check is
            wrong (misprinted, altered or imitated).
        text: the text as read.
        message: a Chinese sentence for the report.
    """

    fault: Fault
    text: str
    message: str


def encode(code: PageCode, key: bytes) -> str:
    """Return the text to print as a QR code.

    Args:
        code: what the page is; letters are written upper case.
        key: the office's secret (Workspace.key), at least 16 bytes.

    Raises:
        ValueError: a part does not fit the alphabet or its length, or the page number exceeds the number of pages.
    """
    body = "*".join(
        (
            _PREFIX,
            code.office.upper(),
            code.subject.upper(),
            code.kind.upper(),
            str(code.version),
            f"{code.page}.{code.pages}",
            code.digest[:8].upper(),
        )
    )
    text = f"{body}*{_check(body, key)}"
    if not _TEXT.fullmatch(text) or code.page > code.pages:
        raise ValueError(f"页码内容不合规格：{body}")
    return text


def decode(text: str, key: bytes, office: str = "") -> PageCode | CodeFault:
    """Read the text of a code found on a page.

    Args:
        text: as read by the scanner software.
        key: the office's secret.
        office: this office's code, to tell a foreign code from a forged one; if empty, every failed check is ``forged``.

    A code with a valid check is ours even if the office has changed its code since.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        if text.strip().startswith(_PREFIX + "*"):
            return CodeFault("forged", text, "二维码形似本系统编码，但内容残缺或被改动，不能采信")
        return CodeFault("not_ours", text, "二维码不是本系统印制的页码")
    body = text.strip()[: -_CHECK_LENGTH - 1]
    fits = hmac.compare_digest(match["check"], _check(body, key)) and int(match["page"]) <= int(match["pages"])
    if fits:
        return PageCode(
            office=match["office"],
            subject=match["subject"],
            kind=match["kind"],
            version=int(match["version"]),
            page=int(match["page"]),
            pages=int(match["pages"]),
            digest=match["digest"],
        )
    if office and match["office"] != office:
        return CodeFault("foreign", text, f"二维码属于其他单位（{match['office']}），不归本单位档案")
    return CodeFault("forged", text, "二维码校验不符，可能是伪造、改动或旧密钥印制，不能采信")


def _check(body: str, key: bytes) -> str:
    """50 bits of the keyed digest, as 10 characters of base 32 (all in the QR alphanumeric set)."""
    if len(key) < 16:
        raise ValueError("校验密钥过短")
    digest = hmac.new(key, b"ssj page code\0" + body.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest)[:_CHECK_LENGTH].decode()
