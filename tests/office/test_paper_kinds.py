"""The registry of kinds of paper: the office's catalogue laid over the shipped one by name, its faults with section and key."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from places import ROOT

from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.problems import Problem
from ssj_docs.office.paper_kinds import PaperKinds, load_kinds

LETTER = '[yuetanhan]\ntitle = "约谈函"\ncode = "YTH"\nper = "case"\nformat = "letter"\n'


def kinds(folder: Path, text: str) -> PaperKinds:
    (folder / "catalogue.toml").write_text(text, encoding="utf-8")
    return load_kinds(folder)


def faults(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        kinds(folder, text)
    return list(caught.value.problems)


def test_an_added_section_is_a_kind_like_the_shipped_ones(tmp_path: Path) -> None:
    found = kinds(
        tmp_path, LETTER + 'series = "青约函"\nserves = ["handle"]\nproves = { handling = 0 }\ndue = "problem"\n'
    )
    one = found["yuetanhan"]
    assert (one.template, one.own, one.official) == ("gongwen_letter.docx", True, True)
    assert (one.series, one.series_code, one.due) == (True, "青约函", "problem")
    assert found.find("约谈函") is found.find("YTH") is found.coded("YTH") is one
    assert found.serving("handle") == "yuetanhan"
    assert found.proving("handling")[:2] == ("yuetanhan", "zeling")
    assert set(found) - set(load_kinds()) == {"yuetanhan"}


def test_a_named_section_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    found = kinds(tmp_path, '[jilubiao]\nusual = false\n[jilubiao.fields]\nweather = "天气"\nscope = "范围"\n')[
        "jilubiao"
    ]
    before = load_kinds()["jilubiao"]
    assert not found.usual
    assert (found.due, found.serves, found.code) == (before.due, before.serves, before.code)
    assert list(found.fields) == [*before.fields, "weather"]
    assert found.fields["weather"].source == ""
    assert (found.fields["scope"].name, found.fields["scope"].source) == ("范围", "subject.scope")


def test_the_former_lists_of_paths_are_still_read(tmp_path: Path) -> None:
    found = kinds(tmp_path, '[mingdan]\noptional = ["note"]\ndrop_public = ["rows[].address"]\n')["mingdan"]
    assert [path for path, one in found.fields.items() if one.optional] == ["note"]
    assert [path for path, one in found.fields.items() if one.dropped] == ["rows[].address"]
    assert found.field_paths("public") == set(found.fields) - {"rows[].address"}


def test_a_draft_text_beside_the_section_needs_no_entry(tmp_path: Path) -> None:
    assert "yuetanhan" not in kinds(tmp_path, LETTER).drafts
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "yuetanhan.md.j2").write_text("---\n标题: 约谈函\n---\n请来。\n", encoding="utf-8")
    style = load_kinds(tmp_path).drafts["yuetanhan"]
    assert (style.kind, style.per) == ("yuetanhan", "case")


def test_the_office_own_kind_serves_before_a_shipped_one(tmp_path: Path) -> None:
    assert load_kinds().serving("transfer") == "yijiaohan"
    assert kinds(tmp_path, LETTER + 'serves = ["transfer"]\n').serving("transfer") == "yuetanhan"


@pytest.mark.parametrize(
    ("text", "section", "line", "told"),
    [
        (LETTER + 'due = "yesterday"\n', "[yuetanhan]", 6, "due 只能是：problem、drawn、"),
        (LETTER + 'serves = ["dance"]\n', "[yuetanhan]", 6, "serves 只能是：notice、"),
        (LETTER + "proves = { love = 1 }\n", "[yuetanhan]", 6, "proves"),
        (LETTER.replace("YTH", "yth"), "[yuetanhan]", 3, "code 应是 1 到 8 个大写字母或数字"),
        (LETTER.replace("YTH", "JLB"), "[yuetanhan]", 3, "code 与 [jilubiao] 的相同"),
        (LETTER.replace("约谈函", "通报"), "[yuetanhan]", 2, "title 与 [tongbao] 的相同"),
        (LETTER + '[yuetanhan.drafts.a]\ncarries = "b"\n', "[yuetanhan]", 7, "没有“b”这种拟稿样式"),
        (LETTER + "[yuetanhan.drafts.tongbao]\n", "[yuetanhan]", 6, "拟稿样式 tongbao 已属于另一种文书"),
        (LETTER + '[yuetanhan.fields]\n"rows[].a" = { nam = "甲" }\n', "[yuetanhan]", 7, '缺少 fields."rows[].a".name'),
        (LETTER + '[yuetanhan.fields]\na = { name = "甲", from = 3 }\n', "[yuetanhan]", 7, "fields.a.from 应是文字"),
        ("yuetanhan = 3\n", "[yuetanhan]", 0, "应写成一段"),
    ],
)
def test_each_fault_names_section_key_and_line(tmp_path: Path, text: str, section: str, line: int, told: str) -> None:
    found = [problem for problem in faults(tmp_path, text) if told in problem.message]
    assert found, faults(tmp_path, text)
    assert (found[0].field, found[0].cell) == (section, f"第 {line} 行" if line else "")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, LETTER + 'due = "x"\nper = "day"\n'.replace('per = "day"\n', "") + '[b]\ntitle = "乙"\n')
    assert [(one.field, one.message.partition(" ")[0]) for one in found] == [
        ("[yuetanhan]", "due"),
        ("[b]", "缺少"),
        ("[b]", "缺少"),
    ]


def test_an_unknown_kind_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFoundError) as caught:
        load_kinds().find("布告")
    assert "jilubiao（联合抽查记录表）" in caught.value.remedy


def test_no_kind_is_named_in_the_code() -> None:
    """What a kind is for, the catalogue says; only the demo, which plays the example office, chooses papers by name."""
    kinds = load_kinds()
    names = {*kinds, *kinds.drafts}
    for path in [p for room in ("ssj_docs", "archive", "web") for p in sorted((ROOT / room).rglob("*.py"))]:
        texts = (node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant))
        found = names & {text for text in texts if isinstance(text, str)}
        assert not found or path.name == "demonstration.py", (path, found)
    for path in (ROOT / "web").rglob("*.html"):
        assert not names & set(re.findall(r"['\"](\w+)['\"]", path.read_text("utf-8"))), path
