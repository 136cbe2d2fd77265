"""One decorated function is a whole measure: office.toml may name it, in the units it can count, and the docs list it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace

import pytest
from assessed_office import Office
from places import ROOT

from archive.assessment.assessment import assess
from archive.assessment.measure_register import MEASURES, measure
from archive.assessment.year_record import Unit, YearRecord
from archive.demonstration import EXAMPLE_YEAR
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.remedies import Remedy, do

DOCS = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
assert DOCS is not None
assert DOCS.loader is not None
make_docs = importlib.util.module_from_spec(DOCS)
DOCS.loader.exec_module(make_docs)


@pytest.fixture
def tasks_of_spring() -> Iterator[str]:
    """A new measure, entered by its decorator alone."""

    @measure("任务", of="计划中的任务", met="上半年开始的")
    def spring(record: YearRecord) -> Iterator[Unit]:
        for task in record.tasks.values():
            starts = task.window.start
            yield Unit(task.id, task.name, starts is not None and starts.month <= 6, f"{starts} 开始")

    yield spring.__name__
    del MEASURES[spring.__name__]


def test_a_decorated_function_is_all_a_measure_needs(office: Office, tasks_of_spring: str) -> None:
    plan = office.workspace.office.indicators[0]
    ours = replace(plan, id="spring", measure=tasks_of_spring, unit="任务")
    settings = replace(office.workspace.office, indicators=(ours,))
    (result,) = assess(replace(office.workspace, office=settings), EXAMPLE_YEAR).indicators
    plan_months = [unit.why[5:7] for unit in result.units]
    assert (result.numerator, result.denominator) == (sum(month <= "06" for month in plan_months), 7)
    assert "| `spring` | 任务 | 计划中的任务 | 上半年开始的 |" in make_docs.measures_table()


def test_a_measure_refuses_units_it_cannot_count_and_is_offered_by_name(office: Office, tasks_of_spring: str) -> None:
    plan = office.workspace.office.indicators[0]
    by_subject = replace(office.workspace.office, indicators=(replace(plan, measure=tasks_of_spring, unit="户"),))
    with pytest.raises(DataError, match="不能按“户”计数") as refused:
        assess(replace(office.workspace, office=by_subject), EXAMPLE_YEAR)
    assert refused.value.remedy == Remedy(do("set", key="indicators"), "，把 unit 改为任务")
    unknown = replace(office.workspace.office, indicators=(replace(plan, measure="nothing"),))
    with pytest.raises(DataError, match="不存在的算法") as refused:
        assess(replace(office.workspace, office=unknown), EXAMPLE_YEAR)
    assert tasks_of_spring in str(refused.value.remedy)
