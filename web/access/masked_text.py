"""Text that people write and that holds personal data which they may not see: shown with marks, stored as it was.

A mark names what it stands for by a keyed digest, so that it finds its place again in whatever version is stored.
"""

from __future__ import annotations

import re
from itertools import groupby

from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.personal_data import HIDDEN, cut_restricted
from web.access.accounts import sign

_MARK = re.compile(r"〖已隐去([0-9a-f]{8})〗")


def _pieces(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, with True for restricted data."""
    places = groupby(zip(text, cut_restricted(text), strict=True), lambda pair: pair[1] == HIDDEN)
    return [("".join(raw for raw, _ in pairs), hidden) for hidden, pairs in places]


def _tag(key: bytes, value: str) -> str:
    return sign(key, "mask", value)[:8]


def masked(text: str, key: bytes) -> str:
    """The text with ``〖已隐去…〗`` for each piece of restricted data."""
    return "".join(f"〖已隐去{_tag(key, piece)}〗" if hidden else piece for piece, hidden in _pieces(text))


def unmasked(shown: str, stored: str, key: bytes) -> str:
    """What was written, with the data that the marks stand for put back from the stored text.

    Raises: UsageError for a mark that stands for nothing stored.
    """
    known = {_tag(key, piece): piece for piece, hidden in _pieces(stored) if hidden}

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise UsageError(
                f"“{match[0]}”代表的号码不在现在保存的文字里，没有保存", "删去这处标记，或写上号码，再保存"
            )
        return known[match[1]]

    return _MARK.sub(value, shown)
