"""Nobody steers a draw: every chance is T/E, and each attempt of the holder of the seed is refused or shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from places import NOW, ROOT
from sqlalchemy import select, update

from scripts.draw_chances import chi_square, inclusions
from ssj_docs.database import registers, schema
from ssj_docs.ground.canonical import plain_json, sha256_of
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace
from ssj_docs.planning.draw.algorithm import (
    FIRST,
    DrawParameters,
    Group,
    PoolLine,
    Seed,
    draw_objects,
    seed_digest,
    systematic,
)
from ssj_docs.planning.draw.drawing import Promise, commit_draw, make_draw, verify_file
from ssj_docs.planning.draw.pool import DrawOptions
from ssj_docs.planning.draw.public_value import grade, public_value

TASK = "2026-001"
TOWNS = (8, 5, 4, 2, 1)
DAY = (NOW + timedelta(days=2)).date()


def towns() -> list[PoolLine]:
    """20 firms in five towns, one of them alone in its town."""
    return [PoolLine(f"T{t}-{n}", f"商行{t}{n}", f"镇{t}") for t, size in enumerate(TOWNS) for n in range(size)]


# --- chance -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("size", "total"), [(20, 1), (20, 4), (20, 19), (20, 20), (1, 1), (7, 0), (997, 30)])
def test_every_place_has_the_same_chance_over_all_starts(size: int, total: int) -> None:
    times = Counter(place for start in range(size) for place in systematic(size, total, start))
    assert all(len(systematic(size, total, start)) == total for start in range(size))
    assert {times[place] for place in range(size)} == {total}  # of `size` starts: exactly T/E


@pytest.mark.parametrize("total", [1, 4])
def test_a_firm_alone_in_its_town_is_drawn_as_often_as_any(total: int) -> None:
    """A small fixed version of scripts/draw_chances.py, which does 20,000 draws of many pools."""
    given = DrawParameters(TASK, 1, (Group("", count=total),), stratified=True)
    times = inclusions(towns(), given, 3000)
    assert chi_square(times, Fraction(total, 20), 3000) < 43.8  # df 19, p 0.001
    alone = times["T4-0"]
    expected = 3000 * total / 20
    assert abs(alone - expected) < 5 * (expected * (1 - total / 20)) ** 0.5


def test_every_grade_has_its_own_chance() -> None:
    lines = [replace(line, group="A" if n % 2 else "D", grade="A" if n % 2 else "D") for n, line in enumerate(towns())]
    given = DrawParameters(TASK, 1, (Group("A", percent="10"), Group("D", percent="50")), stratified=True)
    times = inclusions(lines, given, 2000)
    for group, chance in (("A", Fraction(1, 10)), ("D", Fraction(1, 2))):
        mine = {line.id: times[line.id] for line in lines if line.group == group}
        assert chi_square(mine, chance, 2000) < 27.9  # df 9, p 0.001


def test_each_town_gets_its_share_but_for_less_than_one() -> None:
    given = DrawParameters(TASK, 1, (Group("", count=7),), stratified=True)
    for n in range(200):
        made = draw_objects(towns(), given, Seed(f"{n:08x}"))
        assert len(made.chosen) == 7
        for quota in made.quotas:
            assert abs(quota.quota - Fraction(7 * quota.eligible, 20)) < 1


# --- steering ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    init_workspace(tmp_path / "w", (ROOT / "templates/office.toml").read_text("utf-8"))
    opened = open_workspace(tmp_path / "w", today=NOW.date(), now=NOW, who="文书")
    department = opened.office.departments[0].name
    task = InspectionTask(
        TASK, 2026, 3, "1", "计划", "任务", "", (), (), "辖区企业", "一般", "不定向", (department,), (), "县级",
        Ratio("20%", "percent", 20.0, 20.0), Frequency(), Window(),
    )  # fmt: skip
    with opened.transaction() as connection:
        registers.save_tasks(connection, [task])
        registers.save_subjects(connection, [Subject(one.id, one.name, district=one.district) for one in towns()])
        registers.save_inspectors(
            connection, [Inspector(f"Y{n}", f"检查员{n}", department=department) for n in range(4)]
        )
    return opened


def promised(office: Workspace, **more: object) -> dict[str, object]:
    public = public_value("福彩3D开奖号码", DAY.isoformat(), "000", today=NOW.date())
    return commit_draw(office, TASK, DrawOptions(), "ab" * 32, Promise(public=public, **more))


def on_the_day(office: Workspace) -> Workspace:
    return replace(office, now=NOW + timedelta(days=2), today=DAY)


def stored_seed(office: Workspace) -> str:
    with office.read() as connection:
        return str(connection.execute(select(schema.draws.c.seed)).scalar())


def test_a_committed_draw_with_its_public_value_proves_most(office: Workspace) -> None:
    published = promised(office)
    made = make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "042"))
    assert published["to_draw"] == len(made.cases) == 4
    assert grade(made.record).level == "full"
    assert verify_file(office.root / made.path, office)[1] == []


def test_the_seed_lies_nowhere_in_plain_text(office: Workspace) -> None:
    published = promised(office)
    assert stored_seed(office).startswith("sealed:key:") and "ab" * 8 not in stored_seed(office)
    assert published["seed_sealed"] == stored_seed(office)
    office.close()
    assert all(b"abababab" not in path.read_bytes() for path in office.root.rglob("*") if path.is_file())


def test_a_witness_holds_half_of_the_seed(office: Workspace) -> None:
    promised(office, witness="云在青天水在瓶")
    for wrong in ("", "云在青天水在壶"):
        with pytest.raises(UsageError, match="见证"):
            make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "042"), witness=wrong)
    made = make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "042"), witness="云在青天水在瓶")
    assert made.record["seed"] == "ab" * 32


@pytest.mark.parametrize("spelling", ["42", "0 42", "０４２", "042 ", "开奖042", "O42", ""])
def test_one_value_has_one_spelling(office: Workspace, spelling: str) -> None:
    promised(office)
    if spelling == "042 ":
        assert make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", spelling)).record["public"] == "042"
        return
    with pytest.raises(UsageError, match="不是约定的写法"):
        make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", spelling))


def test_no_draw_before_the_day_and_no_value_that_was_not_agreed_on(office: Workspace) -> None:
    promised(office)
    with pytest.raises(UsageError, match="才产生"):
        make_draw(office, TASK, DrawOptions(), Seed("", "042"))
    commit_draw(office, TASK, DrawOptions(), "cd" * 32, Promise(reason="改为不用公开数"))
    with pytest.raises(UsageError, match="没有约定公开数"):
        make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "042"))
    made = make_draw(on_the_day(office), TASK, DrawOptions(), Seed(""))
    remarks = grade(made.record).remarks
    assert any("没有约定公开数" in one for one in remarks)
    assert any("第 2 次" in one and "承诺作废" in one for one in remarks)


@pytest.mark.parametrize(
    "given",
    [
        ("彩票", "", "000"),
        ("彩票", "2020-01-01", "000"),
        ("彩票", NOW.date().isoformat(), "000"),
        ("彩票", "明天", "000"),
        ("彩票", "2099-01-01", "号码"),
    ],
)
def test_a_promise_that_binds_nothing_is_refused(given: tuple[str, str, str]) -> None:
    with pytest.raises(UsageError):
        public_value(*given, today=NOW.date())


def test_a_redraw_with_a_picked_seed_shows_everything(office: Workspace) -> None:
    """The attempt of the findings: it used to verify as 复核通过 without a word."""
    make_draw(office, TASK, DrawOptions(), Seed(""), fresh_seed="cd" * 32)
    made = make_draw(office, TASK, DrawOptions(), Seed("1234567890"), redraw="不满意")
    assert verify_file(office.root / made.path, office)[1] == []
    told = "\n".join(grade(made.record).remarks)
    assert "没有公布承诺" in told and "种子是人工给的" in told and "第 2 次抽取（原因：不满意）" in told
    assert made.record["attempts"][0]["state"] == "replaced" and made.record["attempts"][0]["record_sha256"]


def test_a_seed_by_hand_under_a_commitment_is_told(office: Workspace) -> None:
    public = public_value("福彩3D开奖号码", DAY.isoformat(), "000", today=NOW.date())
    commit_draw(office, TASK, DrawOptions(), "ab" * 32, Promise(public=public, given=True))
    made = make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "042"))
    assert grade(made.record).remarks == ("种子是人工给的，不是系统随机产生的",)


def test_attempts_left_out_of_a_record_are_noticed(office: Workspace) -> None:
    make_draw(office, TASK, DrawOptions(), Seed(""), fresh_seed="cd" * 32)
    made = make_draw(office, TASK, DrawOptions(), Seed(""), fresh_seed="ef" * 32, redraw="名录有误")
    path = office.root / made.path
    text = path.read_text("utf-8")
    path.write_text(text.replace('"attempt": 1,', '"attempt": 7,', 1), "utf-8")
    codes = {problem.code for problem in verify_file(path, office)[1]}
    assert {"draw.whole", "draw.attempts", "draw.file"} <= codes


def test_a_commitment_exchanged_afterwards_is_noticed(office: Workspace) -> None:
    published = promised(office)
    made = make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "042"))
    path = office.root / str(published["path"])
    path.write_text(path.read_text("utf-8").replace('"000"', '"0000"'), "utf-8")
    told = " ".join(problem.message for problem in verify_file(office.root / made.path, office)[1])
    assert "公开数的约定" in told and "承诺书本身" in told


def test_a_pool_changed_after_the_commitment_is_refused(office: Workspace) -> None:
    promised(office)
    with office.transaction() as connection:
        registers.save_subjects(connection, [Subject("S999", "后加商行", district="镇0")])
    with pytest.raises(DataError, match="变动"):
        make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "042"))


def test_a_commitment_of_the_first_version_is_still_kept(office: Workspace) -> None:
    published = promised(office)
    path = office.root / str(published["path"])
    first = {key: value for key, value in published.items() if key not in ("path", "sha256", "seed_sealed", "to_draw")}
    first = {key: value for key, value in first.items() if key not in ("public_value", "seed_origin", "attempts")}
    first |= {"format": "ssj-draw-commitment/1", "algorithm": FIRST, "seed_sha256": seed_digest("ab" * 32, FIRST)}
    path.write_text(plain_json({**first, "sha256": sha256_of(first)}), "utf-8")
    with office.transaction() as connection:
        connection.execute(update(schema.draws).values(seed="ab" * 32))
    made = make_draw(on_the_day(office), TASK, DrawOptions(), Seed("", "开奖 042"))
    assert (made.record["format"], made.record["algorithm"]) == ("ssj-draw/1", FIRST)
    assert [one for one in verify_file(office.root / made.path, office)[1] if one.severity == "error"] == []
