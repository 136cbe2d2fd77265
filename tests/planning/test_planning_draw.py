"""The draw: quotas, chance, assignment, the record that anyone can repeat, and what is done to a record that lies."""

import copy
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssj_docs.ground.canonical import plain_json, sha256_of
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.ground.remedies import do
from ssj_docs.model.case import Case
from ssj_docs.model.office import Office, RatioRule, Rules
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.planning.draw.algorithm import (
    FIRST,
    DrawParameters,
    Group,
    PoolLine,
    Seed,
    draw_objects,
    largest_remainder,
    lines_digest,
    parse_pool_line,
    ranker,
    seed_digest,
    target,
)
from ssj_docs.planning.draw.assignment import assign, inspector_pool, staffing_notes, staffing_problems
from ssj_docs.planning.draw.pool import DrawOptions, draw_parameters, object_pool, with_planned_count
from ssj_docs.planning.draw.record import DrawInput, Occasion, commitment, run_draw, verify_commitment, verify_record

DOC = Path(__file__).resolve().parents[2] / "docs" / "draw.md"
YJ, SJ = "应急管理局", "市场监督管理局"
SEED = Seed("00112233445566778899aabbccddeeff")
OCCASION = Occasion(datetime(2026, 3, 2, 9, tzinfo=UTC), "文书", {"id": "2026-001", "name": "任务"})
RATIOS = (
    RatioRule("A", "低", 1, None, ""),
    RatioRule("C", "中高", 10, None, ""),
    RatioRule("黑名单", "", 100, 100, "", True),
)
OFFICE = Office("双随机办", "", (), "", rules=Rules(ratios=RATIOS, one_grade_a_draw=False))


def pool(n, districts=5):
    return [PoolLine(f"S{i:06d}", f"青禾第{i}商行", f"乡镇{i % districts}") for i in range(n)]


def parameters(*groups, **more):
    return DrawParameters("2026-001", 1, groups or (Group("", percent="3"),), **more)


def people(*departments, each=3, **more):
    return [
        Inspector(f"{code}{n}", f"检查员{code}{n}", department=name, **more)
        for code, name in zip("YSG", departments, strict=False)
        for n in range(each)
    ]


def task(ratio=None, type=None, **more):
    values = {"object": "辖区企业", "category": "一般", "initiators": (YJ,), "partners": (SJ,), **more}
    return InspectionTask(
        "2026-001",
        2026,
        3,
        "1",
        "计划",
        "任务",
        "",
        (),
        (),
        values["object"],
        values["category"],
        type,
        values["initiators"],
        values["partners"],
        "县级",
        ratio or Ratio("3%", "percent", 3.0, 3.0),
        Frequency(),
        Window(),
    )


# --- quotas -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("size", "percent", "rounding", "wanted"),
    [
        (37, "1", "ceil", 1),
        (37, "1", "floor", 1),
        (100_000, "3", "ceil", 3000),
        (150, "1", "ceil", 2),
        (150, "1", "floor", 1),
        (150, "1", "round", 2),
        (149, "1", "round", 1),
        (1000, "0.3", "ceil", 3),
        (1001, "0.3", "ceil", 4),
        (7, "100", "ceil", 7),
        (0, "3", "ceil", 0),
        (9, "0", "ceil", 0),
    ],
)
def test_how_many(size, percent, rounding, wanted):
    assert target(size, Group("", percent=percent), rounding) == wanted


def test_a_count_is_at_most_the_pool():
    assert target(5, Group("", count=3), "ceil") == 3
    assert target(5, Group("", count=9), "ceil") == 5
    made = draw_objects(pool(5), parameters(Group("", count=9)), SEED)
    assert len(made.chosen) == 5
    assert "只有 5" in made.short[0]


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 50), max_size=8), st.integers(0, 400))
def test_largest_remainder_is_fair(sizes, total):
    whole = sum(sizes.values())
    total = min(total, whole)
    shares = largest_remainder(total, sizes, {name: name for name in sizes})
    assert sum(shares.values()) == total
    for name, size in sizes.items():
        assert 0 <= shares[name] <= size
        assert abs(shares[name] - (total * size / whole if whole else 0)) < 1


