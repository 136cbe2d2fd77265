"""Reads office.toml as `Office`: every unknown key, missing department or malformed series is a Problem with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.library_words import in_chinese, line_told
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.case import EVENTS
from ssj_docs.model.office import (
    Deadline,
    Department,
    Handling,
    Indicator,
    NumberSeries,
    Office,
    RatioRule,
    ResultCategory,
    Retention,
    Rules,
)

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _OfficeTable(_Strict):
    name: Text
    red_header: Text
    signature: list[Text] = Field(min_length=1)
    printer: Text
    short: str = ""
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,8}$")]
    seal_for: str = ""
    contact: str = ""
    area: list[Text] = []


class _ArchiveTable(_Strict):
    fonds: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,10}$")] = "0001"
    number: Text = Office.archive_number
    engine: Literal["auto", "tantivy", "whoosh"] = "auto"


class _ReceivingTable(_Strict):
    quiet_seconds: Annotated[int, Field(ge=0, le=86_400)] = Office.quiet_seconds


class _Department(_Strict):
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")]
    name: Text
    short: str = ""
    aliases: list[Text] = []
    statutory: bool = True


class _Series(_Strict):
    code: Annotated[str, StringConstraints(pattern=r"^[^\s\d〔〕\[\]【】（）()/\\]{1,20}$")]
    name: str = ""
    kinds: list[Text] = []
    departments: list[Text] = []
    start: Annotated[int, Field(ge=1)] = 1


class _Result(_Strict):
    code: Annotated[str, StringConstraints(pattern=r"^R\d{2}$")]
    label: Text
    header: str = ""
    clean: bool = False
    problem: bool = False
    aliases: list[Text] = []


class _Handling(_Strict):
    code: Annotated[str, StringConstraints(pattern=r"^H\d{1,2}$")]
    label: Text
    aliases: list[Text] = []


class _Deadline(_Strict):
    id: Text
    start: Text
    days: Annotated[int, Field(ge=1, le=366)]
    unit: Literal["工作日", "日"]
    act: Text
    met_by: Text
    clause: Text
    reading: Literal["workday", "calendar", "earlier"] = "workday"
    applies: Literal["all", "problem", "transfer", "filed", "closed"] = "all"

    @model_validator(mode="after")
    def _known_events(self) -> _Deadline:
        unknown = [e for e in (self.start, *self.met_by.split("|")) if e not in EVENTS]
        if unknown:
            raise ValueError(f"没有“{'、'.join(unknown)}”这个事件，可用：{'、'.join(EVENTS)}")
        return self


class _RatioRule(_Strict):
    group: Text
    name: Text
    low: float | None = None
    high: float | None = None
    clause: str = ""
    exempt_cap: bool = False


class _Rules(_Strict):
    subject_cap: Annotated[int, Field(ge=1)] = 2
    subject_cap_clause: str = ""
    min_inspectors: Annotated[int, Field(ge=1)] = 2
    min_inspectors_clause: str = ""
    general_cap: float | None = None
    general_cap_clause: str = ""
    one_grade_a_draw: bool = True
    rounding: Literal["ceil", "floor", "round"] = "ceil"
    ratios: list[_RatioRule] = []


class _Retention(_Strict):
    kind: Text
    years: Annotated[int, Field(ge=0, le=200)]
    clause: str = ""


class _Indicator(_Strict):
    id: Text
    name: Text
    measure: Text
    question: str = ""
    numerator: str = ""
    denominator: str = ""
    unit: str = "户"
    target: float | None = None
    clause: str = ""
    cutoff: date | None = None
    several: Literal["all", "any"] = "all"


class _File(_Strict):
    office: _OfficeTable
    archive: _ArchiveTable = _ArchiveTable()
    receiving: _ReceivingTable = _ReceivingTable()
    series: list[_Series] = Field(min_length=1)
    departments: list[_Department] = Field(min_length=1)
    results: list[_Result] = Field(min_length=1)
    handlings: list[_Handling] = Field(min_length=1)
    deadlines: list[_Deadline] = []
    rules: _Rules = _Rules()
    retention: list[_Retention] = []
    indicators: list[_Indicator] = []
    holidays: dict[str, list[str]] = {}
    workdays: dict[str, list[str]] = {}


def load_office(path: Path) -> Office:
    """Read and check office.toml.

    Raises: NotFoundError if there is no file; DataError with every Problem (line and remedy) if it is invalid.
    """
    if not path.is_file():
        raise NotFoundError(f"没有找到 {path.name}", Remedy("先", do("init"), "，或", do("choose_workspace")))
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} 不是 UTF-8 文本", "在编辑器里另存为 UTF-8 编码") from error
    except tomllib.TOMLDecodeError as error:
        problem = Problem(
            path.name,
            f"写法有误：{in_chinese(error)}",
            "检查该行的引号、方括号和等号",
            code="office.syntax",
            cell=line_told(error),
        )
        raise DataError(str(problem), problems=[problem]) from error
    lines = text.splitlines()
    try:
        parsed = _File.model_validate(data)
    except ValidationError as error:
        found = [_as_problem(path.name, lines, fault) for fault in error.errors()]
        raise DataError(f"{path.name} 有 {len(found)} 处问题", "改正后再试", found) from error
    doubles = _doubles(path.name, lines, parsed)
    if doubles:
        raise DataError(f"{path.name} 有 {len(doubles)} 处问题", "改正后再试", doubles)
    return _as_office(parsed)


_MESSAGES = {
    "missing": ("缺少这一项", "补上这一项"),
    "extra_forbidden": ("不认识这个名称", "检查拼写，或删去这一行"),
    "string_pattern_mismatch": ("写法不合要求", "代字不含年份、括号、数字和空格；代码用大写字母和数字"),
    "string_too_short": ("不能为空", "填写内容"),
    "too_short": ("至少要有一项", "补上一项"),
    "literal_error": ("不在可选范围内", "只能写说明中列出的值"),
}


def _as_problem(name: str, lines: Sequence[str], fault: Any) -> Problem:
    location = tuple(fault["loc"])
    message, remedy = _MESSAGES.get(fault["type"], (in_chinese(fault["msg"]), "按注释改正"))
    value = fault["input"] if isinstance(fault["input"], str | int | float) else ""
    line = line_of(lines, location)
    return Problem(
        name,
        message,
        remedy,
        cell=f"第 {line} 行" if line else "",
        value=str(value),
        field=".".join(str(p + 1) if isinstance(p, int) else p for p in location),
        code="office.value",
    )


def line_of(lines: Sequence[str], location: tuple[Any, ...]) -> int:
    """The 1-based line of a key path such as ``("departments", 2, "name")``: its own line, or that of its table."""
    tables = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    heads = [i for i, text in enumerate(lines) if _table_name(text) in _prefixes(tables)]
    deepest = max((len(_table_name(lines[i])) for i in heads), default=0)
    heads = [i for i in heads if len(_table_name(lines[i])) == deepest]
    if not heads:
        return 0
    start = heads[min(index, len(heads) - 1)]
    key = re.compile(rf"\s*{re.escape(str(tables[-1]))}\s*=")
    for i in range(start + 1, len(lines)):
        if _table_name(lines[i]):
            break
        if key.match(lines[i]):
            return i + 1
    return start + 1


def _table_name(line: str) -> str:
    match = re.match(r"\s*\[\[?\s*([\w.]+)\s*\]\]?", line)
    return match[1] if match else ""


def _prefixes(names: Sequence[str]) -> set[str]:
    return {".".join(names[: i + 1]) for i in range(len(names))}


def _doubles(name: str, lines: Sequence[str], parsed: _File) -> list[Problem]:
    found = []
    for table, key, values in (
        ("departments", "code", [d.code for d in parsed.departments]),
        ("departments", "name", [d.name for d in parsed.departments]),
        ("series", "code", [s.code for s in parsed.series]),
        ("results", "code", [r.code for r in parsed.results]),
        ("handlings", "code", [h.code for h in parsed.handlings]),
        ("indicators", "id", [i.id for i in parsed.indicators]),
        ("deadlines", "id", [d.id for d in parsed.deadlines]),
    ):
        for index, value in enumerate(values):
            if value in values[:index]:
                found.append(
                    Problem(
                        name,
                        "与前面的重复",
                        "改成不同的值，或删去其中一个",
                        value=value,
                        field=f"{table}.{index + 1}.{key}",
                        code="office.double",
                        cell=f"第 {line_of(lines, (table, index, key))} 行",
                    )
                )
    return found


def _as_office(parsed: _File) -> Office:
    base = parsed.office.model_dump()
    base["signature"], base["area"] = tuple(base["signature"]), tuple(sorted(base["area"], key=len, reverse=True))
    rules = parsed.rules.model_dump()
    rules["ratios"] = tuple(RatioRule(**rule) for rule in rules["ratios"])
    return Office(
        **base,
        fonds=parsed.archive.fonds,
        archive_number=parsed.archive.number,
        search_engine=parsed.archive.engine,
        quiet_seconds=parsed.receiving.quiet_seconds,
        departments=tuple(Department(**_tuples(d.model_dump())) for d in parsed.departments),
        series=tuple(NumberSeries(**_tuples(s.model_dump())) for s in parsed.series),
        results=tuple(ResultCategory(**_tuples(r.model_dump())) for r in parsed.results),
        handlings=tuple(Handling(**_tuples(h.model_dump())) for h in parsed.handlings),
        deadlines=tuple(Deadline(**d.model_dump()) for d in parsed.deadlines),
        rules=Rules(**rules),
        retention=tuple(Retention(r.kind, r.years or None, r.clause) for r in parsed.retention),
        indicators=tuple(Indicator(**i.model_dump()) for i in parsed.indicators),
        holidays={year: tuple(days) for year, days in parsed.holidays.items()},
        workdays={year: tuple(days) for year, days in parsed.workdays.items()},
    )


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
