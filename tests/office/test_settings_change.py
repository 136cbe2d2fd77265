"""office.toml changed on the pages: its comments stay, what is in use stays, the version before is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from places import NOW, ROOT, TODAY
from sqlalchemy import select

from ssj_docs.database import schema
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.ground.errors import ChangedMeanwhileError, DataError
from ssj_docs.office.settings_change import kept_settings, read_settings, save_settings
from ssj_docs.office.settings_text import change_rows, change_table
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

TEXT = (ROOT / "templates" / "office.toml").read_text(encoding="utf-8")


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    init_workspace(tmp_path / "office")
    return open_workspace(tmp_path / "office", today=TODAY, now=NOW, who="系统管理员")


def test_a_value_changes_and_every_comment_stays() -> None:
    changed = change_table(
        TEXT, "office", {"short": '县“双随机”办 "x"', "contact": "张三 # 8888", "signature": ["甲", "乙"]}
    )
    held = tomllib.loads(changed)["office"]
    assert (held["short"], held["contact"], held["signature"]) == ('县“双随机”办 "x"', "张三 # 8888", ["甲", "乙"])
    assert [line.split("#", 1)[1] for line in changed.splitlines() if "# 简称" in line] == [" 简称，用于表格"]
    before, after = TEXT.splitlines(), changed.splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 3


def test_nothing_changed_is_the_same_text() -> None:
    rows = tomllib.loads(TEXT)["departments"]
    assert change_rows(TEXT, "departments", list(enumerate(rows))) == TEXT
    assert change_table(TEXT, "rules", {"subject_cap": 2}) == TEXT


def test_rows_are_added_changed_and_taken_out_in_place() -> None:
    old = tomllib.loads(TEXT)["retention"]
    rows = [(0, {"years": 15}), (2, {}), (None, {"kind": "tongbao", "years": 30, "clause": "保管期限表"})]
    changed = change_rows(TEXT, "retention", rows)
    assert tomllib.loads(changed)["retention"] == [old[0] | {"years": 15}, old[2], rows[2][1]]
    assert changed.count("# ---- 考核指标") == 1
    assert changed.index("tongbao") < changed.index("# ---- 考核指标") < changed.index("[[indicators]]")


def test_a_value_over_several_lines_is_changed_whole() -> None:
    text = TEXT.replace('aliases = ["公安部门"]', 'aliases = [\n  "公安部门", # 说明\n  "公安",\n]')
    row = next(place for place, one in enumerate(tomllib.loads(text)["departments"]) if one["name"] == "公安局")
    rows = [
        (place, {"aliases": ["县公安局"]} if place == row else {})
        for place in range(len(tomllib.loads(text)["departments"]))
    ]
    assert tomllib.loads(change_rows(text, "departments", rows))["departments"][row]["aliases"] == ["县公安局"]


def test_what_cannot_be_changed_as_text_is_refused() -> None:
    with pytest.raises(DataError, match="写法特殊"):
        change_table('office.name = "甲"\n', "office", {"name": "乙"})


def test_saving_keeps_the_version_before_and_tells_the_journal(office: Workspace) -> None:
    text, read = read_settings(office)
    changed = change_table(text, "office", {"short": "联席办"})
    again = save_settings(office, changed, read, "本单位")
    assert again.office.short == "联席办"
    assert [(office.root / "settings" / name).read_text("utf-8") for name in kept_settings(office)] == [text]
    with office.read() as connection:
        row = (
            connection.execute(select(schema.journal).where(schema.journal.c.action == "settings.change"))
            .mappings()
            .one()
        )
    assert (row["who"], row["subject"]) == ("系统管理员", "本单位")
    with pytest.raises(ChangedMeanwhileError):
        save_settings(again, change_table(text, "office", {"short": "别的"}), read, "本单位")
    assert read_settings(office)[0] == changed


def test_a_fault_names_the_key_and_saves_nothing(office: Workspace) -> None:
    text, read = read_settings(office)
    with pytest.raises(DataError) as failure:
        save_settings(office, change_rows(text, "series", [(0, {"code": "青办2026〔〕"})]), read, "发文字号")
    assert [problem.field for problem in failure.value.problems] == ["series.1.code"]
    assert read_settings(office)[0] == text
    assert not kept_settings(office)


def test_what_is_in_use_stays(office: Workspace) -> None:
    text, read = read_settings(office)
    with office.transaction() as connection:
        number_ledger.take(connection, office.office.series[0], 2026, claim="x", title="甲", day=TODAY, now=NOW)
    rows = [(0, {"code": "新代字"}), *((place, {}) for place in range(1, 6))]
    with pytest.raises(DataError) as failure:
        save_settings(office, change_rows(text, "series", rows), read, "发文字号")
    assert [problem.value for problem in failure.value.problems] == ["青双随机办"]
    with pytest.raises(DataError, match="影响已有"):
        save_settings(office, change_table(text, "office", {"code": "OTHER"}), read, "本单位")
