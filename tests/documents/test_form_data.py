"""Fields filled as the catalogue says: paths into the facts, lists beside lists, several values on one line."""

from __future__ import annotations

from typing import Any

import pytest
from places import NOW

from archive.demonstration import open_example
from ssj_docs.documents.batch import form_orders, year_orders
from ssj_docs.documents.templates.check import check_templates
from ssj_docs.facts.field_sources import source_faults
from ssj_docs.facts.vocabulary import paths, vocabulary
from ssj_docs.ground.errors import DataError
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.workspace import Workspace

CASE = "2026-001-0005"
HEAD = '[own]\ntitle = "自定"\ntemplate = "own.docx"\ncode = "OWN"\nper = "{per}"\n[own.fields]\n'


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return open_example(tmp_path_factory.mktemp("data") / "office", now=NOW)


def filled(example: Workspace, fields: str, per: str = "case") -> dict[str, Any]:
    (example.templates / "catalogue.toml").write_text(HEAD.replace("{per}", per) + fields, encoding="utf-8")
    if per == "year":
        return dict(year_orders(example, example.kinds["own"], 2026)[0].data)
    return dict(form_orders(example, "2026-001", ["own"], CASE)[0].data)


def test_texts_blanks_words_and_joins(example: Workspace) -> None:
    data = filled(
        example,
        'name = { name = "名称", from = "subject.name" }\nhand = "手填"\n"list[]" = "手填清单"\n'
        'words = { name = "话", text = "{subject.name}（{case.id}）" }\n'
        'people = { name = "人", from = "case.team[].name", join = "／" }\n'
        'order = { name = "责令文号", from = "case.papers.zeling.number" }\n',
    )
    assert data["name"] == "青禾县盛达建材有限公司"
    assert (data["hand"], data["list"], data["order"]) == ("", [], "")
    assert data["words"] == f"青禾县盛达建材有限公司（{CASE}）"
    assert data["people"].count("／") >= 1


def test_lists_in_lists_beside_what_is_the_same_in_every_row(example: Workspace) -> None:
    data = filled(
        example,
        '"rows[].no" = { name = "序号", from = "#" }\n"rows[].body" = { name = "部门", from = "case.groups[].department" }\n'
        '"rows[].items[].name" = { name = "事项", from = "case.groups[].items[]" }\n"rows[].items[].seen" = "所见"\n'
        '"rows[].team" = { name = "人", from = "case.groups[].team[].name" }\n'
        '"rows[].task" = { name = "任务", from = "task.name" }\n'
        '"rows[].all" = { name = "全部事项", from = "task.item_names[]" }\n',
    )
    rows = data["rows"]
    assert [row["no"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert len({row["body"] for row in rows}) == len(rows) > 1
    assert all(item["seen"] == "" for row in rows for item in row["items"])
    assert rows[0]["all"] == "、".join(item["name"] for row in rows for item in row["items"])
    assert {row["task"] for row in rows} == {"工贸企业安全生产联合抽查"}
    assert all(row["team"] for row in rows)


def test_tables_of_a_task_and_of_a_year(example: Workspace) -> None:
    data = filled(
        example,
        '"rows[].name" = { name = "对象", from = "inspected[].subject.name" }\n'
        '"rows[].bad" = { name = "问题", text = "{inspected[].case.problems[].item}" }\n',
        per="task",
    )
    assert any("、" not in row["bad"] and row["bad"] for row in data["rows"])
    data = filled(
        example,
        '"rows[].task" = { name = "任务", from = "tasks[].name" }\nyear = { name = "年", from = "year" }\n',
        "year",
    )
    assert (len(data["rows"]), data["year"]) == (7, "2026")


def test_a_form_that_needs_a_fact_is_not_made_without_it(example: Workspace) -> None:
    text = HEAD.replace("{per}", "case").replace("[own.fields]", 'needs = ["case.problems[]"]\n[own.fields]')
    (example.templates / "catalogue.toml").write_text(text + 'a = "甲"\n', encoding="utf-8")
    made = form_orders(example, "2026-001", ["own"], CASE)
    assert made[0].title == "自定（青禾县盛达建材有限公司）"
    with pytest.raises(DataError, match="案件 2026-001-0001 没有发现问题的检查结果"):
        form_orders(example, "2026-001", ["own"], "2026-001-0001")


@pytest.mark.parametrize(
    ("fields", "place", "told"),
    [
        (
            'a = { name = "甲", from = "subjct.name" }\n',
            "[own] fields.a",
            "没有“subjct.name”这项内容（是否应写 subject.name",
        ),
        ('"r[].a" = { name = "甲", from = "case.team.name" }\n', '[own] fields."r[].a"', "没有“case.team.name”"),
        ('a = { name = "甲", text = "共{case.many}项" }\n', "[own] fields.a", "没有“case.many”"),
        ('a = { name = "甲", from = "case.team[].id_number" }\n', "[own] fields.a", '加上 drop = ["public"]'),
    ],
)
def test_a_wrong_source_is_told_with_section_and_key(example: Workspace, fields: str, place: str, told: str) -> None:
    with pytest.raises(DataError) as caught:
        filled(example, fields)
    assert place in caught.value.message
    assert told in caught.value.message
    (report,) = check_templates(example.templates, ["own"])
    assert place in {problem.field for problem in report.problems}


def test_every_shipped_field_comes_from_somewhere_or_is_blank() -> None:
    kinds = load_kinds()
    for kind in kinds.values():
        assert not source_faults(kind, vocabulary(kind.per, kinds.of_cases)), kind.id


def test_every_fact_can_be_read_of_every_case(example: Workspace) -> None:
    fields = "".join(
        f'f{n} = {{ name = "甲", from = "{path}", drop = ["public"] }}\n'
        for n, (path, _) in enumerate(paths(vocabulary("case", example.kinds.of_cases)))
    )
    data = filled(example, fields)
    assert all(isinstance(value, str) for value in data.values())
    assert sum(bool(value) for value in data.values()) > 60