def test_every_area_gets_its_share():
    lines = [*pool(600, 3), *(PoolLine(f"T{i}", "店", "山乡") for i in range(100))]
    made = draw_objects(lines, parameters(Group("", percent="10"), stratified=True), SEED)
    drawn = Counter(line.district for line in lines if line.id in set(made.chosen))
    assert drawn == {"乡镇0": 20, "乡镇1": 20, "乡镇2": 20, "山乡": 10}
    assert {(q.stratum, q.size, q.quota) for q in made.quotas} >= {("山乡", 100, 10)}


def test_each_group_has_its_own_ratio():
    lines = [
        *(PoolLine(f"A{i}", "甲", group="A") for i in range(200)),
        *(PoolLine(f"D{i}", "丁", group="D") for i in range(10)),
    ]
    made = draw_objects(lines, parameters(Group("A", percent="1"), Group("D", percent="20")), SEED)
    assert Counter(id[0] for id in made.chosen) == {"A": 2, "D": 2}


def test_those_left_out_are_never_drawn_and_a_shortage_is_said():
    lines = [PoolLine(f"S{i}", "店", state="cap" if i else "") for i in range(10)]
    made = draw_objects(lines, parameters(Group("", count=3)), SEED)
    assert made.chosen == ("S0",)
    assert "可抽的只有 1" in made.short[0]


# --- chance -----------------------------------------------------------------------------------------------------------
def test_the_vector_of_the_documentation():
    three = [PoolLine(f"S{n}", name) for n, name in zip((1, 2, 3), "甲乙丙", strict=True)]
    given = parameters(Group("", count=2))
    text = DOC.read_text("utf-8")
    assert f"`{lines_digest(line.text() for line in three)}`" in text
    assert f"`{seed_digest(SEED.value)}`" in text
    for line in three:
        assert f'| `rank("object", "{line.id}")` | `{ranker(given, SEED)("object", line.id)}` |' in text
    assert f'| `rank("start", "")` | `{ranker(given, SEED)("start", "")}`' in text
    assert draw_objects(three, given, SEED).chosen == ("S2", "S1")
    assert draw_objects(three, given, Seed(SEED.value, algorithm=FIRST)).chosen == ("S1", "S3")


def test_order_of_the_pool_does_not_matter_the_seed_the_round_and_the_public_value_do():
    lines, given = pool(500), parameters(stratified=True)
    first = draw_objects(lines, given, SEED).chosen
    assert draw_objects(lines[::-1], given, SEED).chosen == first
    assert draw_objects(lines, given, Seed(SEED.value, "开奖 01 02")).chosen != first
    assert draw_objects(lines, given, Seed("ab" * 16)).chosen != first
    assert draw_objects(lines, DrawParameters("2026-001", 2, given.groups, stratified=True), SEED).chosen != first


def test_everybody_is_drawn_about_equally_often():
    lines, given = pool(20, 1), parameters(Group("", count=5))
    times = Counter(id for n in range(2000) for id in draw_objects(lines, given, Seed(f"{n:08x}")).chosen)
    # 2000 draws of 5 in 20: 500 each, standard deviation 19; six of them either way
    assert len(times) == 20
    assert all(384 < count < 616 for count in times.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.integers(1, 7), st.sampled_from(["0.5", "3", "33.3", "100"]), st.booleans(), st.binary())
def test_a_draw_is_a_set_of_the_right_size(n, districts, percent, stratified, seed):
    lines = pool(n, districts)
    made = draw_objects(lines, parameters(Group("", percent=percent), stratified=stratified), Seed(seed.hex()))
    assert len(made.chosen) == len(set(made.chosen)) == target(n, Group("", percent=percent), "ceil")
    assert set(made.chosen) <= {line.id for line in lines}
    assert sum(quota.quota for quota in made.quotas) == len(made.chosen)


# --- inspectors -------------------------------------------------------------------------------------------------------
BOTH = parameters(initiators=(YJ,), partners=(SJ,))


def inspectors(register, given=BOTH, on=date(2026, 3, 2), subjects=()):
    return inspector_pool(register, given.departments, on, subjects)


def test_one_of_every_department_the_leader_from_the_initiator():
    made = assign([f"S{n}" for n in range(30)], inspectors(people(YJ, SJ)), BOTH, SEED)
    assert all([id[0] for id in one.inspectors] == ["Y", "S"] for one in made)
    load = Counter(id for one in made for id in one.inspectors)
    assert set(load.values()) == {10}  # 30 objects, 3 people a department
    assert len({one.inspectors for one in made}) > 3  # not the same pairs in turn


