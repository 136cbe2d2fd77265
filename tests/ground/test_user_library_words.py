"""What libraries say of a fault in a file reaches a clerk in Chinese, with the line and the remedy."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from jinja2 import Environment, StrictUndefined, TemplateError
from sqlalchemy.exc import DatabaseError

from ssj_docs.database.engine import Database
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.library_words import in_chinese, line_told
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.settings import load_office
from ssj_docs.office.workspace import Workspace

#: what clerks mistype in office.toml → what they are told
TOML = [
    ("x = [1,", "括号要成对"),
    ("x = 青禾", "文字要加引号"),
    ("x = “青禾”", "文字要加引号"),
    ('x = "青禾', "引号没有配对"),
    ("x 1", "缺少等号"),
    ("x = 1\nx = 2", "写了两次"),
    ("[a]\nb = 1\n[a]", "段 [a] 写了两次"),
    ("[a\nb = 1", "方括号没有配对"),
    ("[[a]\n", "方括号没有配对"),
    ('x = "a" "b"', "多余的内容"),
    ('x = "C:\\ssj"', "反斜杠"),
    ("x = 2026-02-31", "日期"),
    ("= 5", "名称 = 值"),
    ("x = {a = 1, a = 2}", "写了两次"),
    ("青禾 = 1", "名称 = 值"),
    ('x = "a\nb"', "引号没有配对"),
    ("x =", "文字要加引号"),
]
TEMPLATES = [
    ("{{ missing }}", "数据里没有“missing”"),
    ("{% for x in y %}", "没有配对"),
    ("{% nosuch %}", "不认识标记“nosuch”"),
    ("{{ a b }}", "符号"),
    ("{{ 1 | nosuch }}", "没有“nosuch”"),
    ("{{ 'a' + 1 }}", "不同种类"),
    ("{{ 1 ~ }}", "符号"),
    ("{% for x in 1 %}{% endfor %}", "数据的种类"),
    ("{{ 1 / 0 }}", "不合规则"),
    ("{{ {}.x }}", "数据里没有“x”"),
]


@pytest.mark.parametrize(("text", "said"), TOML)
def test_faults_of_toml(text: str, said: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert said in in_chinese(caught.value), str(caught.value)


@pytest.mark.parametrize(("text", "said"), TEMPLATES)
def test_faults_of_templates(text: str, said: str) -> None:
    with pytest.raises((TemplateError, TypeError, ZeroDivisionError)) as caught:
        Environment(undefined=StrictUndefined, autoescape=True).from_string(text).render()
    assert said in in_chinese(caught.value), str(caught.value)


def test_faults_of_the_database(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"no database" * 100)
    with pytest.raises(DatabaseError) as caught:
        Database(tmp_path / "no.db").open()
    assert in_chinese(caught.value.orig) == "文件不是数据库"


def test_what_is_chinese_stays_and_what_is_unknown_is_not_quoted() -> None:
    assert in_chinese(ValueError("第 3 行缺少姓名")) == "第 3 行缺少姓名"
    assert in_chinese(ValueError("whatever it was")) == "写法或内容不合规则（ValueError）"
    assert line_told(ValueError("x (at line 12, column 3)")) == "第 12 行"
    assert line_told(ValueError("x (at end of document)")) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("subject_cap = 2", 'subject_cap = "two"'),
        ("subject_cap = 2", "subject_cap ="),
        ("subject_cap = 2", "subject_cap = -1"),
        ("min_inspectors = 2", "min_inspectors = []"),
        ("one_grade_a_draw = true", "one_grade_a_draw = 是"),
        ("[rules]", "[rules"),
        ("one_grade_a_draw = true", "one_grade_a_draw = 3"),
        ('code = "青双随机办"', "code = 3"),
    ],
)
def test_a_wrong_office_toml_is_told_in_chinese_with_its_line(workspace: Workspace, old: str, new: str) -> None:
    path = workspace.root / "office.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_office(path)
    line = text[: text.index(old)].count("\n") + 1
    assert [p for p in caught.value.problems if p.cell == f"第 {line} 行"], [p.cell for p in caught.value.problems]
    for problem in caught.value.problems:
        assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", problem.message), problem.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[document", "没有配对"),
        ('[mine]\ntitle = "自己的"\n', "缺少 template、缺少 code"),
        ("[jilubiao]\ntitle = 3\n", "title 应是文字"),
        ("[jilubiao]\nsigns = 3\n", "signs 应是一列"),
        ('[jilubiao]\nshape = "x"\n', "多出 shape"),
    ],
)
def test_a_wrong_catalogue_of_the_office_is_told_in_chinese(workspace: Workspace, text: str, said: str) -> None:
    (workspace.templates / "catalogue.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="写法有误") as caught:
        load_kinds(workspace.templates)
    assert said in caught.value.message
