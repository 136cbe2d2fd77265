"""What docs/deadlines.md prints is what the settings read and what the calendar counts."""

import re
import tomllib
from datetime import date
from pathlib import Path

from ssj_docs.facts.list_columns import LIST_COLUMNS
from ssj_docs.model.case import EVENTS
from ssj_docs.model.office import Deadline
from ssj_docs.planning.dates.workdays import WorkCalendar, add_workdays
from ssj_docs.planning.draw.drawing import FOLDER

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_nine_deadlines_can_be_copied_into_office_toml():
    blocks = re.findall(r"```toml\n(.*?)```", (DOCS / "deadlines.md").read_text("utf-8"), re.DOTALL)
    deadlines = [Deadline(**values) for block in blocks for values in tomllib.loads(block).get("deadlines", [])]
    assert [deadline.id for deadline in deadlines] == [f"D{n}" for n in range(1, 10)]
    assert all({deadline.start, *deadline.met_by.split("|")} <= set(EVENTS) for deadline in deadlines)
    assert all(deadline.reading == "earlier" for deadline in deadlines if deadline.unit == "日")


def test_the_examples_are_what_is_counted():
    text = (DOCS / "deadlines.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d{4}-\d\d-\d\d) \| (\d+) 工作日 \| (\d{4}-\d\d-\d\d)(（暂定）)? \|", text, re.MULTILINE)
    assert len(rows) == 6
    for start, days, due, provisional in rows:
        counted = add_workdays(date.fromisoformat(start), int(days), WorkCalendar())
        assert (counted.date.isoformat(), counted.provisional) == (due, bool(provisional))


def test_the_documents_name_what_there_is():
    assert str(len(LIST_COLUMNS)) + " 栏" in (DOCS / "statistics.md").read_text("utf-8")
    assert FOLDER == "issued/draws"