def test_one_department_alone_sends_two():
    alone = parameters(initiators=(YJ,))
    (one,) = assign(["S1"], inspectors(people(YJ), alone), alone, SEED)
    assert len(set(one.inspectors)) == 2
    assert not one.gaps


def test_three_departments_send_three():
    three = parameters(initiators=(YJ,), partners=(SJ, "公安局"))
    (one,) = assign(["S1"], inspectors(people(YJ, SJ, "公安局"), three), three, SEED)
    assert [id[0] for id in one.inspectors] == ["Y", "S", "G"]


@pytest.mark.parametrize("written", ["S1", "青禾茶行", "410000000000001"])
def test_recusal_by_id_name_or_registration(written):
    register = [Inspector("Y0", "沈禾", department=YJ, recuse=(written,)), *people(SJ)]
    register[1:] = [Inspector(f"S{n}", "周", department=SJ) for n in range(2)]
    register.append(Inspector("Y1", "吴", department=YJ))
    subjects = [Subject("S1", "青禾茶行", registration="410000000000001")]
    made = assign(["S1"] * 8, inspectors(register, subjects=subjects), BOTH, SEED)
    assert all(one.inspectors[0] == "Y1" for one in made)


def test_where_recusal_leaves_nobody_a_person_has_to_settle_it():
    register = [
        Inspector("Y0", "沈禾", department=YJ, recuse=("S1",)),
        *(Inspector(f"S{n}", "周", department=SJ) for n in range(2)),
    ]
    (one,) = assign(["S1"], inspectors(register), BOTH, SEED)
    assert [id[0] for id in one.inspectors] == ["S", "S"]
    assert "回避" in one.gaps[0]


def test_an_expired_certificate_does_not_go():
    register = [*people(YJ, valid_until=date(2026, 3, 1)), *(Inspector(f"S{n}", "周", department=SJ) for n in range(2))]
    lines = inspectors(register)
    (problem,) = staffing_problems(lines, BOTH)
    assert YJ in problem.message
    assert "3 人证件已过期" in problem.message
    assert not staffing_problems(inspectors(register, on=date(2026, 3, 1)), BOTH)


def test_no_restricted_data_in_the_pool():
    lines = inspectors([Inspector("Y0", "沈禾", department=YJ, phone="13000000000", id_number="410000190001010000")])
    assert "13000000000" not in lines[0].text()
    assert "410000190001010000" not in lines[0].text()


# --- from plan and registers --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ratio", "group", "rounding"),
    [
        (Ratio("3%", "percent", 3.0, 3.0), Group("", percent="3"), "ceil"),
        (Ratio("≥5%", "floor", 5.0), Group("", percent="5"), "ceil"),
        (Ratio("不高于10%", "cap", None, 10.0), Group("", percent="10"), "floor"),
        (Ratio("10-20%", "range", 10.0, 20.0), Group("", percent="10"), "ceil"),
        (Ratio("1户", "count", count=1), Group("", count=1), "ceil"),
        (Ratio("10%（20户）", "count", 10.0, 10.0, 20), Group("", count=20), "ceil"),
        (Ratio("市级2% 县级10%", "per_level", levels=(("市级", 2.0), ("县级", 10.0))), Group("", percent="10"), "ceil"),
        (Ratio("市级2% 区级10%", "per_level", levels=(("市级", 2.0), ("区级", 10.0))), Group("", percent="10"), "ceil"),
        (Ratio("不超过30户", "count", count_high=30), Group("", count=30), "ceil"),
    ],
)
def test_the_plans_ratio(ratio, group, rounding):
    made = draw_parameters(task(ratio), OFFICE, DrawOptions())
    assert (made.groups, made.rounding) == ((group,), rounding)


def test_a_ratio_that_is_no_figure_is_refused_with_a_remedy():
    with pytest.raises(UsageError) as caught:
        draw_parameters(task(Ratio("省级计划规定比例")), OFFICE, DrawOptions())
    assert caught.value.remedy.actions == (do("draw", task="2026-001", ratio="3"), do("draw", task="2026-001", count=5))
    assert draw_parameters(task(Ratio("省级计划规定比例")), OFFICE, DrawOptions(count=5)).groups == (
        Group("", count=5),
    )


