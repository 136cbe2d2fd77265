"""office.toml: the default fits; every kind of mistake is a Problem with its line and remedy."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.office.settings import load_office

DEFAULT = (resources.files("templates") / "office.toml").read_text("utf-8")


def test_default_office_fits(tmp_path: Path) -> None:
    (tmp_path / "office.toml").write_text(DEFAULT, encoding="utf-8")
    office = load_office(tmp_path / "office.toml")
    assert office.code == "QHX"
    assert [r.code for r in office.results] == [f"R0{n}" for n in range(1, 9)]
    assert [h.label for h in office.handlings] == ["责令改正", "立案处理", "函告许可部门", "移送司法机关"]
    series = office.series_for("yijiaohan")
    assert series is not None
    assert series.code == "青双随机办函"
    assert office.retention[-1].years is None  # 0 in the file means for ever


@pytest.mark.parametrize(
    ("old", "new", "field", "key"),
    [
        ('short = "县双随机办" ', 'shrot = "县双随机办" ', "office.shrot", "shrot ="),
        ('code = "青双随机办函"', 'code = "青双〔2024〕函"', "series.2.code", 'code = "青双〔2024〕函"'),
        ('code = "GA"', 'code = "公安"', "departments.3.code", 'code = "公安"'),
        ('name = "公安局"\n', "", "departments.3.name", 'code = "GA"'),
        ('engine = "auto" ', 'engine = "lucene" ', "archive.engine", "engine ="),
        ('start = "confirmed"', 'start = "confirm"', "deadlines.4", 'id = "filing"'),
        ("subject_cap = 2", 'subject_cap = "两次"', "rules.subject_cap", "subject_cap ="),
        ('code = "SJ"', 'code = "YJ"', "departments.2.code", None),
    ],
)
def test_each_mistake_names_its_line(tmp_path: Path, old: str, new: str, field: str, key: str | None) -> None:
    assert old in DEFAULT
    text = DEFAULT.replace(old, new, 1)
    (tmp_path / "office.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_office(tmp_path / "office.toml")
    (problem,) = caught.value.problems
    assert problem.field == field
    assert problem.remedy
    line = int(problem.cell.removeprefix("第 ").removesuffix(" 行"))
    shown = text.splitlines()[line - 1]
    if key is None:
        assert shown == 'code = "YJ"'
        assert text.splitlines()[:line].count(shown) == 2  # the second of the two
    elif key.startswith(("id", 'code = "GA"')):
        assert "[[" in shown or key in shown
    else:
        assert key in shown


def test_broken_syntax_and_missing_file(tmp_path: Path) -> None:
    (tmp_path / "office.toml").write_text(DEFAULT.replace('name = "公安局"', 'name = "公安局', 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"第 \d+ 行"):
        load_office(tmp_path / "office.toml")
    with pytest.raises(NotFoundError, match=r"nothing\.toml"):
        load_office(tmp_path / "nothing.toml")
