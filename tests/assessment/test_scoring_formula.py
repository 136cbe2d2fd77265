"""The language of formulas: what it gives, and that nothing else gets through."""

from __future__ import annotations

import pytest

from archive.assessment.scoring.formula import Counted, NothingToJudgeError, parse_formula
from ssj_docs.ground.errors import DataError

COUNTED = {"a": Counted(3, 4), "b": Counted(0, 0), "c": Counted(10, 10)}


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("10 - 2 * failing(a)", 8),
        ("clamp(10 - 20 * failing(a), 0, 10)", 0),
        ("12 * value(a) / 100", 9),
        ("step(value(a), (95, 12), (70, 9), (50, 6))", 9),
        ("step(value(a), (95, 12), (90, 9))", 0),
        ("5 if value(c) >= 100 and failing(a) == 0 else 3 if met(a) > 2 else 1", 3),
        ("max(0, min(5, met(a) + of(a))) + round(1.25, 1) - floor(1.9)", 5.2),
        ("not (failing(c) > 0) or 0", 1),
        ("-failing(a) + 2", 1),
        ("1 < met(a) < 4", 1),
        ("failing(b)", 0),
    ],
)
def test_points(text: str, points: float) -> None:
    assert parse_formula(text).result(COUNTED) == points


def test_measures_are_named_and_an_empty_one_gives_no_points() -> None:
    formula = parse_formula("value(a) + value(b) + value(a)")
    assert formula.measures == ("a", "b")
    with pytest.raises(NothingToJudgeError):
        formula.result(COUNTED)
    with pytest.raises(DataError, match="算不出来"):
        parse_formula("1 / failing(c)").result(COUNTED)
    with pytest.raises(DataError, match="算不出来"):
        parse_formula("*".join(["999999999"] * 20)).result(COUNTED)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a",
        "value('a')",
        "value(a, b)",
        "value(a).real",
        "(lambda: 1)()",
        "[1 for x in (1, 2)]",
        "9 ** 9",
        "1 if 2 else",
        "'text'",
        "True",
        "10 // 3",
        "1 % 2",
        "step(1, 2)",
        "step(1)",
        "clamp(1, 2)",
        "min(*value(a))",
        "max(1, key=value(a))",
        "1e99",
        "f'{1}'",
        "(x := 1)",
        "1; 2",
        "",
        "(" * 300 + "1" + ")" * 300,
        "+".join(["1"] * 200),
        "-" * 100 + "1",
        "1" * 600,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        parse_formula(text)
