"""Check characters and structure of the numbers on papers: credit codes, registration, ID and card numbers, mobiles."""

from __future__ import annotations

import re
from datetime import date

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
#: the first two digits of ID numbers (GB/T 2260, with 81 to 83 for residents from Hong Kong, Macao and Taiwan)
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1]")
#: the first digits of cards issued in China (GB/T 20546 and the older international ones)
_CARD_ISSUERS = re.compile("60|4|5[0-8]|3[4-7]|95[59]")
#: number ranges given to mobile networks; 154, 160, 161, 163, 164, 168, 169, 179 and 194 are not
_MOBILE = re.compile(r"1(?:3\d|4\d|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}")


def is_credit_code(code: str) -> bool:
    """Return whether 18 characters have the check character of GB 32100-2015."""
    if len(code) != 18 or any(c not in _CREDIT_ALPHABET for c in code):
        return False
    total = sum(_CREDIT_ALPHABET.index(c) * w for c, w in zip(code, _CREDIT_WEIGHTS, strict=False))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def is_id_number(code: str) -> bool:
    """Return whether the last of 18 characters is the check digit of GB 11643-1999 (mod 11-2)."""
    total = sum(int(c) * (pow(2, 17 - place, 11)) for place, c in enumerate(code[:17]))
    return "10X98765432"[total % 11] == code[17]


def looks_like_id_number(code: str) -> bool:
    """Return whether 18 or 15 characters begin with a province and hold a day of birth."""
    born = code[6:14] if len(code) == 18 else f"19{code[6:12]}"
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return False
    return bool(_PROVINCE.match(code)) and 1900 <= day.year <= 2099


def may_be_id_number(code: str) -> bool:
    """Return whether 18 characters begin with a province and a year of birth, for numbers with a misread digit."""
    return bool(_PROVINCE.match(code)) and code[6:8] in ("19", "20")


def is_registration_number(digits: str) -> bool:
    """Return whether 15 digits have the check digit of a 注册号 (GS 15-2006, ISO 7064 mod 11, 10)."""
    check = 5
    for digit in digits:
        check = ((check or 10) * 2 % 11 + int(digit)) % 10
    return check == 1


def is_mobile(digits: str) -> bool:
    """Return whether 11 digits lie in a range given to mobile networks."""
    return bool(_MOBILE.fullmatch(digits))


def is_card(digits: str) -> bool:
    """Return whether a number has an issuer's prefix and the check digit of ISO/IEC 7812-1 (Luhn).

    No other numbers of this length begin with the 62 of 银联, so such a number is a card even if it was misread.
    """
    if digits.startswith("62") or not _CARD_ISSUERS.match(digits):
        return digits.startswith("62")
    doubled = [int(c) * 2 for c in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0
