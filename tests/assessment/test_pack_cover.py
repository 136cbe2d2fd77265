"""Which pieces of a page's text are covered: all that personal data runs over, or the page is not shown."""

from __future__ import annotations

import pytest

from archive.assessment.pack.cover import _hidden_pieces


@pytest.mark.parametrize(
    ("text", "pieces", "hidden"),
    [
        ("电话 13900001111 止", ["电话", "13900001111", "止"], {1}),
        ("电话 139 0000 1111 止", ["电话", "139", "0000", "1111", "止"], {1, 2, 3}),
        ("号 4100001990\n01010011 止", ["号", "4100001990", "01010011", "止"], {1, 2}),
        ("住址：青禾县和平路12号", ["住址：青禾县和平路", "12", "号"], {0, 1, 2}),
        ("检查 2026 年", ["检查", "2026", "年"], set()),
        ("电话 13900001111", ["电话", "139OOOO1111"], None),
    ],
)
def test_pieces(text: str, pieces: list[str], hidden: set[int] | None) -> None:
    assert _hidden_pieces(text, pieces) == hidden
