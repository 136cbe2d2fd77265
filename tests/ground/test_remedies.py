"""A remedy is data: sentences with actions of a closed list in them, the same after a register or another process."""

from __future__ import annotations

import json

import pytest

from ssj_docs.ground.canonical import plain_json
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import ACTIONS, ARGUMENTS, SETTINGS, TABLES, Remedy, actions_json, do, packed, unpacked
from ssj_docs.intake.sheets.columns import KIND_NAMES
from ssj_docs.office.settings import load_office

REMEDY = Remedy("核对名称，或先", do("import", kind="subjects"), "；也可", do("show_case", case="2026-001-0003"))


def test_a_remedy_reads_as_one_sentence() -> None:
    assert str(REMEDY) == "核对名称，或先导入检查对象名录；也可查看案卷 2026-001-0003"
    assert str(Remedy(do("commit_draw", task="2026-001", reason=""))) == "公布种子摘要，写明任务编号 2026-001、原因"
    assert str(Remedy(do("draw", count=20, objects_only=True))) == "抽取，写明户数 20，只抽对象，不抽人员"
    assert str(Remedy("改正名称，或", do("set", key="departments"))) == "改正名称，或修改设置“成员单位”"


def test_a_remedy_is_the_same_after_a_register_or_another_process() -> None:
    for advice in (REMEDY, Remedy(do("read")), Remedy(do("draw", count=20, redraw=None)), "请重新扫描", ""):
        assert unpacked(json.loads(json.dumps(packed(advice)))) == advice


def test_programs_get_the_actions_beside_the_words() -> None:
    told = json.loads(plain_json(Problem("名录.xlsx", "没有这个对象", REMEDY, cell="C3").as_json()))
    assert told["remedy"] == str(REMEDY)
    assert told["actions"] == [
        {"action": "import", "arguments": {"kind": "subjects"}},
        {"action": "show_case", "arguments": {"case": "2026-001-0003"}},
    ]
    assert actions_json("请重新扫描") == []


def test_an_argument_that_the_user_has_to_give_is_null() -> None:
    assert do("commit_draw", task="", reason=None).as_json() == {
        "action": "commit_draw",
        "arguments": {"task": None, "reason": None},
    }
    assert do("draw", objects_only=False).arguments == ()


def test_what_is_not_in_the_list_is_a_defect() -> None:
    with pytest.raises(ValueError, match="seed"):
        do("draw", seed="00")
    with pytest.raises(KeyError):
        do("pray")


def test_every_argument_has_a_name() -> None:
    assert {name for deed in ACTIONS.values() for name in deed.takes} - {"key"} == set(ARGUMENTS)


def test_tables_and_settings_are_those_of_the_office(tmp_path) -> None:
    assert TABLES == KIND_NAMES
    office = tmp_path / "office.toml"
    for key in SETTINGS:
        table, _, part = key.partition(".")
        office.write_text(f"[{table}]\n{part or 'x'} = 1\n[unheard]\n", encoding="utf-8")
        with pytest.raises(DataError) as caught:
            load_office(office)
        assert not [p for p in caught.value.problems if p.field in (table, key) and "不认识" in p.message], key
        assert [p for p in caught.value.problems if p.field == "unheard"]
