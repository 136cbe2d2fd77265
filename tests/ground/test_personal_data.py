"""Restricted personal data in text: what is cut, what stays, in strings and in values."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ssj_docs.ground.personal_data import HIDDEN, cut_restricted, holds_restricted, without_restricted_in


@pytest.mark.parametrize(
    "card",
    [
        "6222020200112230001",
        "6222 0202 0011 2230 001",
        "6222-0202-0011-2230-001",
        "622202 0200112230001",
        "4367420010001234566",
        "4111 1111 1111 1111",
        "５２６４１００００００００００８",
    ],
)
def test_bank_cards_are_cut(card: str) -> None:
    cut = cut_restricted(f"卡号{card}，开户行某某")
    assert cut == f"卡号{HIDDEN * len(card)}，开户行某某"


@pytest.mark.parametrize("number", ["16022962963", "+8616022962963", "160 2296 2963", "17922962963"])
def test_a_number_of_mobile_shape_is_cut_whatever_its_range(number: str) -> None:
    for before in ("", "当事人说明情况\n", "号码"):
        assert cut_restricted(f"{before}{number}。") == f"{before}{HIDDEN * len(number)}。"
    assert not holds_restricted("执法证号：16022962963") and not holds_restricted("检查人员 张某 16022962963 在场")


@pytest.mark.parametrize(
    ("home", "kept"),
    [
        ("家庭住址：青禾县城关镇和平路12号", "家庭住址："),
        ("户籍所在地: 青禾县石桥乡李家村3组", "户籍所在地: "),
        ("现住址\n青禾县东关街道幸福里小区", "现住址\n"),
        ("住址为青禾县柳林镇东街8号", "住址为"),
        ("3号楼2单元501室", ""),
        ("5栋1单元302", ""),
    ],
)
def test_where_people_live_is_cut(home: str, kept: str) -> None:
    cut = cut_restricted(f"当事人，{home}，其余不变")
    assert cut == f"当事人，{kept}{HIDDEN * (len(home) - len(kept))}，其余不变"


@pytest.mark.parametrize(
    "kept",
    [
        "住所（经营场所）：青禾县城关镇和平路12号",
        "家庭住址：        电话：",
        "住址不详",
        "4367420010001234560",
        "4100000123456789",
        "全电发票24412000000012345678",
        "第 12 号楼办公室",
        "13 10 0 0 0 2 1 0 | 0 0 0",
    ],
)
def test_other_words_and_numbers_stay(kept: str) -> None:
    assert cut_restricted(kept) == kept
    assert not holds_restricted(kept)


@pytest.mark.parametrize("read", ["联系电话 l38OOOO1234", "身份证号码 4108221990 01010"])
def test_letters_read_for_digits_are_cut(read: str) -> None:
    assert holds_restricted(read) and holds_restricted(read, misread=True)


@pytest.mark.parametrize("read", ["手机：1380001234", "身份证号码 4108221990 0101"])
def test_what_was_misread_is_suspected(read: str) -> None:
    assert holds_restricted(read, misread=True) and not holds_restricted(read)


@pytest.mark.parametrize(
    "read",
    [
        "手机号码：        ",
        "身份证已核对，2026年3月",
        "电话 0371-66668888",
        "编号 91410100MA0000001R",
        "身份证号：    执法证号：41000116001",
    ],
)
def test_not_everything_read_is_suspected(read: str) -> None:
    assert not holds_restricted(read, misread=True)


@dataclass(frozen=True)
class Row:
    name: str
    numbers: tuple[str, ...]
    count: int = 1


def test_every_text_in_a_value_is_cut() -> None:
    value = {"13800001234": [Row("张三 11010519491231002X", ("+8613800001234",)), None, 13800001234]}
    shown = without_restricted_in(value)
    assert shown == {"（已隐去）": [Row("张三 （已隐去）", ("（已隐去）",)), None, 13800001234]}