SUBJECTS = [
    Subject("S1", "青禾茶行", industry="餐饮", grade="A", district="东乡"),
    Subject("S2", "青禾面馆", industry="餐饮", grade="C", district="东乡", tags=("黑名单",)),
    Subject("S3", "青禾花炮", industry="烟花", grade="C", district="西乡", scope="烟花爆竹批发"),
]


@pytest.mark.parametrize(
    ("conditions", "ids"),
    [
        (("行业=餐饮",), "S1 S2"),
        (("行业=餐饮", "等级=C"), "S2"),
        (("经营范围~烟花",), "S3"),
        (("标签=黑名单",), "S2"),
        (("district=东乡|西乡",), "S1 S2 S3"),
        ((), "S1 S2 S3"),
    ],
)
def test_conditions(conditions, ids):
    given = draw_parameters(task(type="定向"), OFFICE, DrawOptions(conditions=conditions))
    lines, _ = object_pool(SUBJECTS, [], OFFICE, given)
    assert " ".join(line.id for line in lines) == ids


def test_bad_conditions_are_named():
    for text in ("行业", "颜色=红", "行业="):
        with pytest.raises(UsageError, match="看不懂"):
            object_pool(SUBJECTS, [], OFFICE, parameters(conditions=(text,)))
    with pytest.raises(DataError, match="没有符合"):
        object_pool(SUBJECTS, [], OFFICE, parameters(conditions=("行业=采矿",)))


def test_the_yearly_cap_keeps_out_whom_no_rule_exempts():
    twice = [Case(f"2026-00{n}-0001", f"2026-00{n}", 1, id) for n in (2, 3) for id in ("S1", "S2")]
    given = draw_parameters(task(), OFFICE, DrawOptions())
    lines, noticed = object_pool(SUBJECTS, twice, OFFICE, given)
    assert {line.id: line.state for line in lines} == {"S1": "cap", "S2": "", "S3": ""}
    assert any("1 户本年已抽查 2 次" in note for note in noticed.notes)
    passed = draw_parameters(task(), OFFICE, DrawOptions(over_cap="上级专项部署"))
    lines, noticed = object_pool(SUBJECTS, twice, OFFICE, passed)
    assert {line.state for line in lines} == {""}
    assert any("上级专项部署" in note for note in noticed.notes)


def test_by_grade_the_strictest_rule_counts():
    given = draw_parameters(task(), OFFICE, DrawOptions(by_grade=True))
    lines, _ = object_pool([*SUBJECTS, Subject("S4", "青禾布店")], [], OFFICE, given)
    assert {line.id: (line.group, line.state) for line in lines} == {
        "S1": ("A", ""),
        "S2": ("黑名单", ""),
        "S3": ("C", ""),
        "S4": ("未定级", "ungraded"),
    }
    assert set(draw_objects(lines, given, SEED).chosen) == {"S1", "S2", "S3"}


def test_one_grade_a_draw_where_the_rule_says_so():
    strict = Office("双随机办", "", (), "", rules=Rules(ratios=RATIOS, one_grade_a_draw=True))
    with pytest.raises(UsageError, match="一次只抽一个等级"):
        draw_parameters(task(), strict, DrawOptions(by_grade=True))
    given = draw_parameters(task(), strict, DrawOptions(grade="C"))
    assert given.groups == (Group("", percent="10"),)
    assert [line.id for line in object_pool(SUBJECTS, [], strict, given)[0]] == ["S2", "S3"]
    _, noticed = object_pool(SUBJECTS, [], strict, draw_parameters(task(), strict, DrawOptions()))
    assert any("A、C" in note for note in noticed.notes)


REGISTER = [
    *(Subject(f"H{n}", "青禾化工", industry="危化") for n in range(4)),
    Subject("J1", "青禾加油站", industry="加油站"),
    Subject("F1", "青禾食品厂", industry="食品生产"),
    Subject("F2", "青禾粮油店", industry="食品销售"),
    Subject("G1", "青禾机械", industry="制造", tags=("工贸",)),
    Subject("K1", "青禾茶行", type="个体工商户"),
]


