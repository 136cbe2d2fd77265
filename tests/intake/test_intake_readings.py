"""Normalisers: one text in, one value out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ssj_docs.ground.remedies import do
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.identity import read_credit_code, read_date, read_id_number, read_phone
from ssj_docs.intake.values.item_list import split_items
from ssj_docs.intake.values.people_list import read_people
from ssj_docs.intake.values.ratio import read_ratio
from ssj_docs.intake.values.result_labels import ResultLabels
from ssj_docs.intake.values.window import read_window
from ssj_docs.model.office import Office
from ssj_docs.office.settings import load_office

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def office() -> Office:
    return load_office(ROOT / "templates" / "office.toml")


@pytest.mark.parametrize(
    ("text", "form", "low", "high", "count"),
    [
        ("≥3%", "floor", 3.0, None, None),
        ("3%", "percent", 3.0, 3.0, None),
        ("0.03", "percent", 3.0, 3.0, None),
        ("不低于3%且不少于5户", "floor", 3.0, None, 5),
        ("总数的10%", "percent", 10.0, 10.0, None),
        ("上限5%", "cap", None, 5.0, None),
        ("十分之一", "percent", 10.0, 10.0, None),
        ("20户（10%）", "count", None, None, 20),
        ("0.07", "percent", 7.0, 7.0, None),
        ("10-20%", "range", 10.0, 20.0, None),
        ("不高于10%", "cap", None, 10.0, None),
        ("60-70家", "count", None, None, 60),
        ("1户", "count", None, None, 1),
        ("10%（20户）", "percent", 10.0, 10.0, 20),
        ("市级2% 区级10%", "per_level", None, None, None),
        ("省级计划规定比例", "text", None, None, None),
        ("３％", "percent", 3.0, 3.0, None),
        ("千分之三", "percent", 0.3, 0.3, None),
        ("3%以上", "floor", 3.0, None, None),
        ("", "text", None, None, None),
    ],
)
def test_ratio(text: str, form: str, low: float | None, high: float | None, count: int | None) -> None:
    ratio, _ = read_ratio(text).value
    assert (ratio.raw, ratio.form, ratio.low, ratio.high, ratio.count) == (text, form, low, high, count)


def test_ratio_levels_and_frequency() -> None:
    assert read_ratio("市级2% 区级10%").value[0].levels == (("市级", 2.0), ("区级", 10.0))
    for text, times in (("3%，2次/年", 2), ("5%（每季度1次）", 4), ("一年两次", 2), ("每月10%", 12), ("3%", None)):
        assert read_ratio(text).value[1].per_year == times, text


def test_ratio_that_cannot_be_read_says_so() -> None:
    reading = read_ratio("比例之和≥20%")
    assert reading.value[0].form == "text"
    assert [note.code for note in reading.notes] == ["ratio.unread"]
    assert [note.code for note in read_ratio("300%").notes] == ["ratio.over_100"]
    assert [note.code for note in read_ratio("5").notes] == ["ratio.no_unit"]
    assert read_ratio("5", unit="%").notes == ()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2023.6-2023.10", "2023-06-01", "2023-10-31"),
        ("2023.3-6", "2023-03-01", "2023-06-30"),
        ("3月上旬至4月下旬", "2023-03-01", "2023-04-30"),
        ("4月10日至5月", "2023-04-10", "2023-05-31"),
        ("一季度、三季度", "2023-01-01", "2023-09-30"),
        ("2023Q2", "2023-04-01", "2023-06-30"),
        ("1月-12月", "2023-01-01", "2023-12-31"),
        ("2023年3月-6月", "2023-03-01", "2023-06-30"),
        ("2023-01-01至2023-06-30", "2023-01-01", "2023-06-30"),
        ("2023.01.01-12.31", "2023-01-01", "2023-12-31"),
        ("2023年3月—6月", "2023-03-01", "2023-06-30"),
        ("2023年12月前", None, "2023-11-30"),
        ("2023年2月——6月", "2023-02-01", "2023-06-30"),
        ("\n2023年7月——12月", "2023-07-01", "2023-12-31"),
        ("2023年12月底前", None, "2023-12-31"),
        ("2024年2月", "2024-02-01", "2024-02-29"),
        ("11月-次年2月", "2023-11-01", "2024-02-29"),
        ("第二、三季度", "2023-04-01", "2023-09-30"),
        ("2023-05-04", "2023-05-04", "2023-05-04"),
        ("2023年4月起", "2023-04-01", None),
        ("下半年", "2023-07-01", "2023-12-31"),
    ],
)
def test_window(text: str, start: str | None, end: str | None) -> None:
    window = read_window(text, 2023).value
    assert window.raw == text.strip()
    assert [day.isoformat() if day else None for day in (window.start, window.end)] == [start, end]


@pytest.mark.parametrize("text", ["2023.13-2023.14", "暂定", "2023年2月30日", "春季"])
def test_window_that_cannot_be_read_has_no_bounds(text: str) -> None:
    reading = read_window(text, 2023)
    assert (reading.value.start, reading.value.end) == (None, None)
    assert [note.code for note in reading.notes] == ["window.unread"]


def test_window_without_year_takes_the_plan_year_and_says_so() -> None:
    assert [note.code for note in read_window("3-6月", 2025).notes] == ["window.no_year"]
    assert read_window("3-6月", 2025).value.start == date(2025, 3, 1)
    assert [note.code for note in read_window("2024年3月-6月", 2025).notes] == ["window.other_year"]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1.甲检查；\n2.乙检查。\n3.丙检查", ["甲检查", "乙检查", "丙检查"]),
        (" 1、甲检查。2、乙检查", ["甲检查", "乙检查"]),
        ("1. 甲、乙检查2. 丙检查", ["甲、乙检查", "丙检查"]),
        ("甲检查；乙检查；", ["甲检查", "乙检查"]),
        ("1.甲检查\n2.乙检查\n丙检查", ["甲检查", "乙检查", "丙检查"]),
        ("1.甲方面的法律、\n法规\n2.乙", ["甲方面的法律、法规", "乙"]),
        ("按GB/T 1.1检查", ["按GB/T 1.1检查"]),
        ("一、甲检查 二、乙检查", ["甲检查", "乙检查"]),
        ("", []),
        ("食品、药品、化妆品检查", ["食品、药品、化妆品检查"]),
    ],
)
def test_items(text: str, items: list[str]) -> None:
    assert list(split_items(text)) == items


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "示范区卫生健康委员会、示范区消防救援大队、示范区市场监管分局",
            ["卫生健康委员会", "消防救援大队", "市场监督管理局"],
        ),
        ("1.卫生健康委2.市场监督管理局示范区分局", ["卫生健康委员会", "市场监督管理局"]),
        ("区发改委（商务局）", ["发展和改革委员会"]),
        ("示范区劳动监察大队、消防大队", ["劳动保障监察大队", "消防救援大队"]),
        ("公安局和市场监管局", ["公安局", "市场监督管理局"]),
        ("市场监督\n管理局", ["市场监督管理局"]),
        ("县税务局\n县统计局", ["税务局", "统计局"]),
        ("市市场监管局", ["市场监督管理局"]),
        ("青禾市监局 青禾县公安局", ["市场监督管理局", "公安局"]),
        ("住房城乡建设局，人力资源社会保障局", ["住房和城乡建设局", "人力资源和社会保障局"]),
        ("县公安局等部门", ["公安局"]),
    ],
)
def test_departments(text: str, names: list[str], office: Office) -> None:
    reading = DepartmentNames(office).read(text)
    assert [name for _, name in reading.value] == names
    assert reading.notes == ()


def test_unknown_department_names_the_nearest(office: Office) -> None:
    (note,) = DepartmentNames(office).read("县市场监督管里局").notes
    assert note.code == "department.unknown"
    assert note.severity == "error"
    assert "市场监督管理局" in note.message
    assert do("set", key="departments") in note.remedy.actions


def test_every_department_of_the_default_office_resolves_by_every_name(office: Office) -> None:
    names = DepartmentNames(office)
    for department in office.departments:
        for name in (department.name, department.short or department.name, *department.aliases):
            for area in ("", "县", "青禾县", "示范区"):
                assert names.canonical(area + name) == department.name


def test_credit_code() -> None:
    assert read_credit_code(" 91419999ma0000001g").notes[0].code == "subject.credit_code"
    assert "18位" in read_credit_code("9141").notes[0].message
    assert "I" in read_credit_code("9141999IMA00000012").notes[0].message


def test_id_number_dates_and_phones() -> None:
    assert read_id_number("11010519491231002x").value == "11010519491231002X"
    assert read_id_number("110105194912310021").notes[0].severity == "error"
    for text in (
        "2026-05-01",
        "2026.5.1",
        "2026年5月1日",
        "20260501",
        "２０２６/５/１",
        "2026-05-01 00:00:00",
        "46143",
    ):
        assert read_date(text).value == date(2026, 5, 1), text
    assert read_date("二月三十日", 2026).notes[0].code == "date"
    assert read_phone("139 0000 1234").notes == ()
    assert read_phone("12").notes[0].code == "phone"


def test_people_in_a_cell() -> None:
    for text, people in (
        ("公安局：林知远、王禾；市监局：李青（QH-1）", ["林知远（公安局）", "王禾（公安局）", "李青（市监局，QH-1）"]),
        ("林 知远", ["林知远"]),
        ("组长：周振华（应急局）　成员：郑凯（执法证号：161）、无", ["周振华（应急局）", "郑凯（161）"]),
        ("卫平（L013，组长）\n沈一鸣 L015", ["卫平（L013）", "沈一鸣（L015）"]),
    ):
        assert [str(person) for person in read_people(text)] == people


def test_result_labels(office: Office) -> None:
    labels = ResultLabels(office)
    for text, code in (
        ("通过登记的住所(经营场所)无法联系", "R04"),
        ("公示信息隐瞒真实情况、弄虚作假", "R03"),
        ("未发现本次抽查涉及的经营活动", "R07"),
        ("发现问题后处理待续", "R08"),
        ("R01", "R01"),
        ("未按 规定 公示应当公示的信息", "R02"),
    ):
        assert labels.results(text).value == (code,), text
    assert labels.results("发现问题已责令改正；未按规定公示应当公示的信息").value == ("R05", "R02")
    assert [note.code for note in labels.results("未发现问题；发现问题待后续处理").notes] == ["result.exclusive"]
    assert [note.code for note in labels.results("一切都好").notes] == ["result.unknown"]
    assert labels.handlings("无").value == ()
    assert labels.handlings("立案").value == ("H2",)
