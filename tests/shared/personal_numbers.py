"""Invented ID numbers, mobiles, bank cards and homes, and how to find them again in whatever leaves."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence

import pikepdf
import pypdfium2 as pdfium


def id_number(number: int) -> str:
    """An ID number with the check character of GB 11643."""
    body = f"41999919{60 + number % 40}0{1 + number % 9}{10 + number % 18}{number % 1000:03d}"
    return body + "10X98765432"[sum(int(c) * pow(2, 17 - at, 11) for at, c in enumerate(body)) % 11]


def mobile(number: int) -> str:
    return f"1{3 + number % 7}{number * 7_654_321 % 10**9:09d}"


def card(number: int) -> str:
    """A bank card number of 19 digits with the check digit of Luhn."""
    body = f"62{number * 1_234_567_891 % 10**16:016d}"
    return next(body + digit for digit in "0123456789" if _luhn(body + digit))


def _luhn(digits: str) -> bool:
    doubled = [int(c) * 2 for c in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def home(number: int) -> str:
    return f"幸福里{number + 1}号楼{number % 4 + 1}单元{number % 9 + 1}0{number % 8 + 1}室"


def planted(number: int) -> tuple[str, str, str, str]:
    """One of each."""
    return id_number(number), mobile(number), card(number), home(number)


def folded(text: str) -> str:
    """Text without what may stand between the digits of a number."""
    return re.sub(r"[\s\-－—|]", "", unicodedata.normalize("NFKC", text))


def words_in(data: bytes, name: str = "") -> Iterable[str]:
    """Every text in some bytes: of packages and their parts, of PDFs with all their strings, else as they stand."""
    yield name
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for part in packed.infolist():
                yield from words_in(packed.read(part), part.filename)
    elif data.startswith(b"%PDF-"):
        yield from _pdf_words(data)
    elif not data.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        text = data.decode("utf-8", "replace")
        yield text
        yield re.sub(r"<[^>]*>", "", text)


def _pdf_words(data: bytes) -> Iterable[str]:
    with pdfium.PdfDocument(data) as document:
        for sheet in document:
            yield sheet.get_textpage().get_text_range()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for item in pdf.objects:
            values = item.stream_dict if isinstance(item, pikepdf.Stream) else item
            yield from _strings(values)
            if isinstance(item, pikepdf.Stream) and values.get("/Type") == "/Metadata":
                yield item.read_bytes().decode("utf-8", "replace")


def _strings(value: object, depth: int = 0) -> Iterable[str]:
    if isinstance(value, pikepdf.String):
        yield str(value)
    elif depth < 6 and isinstance(value, pikepdf.Dictionary | pikepdf.Array):
        inside = value.values() if isinstance(value, pikepdf.Dictionary) else list(value)  # type: ignore[call-overload]
        for item in inside:
            if not getattr(item, "is_indirect", False):
                yield from _strings(item, depth + 1)


def seen(data: bytes, wanted: Sequence[str], name: str = "") -> list[str]:
    """Those of the numbers that stand in some bytes."""
    text = "\n".join(folded(words) for words in words_in(data, name))
    return [one for one in wanted if folded(one) in text]