@pytest.mark.parametrize(
    ("object", "condition"),
    [
        ("辖区危险化学品经营单位", "行业=危化"),
        ("辖区加油站", "行业=加油站"),
        ("辖区食品生产企业", "行业=食品生产"),
        ("食品企业", "行业=食品生产|食品销售"),
        ("全县工贸企业", "标签=工贸"),
        ("个体工商户", "类型=个体工商户"),
    ],
)
def test_the_plans_object_is_looked_up_in_the_register(object, condition):
    given = draw_parameters(task(type="定向", object=object), OFFICE, DrawOptions(), subjects=REGISTER)
    assert given.conditions == (condition,)
    assert object in given.notes[0]
    assert object_pool(REGISTER, [], OFFICE, given)[0]


def test_everybody_is_in_where_the_plan_says_so():
    for object in ("辖区所有企业", "各类市场主体", "企业"):
        given = draw_parameters(task(type="不定向", object=object), OFFICE, DrawOptions(), subjects=REGISTER)
        assert (given.conditions, given.notes) == ((), ())


def test_an_object_that_the_register_does_not_know():
    with pytest.raises(UsageError, match="定向抽查") as caught:
        draw_parameters(task(type="定向", object="辖区学校"), OFFICE, DrawOptions(), subjects=REGISTER)
    assert do("draw", task="2026-001", where="行业=……") in caught.value.remedy.actions
    spread = draw_parameters(task(type="不定向", object="辖区学校"), OFFICE, DrawOptions(), subjects=REGISTER)
    assert "辖区学校" in spread.notes[0]
    forced = draw_parameters(
        task(type="定向", object="辖区学校"), OFFICE, DrawOptions(conditions=("全部",)), subjects=REGISTER
    )
    assert len(object_pool(REGISTER, [], OFFICE, forced)[0]) == len(REGISTER)
    plain = [Subject("S1", "青禾小学")]
    assert draw_parameters(task(type="定向", object="辖区学校"), OFFICE, DrawOptions(), subjects=plain).conditions == ()


def test_a_plan_with_a_ratio_for_each_grade():
    by_grade = task(Ratio("A级5%、C级50%", "per_level", levels=(("A", 5.0), ("C", 50.0))))
    given = draw_parameters(by_grade, OFFICE, DrawOptions())
    assert given.groups[:2] == (Group("A", percent="5"), Group("C", percent="50"))
    lines, _ = object_pool(SUBJECTS, [], OFFICE, given)
    assert {line.id: line.group for line in lines} == {"S1": "A", "S2": "C", "S3": "C"}
    assert draw_parameters(by_grade, OFFICE, DrawOptions(grade="C")).groups == (Group("", percent="50"),)


@pytest.mark.parametrize(
    ("ratio", "of_a", "of_c"),
    [
        (Ratio("100%", "percent", 100.0, 100.0), "100", "100"),
        (Ratio("不低于5%", "floor", 5.0), "5", "10"),
        (Ratio("0.5%", "percent", 0.5, 0.5), "1", "10"),
        (Ratio("不超过5%", "cap", None, 5.0), "1", "10"),
    ],
)
def test_the_plan_s_ratio_counts_where_it_asks_for_more_than_the_grade_s(ratio, of_a, of_c):
    for grade, percent in (("A", of_a), ("C", of_c)):
        assert draw_parameters(task(ratio), OFFICE, DrawOptions(grade=grade)).groups == (Group("", percent=percent),)
    assert draw_parameters(task(ratio), OFFICE, DrawOptions(by_grade=True)).groups[:2] == (
        Group("A", percent=of_a),
        Group("C", percent=of_c),
    )


def test_a_ratio_and_a_number_that_do_not_agree_are_told():
    both = task(Ratio("10%（20户）", "percent", 10.0, 10.0, 20))
    given = draw_parameters(both, OFFICE, DrawOptions())
    assert with_planned_count(both, given, pool(200)).notes == given.notes
    assert any("20 户" in note and "30 户" in note for note in with_planned_count(both, given, pool(300)).notes)


def test_a_general_item_above_the_cap_is_noticed():
    capped = Office("双随机办", "", (), "", rules=Rules(general_cap=50.0, general_cap_clause="方案三"))
    assert any("50%（方案三）" in n for n in draw_parameters(task(), capped, DrawOptions(percent="50.1")).notes)
    assert draw_parameters(task(), capped, DrawOptions(percent="50")).notes == ()
    assert draw_parameters(task(category="重点"), capped, DrawOptions(percent="100")).notes == ()


def test_names_with_tabs_and_line_feeds_stay_one_line():
    lines, _ = object_pool([Subject("S1", "青禾\t茶\n行")], [], OFFICE, parameters())
    assert parse_pool_line(lines[0].text()) == lines[0]
    assert lines[0].name == "青禾 茶 行"


# --- the record -------------------------------------------------------------------------------------------------------
def drawn_record(n=400, **more):
    given = DrawInput(
        parameters(stratified=True, initiators=(YJ,), partners=(SJ,), **more), pool(n), inspectors(people(YJ, SJ))
    )
    return given, json.loads(plain_json(run_draw(given, SEED, OCCASION, None).record))


def test_a_record_verifies_after_a_journey_through_a_file():
    _, record = drawn_record()
    assert verify_record(record) == []
    assert len(record["result"]["cases"]) == 12


def _replace_subject(record):
    undrawn = next(
        line.split("\t")[0]
        for line in record["pool"]["lines"]
        if line.split("\t")[0] not in {c["subject"] for c in record["result"]["cases"]}
    )
    record["result"]["cases"][0]["subject"] = undrawn


def _swap_inspector(record):
    record["result"]["cases"][0]["inspectors"].reverse()


def _drop_from_pool(record):
    record["pool"]["lines"].pop(7)


def _rename_in_pool(record):
    record["pool"]["lines"][7] = record["pool"]["lines"][7].replace("青禾", "青田")


def _other_seed(record):
    record["seed"] = "ff" * 16


def _other_ratio(record):
    record["parameters"]["groups"][0]["percent"] = "4"


def _expire(record):
    record["inspectors"]["lines"][0] += "expired"


@pytest.mark.parametrize(
    "change", [_replace_subject, _swap_inspector, _drop_from_pool, _rename_in_pool, _other_seed, _other_ratio, _expire]
)
@pytest.mark.parametrize("resealed", [False, True])
def test_a_changed_record_is_detected_even_if_the_outer_digest_was_made_anew(change, resealed):
    _, record = drawn_record()
    change(record)
    if resealed:
        record["sha256"] = sha256_of({k: v for k, v in record.items() if k != "sha256"})
    problems = verify_record(record, "记录.json")
    assert problems
    assert all(problem.source == "记录.json" and problem.remedy for problem in problems)


def test_a_pool_changed_with_all_its_digests_breaks_the_commitment():
    given, record = drawn_record()
    published = commitment(given, SEED.value, OCCASION)
    assert verify_commitment(record, published, "记录") == []
    lied = DrawInput(given.parameters, [line for line in given.pool if line.id != "S000007"], given.inspectors)
    other = run_draw(lied, SEED, OCCASION, None).record
    assert verify_record(other) == []  # it agrees with itself
    assert [p.message for p in verify_commitment(other, published, "记录")] == ["对象名录与抽取前公布的承诺不符"]
    forged = {**published, "pool_sha256": other["pool_sha256"]}
    assert any("承诺书本身" in p.message for p in verify_commitment(other, forged, "记录"))


def test_the_commitment_does_not_give_the_seed_away():
    given, _ = drawn_record()
    assert SEED.value not in plain_json(commitment(given, SEED.value, OCCASION))


@pytest.mark.parametrize(
    "broken", [None, [], {}, {"format": "ssj-draw/2"}, {"format": "ssj-draw/1", "algorithm": "ssj-draw-2"}]
)
def test_what_is_no_record_is_a_problem_not_a_crash(broken):
    assert verify_record(broken)


@pytest.mark.parametrize("percent", ["1e999999999", "1/0", "-3", "", None, "3" * 400])
def test_a_percentage_made_to_hurt_is_refused_at_once(percent):
    _, record = drawn_record(40)
    record["parameters"]["groups"][0]["percent"] = percent
    assert any(problem.code == "draw.format" for problem in verify_record(record))


def test_a_record_of_the_first_version_verifies_for_ever():
    """tests/data/draw_record_v1.json was written by the first release and is never written again."""
    path = Path(__file__).resolve().parents[1] / "data" / "draw_record_v1.json"
    assert verify_record(json.loads(path.read_bytes())) == []


def test_a_missing_key_is_a_problem_not_a_crash():
    _, record = drawn_record(40)
    for key in record:
        if key in {"description", "task", "round", "reason", "drawn_by"}:
            continue
        less = copy.deepcopy(record)
        del less[key]
        assert verify_record(less), key


def test_a_stranger_repeats_3_percent_of_100000_from_the_record_alone(tmp_path):
    """The program printed in docs/draw.md, run alone in another folder by a bare interpreter."""
    _, record = drawn_record(100_000, min_inspectors=3)
    assert len(record["result"]["cases"]) == 3000
    (tmp_path / "record.json").write_text(plain_json(record), encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    (tmp_path / "replay.py").write_text(program[1], encoding="utf-8")
    run = [sys.executable, "-I", "replay.py", "record.json"]
    answer = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (answer.returncode, answer.stdout.strip()) == (0, "一致"), answer.stderr
    assert verify_record(json.loads((tmp_path / "record.json").read_bytes())) == []
    record["pool"]["lines"].pop()
    (tmp_path / "record.json").write_text(plain_json(record), encoding="utf-8")
    answer = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert answer.returncode != 0
    assert verify_record(record)


def test_a_stranger_repeats_a_record_of_the_first_version(tmp_path):
    given, _ = drawn_record()
    old = run_draw(given, Seed("abcdef01", "开奖 7", FIRST), OCCASION, None).record
    assert old["format"] == "ssj-draw/1" and "attempts" not in old and verify_record(old) == []
    (tmp_path / "record.json").write_text(plain_json(old), encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    (tmp_path / "replay.py").write_text(program[1], encoding="utf-8")
    run = [sys.executable, "-I", "replay.py", "record.json"]
    answer = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (answer.returncode, answer.stdout.strip()) == (0, "一致"), answer.stderr


@pytest.mark.parametrize("more", [{"rounding": "round"}, {"with_inspectors": False}, {"first_serial": 41}])
def test_the_strangers_program_agrees_for_other_parameters(tmp_path, more):
    given = DrawInput(
        parameters(
            Group("A", percent="7.5"), Group("", count=3), stratified=True, partners=() if more else (SJ,), **more
        ),
        [*pool(37), *(PoolLine(f"A{i}", "甲", "山乡", group="A", state="cap" if i % 3 else "") for i in range(50))],
        inspectors(people(YJ, SJ), parameters()),
    )
    record = run_draw(given, Seed("abcdef01", "开奖 7"), OCCASION, None).record
    (tmp_path / "record.json").write_text(plain_json(record), encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    (tmp_path / "replay.py").write_text(program[1], encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-I", "replay.py", "record.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.stdout.strip() == "一致", answer.stderr


# --- status ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "drawn"),
    [("", True), ("存续", True), ("拟注销", True), ("注销", False), ("吊销，未注销", False), ("迁出", False), ("失联", False)],
)  # fmt: skip
def test_a_subject_that_is_gone_is_not_in_the_pool_and_is_named(status, drawn):
    register = [*SUBJECTS, Subject("S9", "青禾旧厂", status=status)]
    lines, noticed = object_pool(register, [], OFFICE, parameters())
    assert ("S9" in [line.id for line in lines]) is drawn
    assert [note for note in noticed.notes if "青禾旧厂" in note and status in note] == (
        [] if drawn else [noticed.notes[0]]
    )


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"status": "调离"}, "已离岗"),
        ({"status": "退休"}, "已离岗"),
        ({"valid_from": date(2026, 3, 3)}, "证件尚未生效"),
        ({"valid_until": date(2026, 3, 1)}, "证件已过期"),
    ],
)
def test_who_left_or_has_no_valid_certificate_is_not_sent_and_is_named(person, why):
    register = [*people(YJ, SJ), Inspector("Y9", "沈禾", department=YJ, **person)]
    lines = inspectors(register)
    made = assign([f"S{n}" for n in range(40)], lines, BOTH, SEED)
    assert "Y9" not in {id for one in made for id in one.inspectors}
    (note,) = staffing_notes(lines)
    assert "沈禾" in note and why in note
    assert staffing_notes(inspectors([*people(YJ, SJ), Inspector("Y9", "沈禾", department=YJ, status="在岗")])) == []
