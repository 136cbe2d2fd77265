"""Make workbooks in the layouts of other counties, written without looking at what the reader can do.

Usage: ``python scripts/make_other_workbooks.py FOLDER [EACH]``. Where `make_odd_workbooks.py` varies one table in many
small ways, each layout here is another way to keep a plan, an item list or a register: departments with a role column,
lists without a department column, several header rows with real groups, dates as numbers, figures and frequency in one
cell, items headed by department, two tables side by side. ``truth.json`` says what must come in. All names are made up.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

Rows = list[list[Any]]
EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class OtherBook:
    """One workbook: file, kind, layout, the truth (rows), or the error code that must stop it."""

    file: str
    kind: str
    layout: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


DEPARTMENTS = (
    ("县公安局", "公安局"),
    ("县卫健委", "卫生健康委员会"),
    ("市监局", "市场监督管理局"),
    ("青禾县应急局", "应急管理局"),
    ("教体局", "教育体育局"),
    ("消防救援大队", "消防救援大队"),
    ("县住建局", "住房和城乡建设局"),
    ("人社局", "人力资源和社会保障局"),
)
NAMES = ("旅馆业", "校外培训机构", "成品油市场", "农资市场", "劳动用工", "医疗美容", "建筑工地", "二手车交易")
ITEMS = (
    "治安管理检查",
    "卫生状况检查",
    "价格行为检查",
    "安全生产检查",
    "办学条件检查",
    "消防设施检查",
    "施工许可检查",
    "工资支付检查",
)
RATIOS: tuple[tuple[Any, list[Any], int | None], ...] = (
    ("3%/季度", ["percent", 3.0, 3.0, None], 4),
    ("全年2次，每次3%", ["percent", 3.0, 3.0, None], 2),
    ("5%；一年2次", ["percent", 5.0, 5.0, None], 2),
    ("每季度1%", ["percent", 1.0, 1.0, None], 4),
    ("≥5%（不少于20户）", ["floor", 5.0, None, 20], None),
    ("10%（20户），1次/年", ["percent", 10.0, 10.0, 20], 1),
    ("5%以上", ["floor", 5.0, None, None], None),
    ("不超过5%", ["cap", None, 5.0, None], None),
    ("省级计划规定比例", ["text", None, None, None], None),
    ("按上级规定", ["text", None, None, None], None),
    ("抽取5户", ["count", None, None, 5], None),
    ("3-5户", ["count", None, None, 3], None),
    ("5%-8%", ["range", 5.0, 8.0, None], None),
    ("按5%抽取", ["percent", 5.0, 5.0, None], None),
    ("0.03", ["percent", 3.0, 3.0, None], None),
    (0.05, ["percent", 5.0, 5.0, None], None),
    ("A类1%，B类3%", ["per_level", None, None, None], None),
    ("市级2%、区级10%", ["per_level", None, None, None], None),
)
WINDOWS: tuple[tuple[Any, list[str | None]], ...] = (
    ("2026年3月起至11月底", ["2026-03-01", "2026-11-30"]),
    ("3—6月份", ["2026-03-01", "2026-06-30"]),
    ("6月底前完成", [None, "2026-06-30"]),
    ("2026.3.1—6.30", ["2026-03-01", "2026-06-30"]),
    ("3月1日-11月30日", ["2026-03-01", "2026-11-30"]),
    ("2026年第三季度", ["2026-07-01", "2026-09-30"]),
    ("下半年", ["2026-07-01", "2026-12-31"]),
    ("20260301-20260630", ["2026-03-01", "2026-06-30"]),
    ("2026年04月至2026年09月", ["2026-04-01", "2026-09-30"]),
    ("9月份", ["2026-09-01", "2026-09-30"]),
    ("二、三季度", ["2026-04-01", "2026-09-30"]),
    ("10月前", [None, "2026-09-30"]),
    ("2026-05-10～2026-07-20", ["2026-05-10", "2026-07-20"]),
    ("即日起至10月31日", [None, "2026-10-31"]),
)


class Making:
    """Draws the values of one workbook."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed * 7919 + 11)

    def departments(self, count: int) -> list[tuple[str, str]]:
        """Distinct departments as (written, canonical)."""
        return self.dice.sample(DEPARTMENTS, count)

    def items(self, count: int) -> list[str]:
        """Distinct items."""
        return self.dice.sample(ITEMS, count)

    def ratio(self) -> tuple[Any, list[Any], int | None]:
        """Text and meaning of a ratio."""
        return self.dice.choice(RATIOS)

    def window(self) -> tuple[Any, list[str | None]]:
        """Text and meaning of a period."""
        return self.dice.choice(WINDOWS)

    def day(self) -> date:
        """Some day of the year."""
        return date(2026, self.dice.randint(2, 6), self.dice.randint(1, 28))

    def tasks(self) -> range:
        """Numbers of the tasks of a plan."""
        return range(1, self.dice.randint(3, 6))

    def name(self, number: int) -> str:
        """Name of a task."""
        return f"{self.dice.choice(NAMES)}第{number}次联合抽查"


@dataclass
class Grid:
    """Rows of one sheet with merged cells; ``before`` are sheets that come first."""

    rows: Rows
    merged: list[str] = field(default_factory=list)
    before: dict[str, Rows] = field(default_factory=dict)


Made = tuple[Grid, str, list[dict[str, Any]]]


def roles(make: Making) -> Made:
    """One department a row with a role column; all else merged over the rows."""
    rows: Rows = [["序号", "抽查任务", "检查对象", "部门", "牵头/配合", "抽查事项", "抽查比例", "检查时间"]]
    grid, truth = Grid(rows), []
    for number in make.tasks():
        people, items = make.departments(make.dice.choice((2, 3))), make.items(3)
        ratio, window, name = make.ratio(), make.window(), make.name(number)
        first = len(rows) + 1
        for place, (written, _) in enumerate(people):
            role = "牵头" if place == 0 else "配合"
            said = [number, name, "辖区内旅馆"] if place == 0 else [None] * 3
            rows.append([*said, written, role, items[place], *([ratio[0], window[0]] if place == 0 else [None] * 2)])
        grid.merged += [f"{letter}{first}:{letter}{len(rows)}" for letter in "ABCGH"]
        truth.append(
            {
                "name": name,
                "initiators": [people[0][1]],
                "partners": [c for _, c in people[1:]],
                "items": items[:1],
                "partner_items": items[1 : len(people)],
                "ratio": ratio[1],
                "per_year": ratio[2],
                "window": window[1],
            }
        )
    return grid, "plan", truth


def roles_repeated(make: Making) -> Made:
    """As `roles`, with every cell repeated in place of merging, the role as 发起部门/参与部门."""
    rows: Rows = [
        ["青禾县2026年联合抽查任务分工表"],
        ["序号", "任务名称", "部门名称", "部门角色", "检查事项", "检查对象", "抽取比例", "实施时间"],
    ]
    truth = []
    for number in make.tasks():
        people, items = make.departments(2), make.items(2)
        ratio, window, name = make.ratio(), make.window(), make.name(number)
        for place, (written, _) in enumerate(people):
            role = ("发起部门", "参与部门")[place]
            rows.append([number, name, written, role, items[place], "校外培训机构", ratio[0], window[0]])
        truth.append(
            {
                "name": name,
                "initiators": [people[0][1]],
                "partners": [people[1][1]],
                "items": items[:1],
                "partner_items": items[1:],
                "ratio": ratio[1],
                "window": window[1],
            }
        )
    return Grid(rows, ["A1:H1"]), "plan", truth


def bracketed(make: Making) -> Made:
    """All departments in one cell, the leading one marked in brackets."""
    rows: Rows = [["编号", "联合抽查任务", "抽查内容", "抽查对象", "参与部门（注明牵头单位）", "比例", "时间安排"]]
    truth = []
    for number in make.tasks():
        people, items, ratio, window = make.departments(3), make.items(2), make.ratio(), make.window()
        marked = f"{people[0][0]}（牵头）、{people[1][0]}、{people[2][0]}"
        rows.append([number, name := make.name(number), "；".join(items), "加油站", marked, ratio[0], window[0]])
        truth.append(
            {
                "name": name,
                "items": items,
                "initiators": [people[0][1]],
                "partners": [c for _, c in people[1:]],
                "ratio": ratio[1],
                "window": window[1],
            }
        )
    return Grid(rows), "plan", truth


def three_rows(make: Making) -> Made:
    """A header of three rows with groups in groups, dates in two columns, a cover sheet and a unit row."""
    rows: Rows = [
        ["附件1"],
        ["青禾县2026年度跨部门联合抽查工作计划表"],
        ["填报单位：县双随机办", None, None, None, None, None, "单位：户、%"],
        ["序号", "抽查任务", None, None, "实施部门", None, "抽查安排", None, None],
        [None, "名称", "内容", None, "发起", "配合", "比例（%）", "时间", None],
        [None, None, "事项", "对象", None, None, None, "开始", "结束"],
    ]
    merged = ["A2:I2", "A4:A6", "B4:D4", "B5:B6", "C5:D5", "E4:F4", "E5:E6", "F5:F6", "G4:I4", "G5:G6", "H5:I5"]
    truth = []
    for number in make.tasks():
        people, items = make.departments(3), make.items(2)
        start, end = make.day(), date(2026, 11, make.dice.randint(1, 30))
        share = make.dice.choice((3, 5, 10, 0.5))
        rows.append(
            [
                number,
                name := make.name(number),
                "\n".join(f"{i}.{t}" for i, t in enumerate(items, 1)),
                "在建工地",
                people[0][0],
                f"{people[1][0]}\n{people[2][0]}",
                share,
                start,
                end,
            ]
        )
        truth.append(
            {
                "name": name,
                "items": items,
                "object": "在建工地",
                "initiators": [people[0][1]],
                "partners": [c for _, c in people[1:]],
                "ratio": ["percent", float(share), float(share), None],
                "window": [start.isoformat(), end.isoformat()],
            }
        )
    cover: Rows = [[None], [None, "2026年度"], [None, "抽查工作计划"], [None, "青禾县"]]
    return Grid(rows, merged, {"封面": cover, "目录": [["序号", "名称", "页码"], [1, "抽查计划表", 1]]}), "plan", truth


def serial_dates(make: Making) -> Made:
    """Dates that lost their format and stand as day numbers, or as text in eight digits."""
    rows: Rows = [
        ["序号", "任务名称", "检查事项", "检查对象", "牵头单位", "协同单位", "抽取比例", "开始日期", "截止日期"]
    ]
    truth = []
    for number in make.tasks():
        people, item, start, end = make.departments(2), make.items(1), make.day(), date(2026, 9, 30)
        written: tuple[Any, Any] = make.dice.choice(
            (
                ((start - EPOCH).days, (end - EPOCH).days),
                (str((start - EPOCH).days), str((end - EPOCH).days)),
                (f"{start:%Y%m%d}", f"{end:%Y%m%d}"),
                (f"{start.year}年{start.month}月{start.day}日", "2026年9月30日"),
                (f"{start.month}月{start.day}日", "9月30日"),
                (f"{start.year}.{start.month}.{start.day}", "2026.9.30"),
            )
        )
        rows.append([number, name := make.name(number), item[0], "农资店", people[0][0], people[1][0], 0.03, *written])
        truth.append(
            {
                "name": name,
                "initiators": [people[0][1]],
                "partners": [people[1][1]],
                "ratio": ["percent", 3.0, 3.0, None],
                "window": [start.isoformat(), end.isoformat()],
            }
        )
    return Grid(rows), "plan", truth


def by_department(make: Making) -> Made:
    """The items of each department in one cell, headed by its name."""
    rows: Rows = [
        ["序号", "抽查任务名称", "各部门抽查事项", "检查对象", "发起部门", "配合部门", "抽查比例及频次", "检查时间"]
    ]
    truth = []
    for number in make.tasks():
        people, items, ratio, window = make.departments(2), make.items(3), make.ratio(), make.window()
        cell = f"{people[0][0]}：1.{items[0]}；2.{items[1]}。\n{people[1][0]}：{items[2]}。"
        rows.append(
            [number, name := make.name(number), cell, "各类企业", people[0][0], people[1][0], ratio[0], window[0]]
        )
        truth.append(
            {
                "name": name,
                "items": items[:2],
                "partner_items": items[2:],
                "initiators": [people[0][1]],
                "ratio": ratio[1],
                "per_year": ratio[2],
                "window": window[1],
            }
        )
    return Grid(rows), "plan", truth


def merged_body(make: Making) -> Made:
    """领域 and 检查时间 merged over several tasks, numbers as text, remarks and signatures below, header repeated."""
    head = [
        "序号",
        "领域",
        "任务",
        "检查内容",
        "检查对象范围",
        "主办部门",
        "协办部门",
        "抽查\n比例",
        "完成时限",
        "备注",
    ]
    rows: Rows = [["2026年联合双随机抽查计划"], head]
    merged, truth = ["A1:J1"], []
    window = make.window()
    first = len(rows) + 1
    for number in range(1, 5):
        people, items, ratio = make.departments(2), make.items(2), make.ratio()
        rows.append(
            [
                f"{number}、",
                "民生领域" if number == 1 else None,
                name := make.name(number),
                "；".join(items),
                "民办医院",
                people[0][0],
                people[1][0],
                ratio[0],
                window[0] if number == 1 else None,
                None,
            ]
        )
        truth.append(
            {
                "name": name,
                "field": "民生领域",
                "items": items,
                "initiators": [people[0][1]],
                "partners": [people[1][1]],
                "ratio": ratio[1],
                "window": window[1],
            }
        )
    merged += [f"B{first}:B{len(rows)}", f"I{first}:I{len(rows)}"]
    rows += [
        [],
        ["单位负责人：", None, None, "填表人：", None, None, "联系电话："],
        ["说明：1.抽查比例按名录库户数计算。2.时间为暂定。"],
    ]
    return Grid(rows, merged), "plan", truth


def joint_items(make: Making) -> Made:
    """A list of joint items: field, item, object, initiator, partners, level; no ratio and no period."""
    rows: Rows = [
        ["青禾县部门联合抽查事项清单（第二版）"],
        ["序号", "抽查领域", "抽查事项", "检查对象", "发起部门", "配合部门", "抽查层级"],
    ]
    truth, merged = [], ["A1:G1"]
    for number in range(1, 6):
        people, item = make.departments(3), make.items(1)[0]
        joined = f"{people[1][0]}、{people[2][0]}"
        rows.append([number, "社会事务" if number == 1 else None, item, "养老机构", people[0][0], joined, "县级"])
        truth += [{"name": item, "field": "社会事务", "department": c, "level": "县级"} for _, c in people]
    return Grid(rows, [*merged, "B3:B7"]), "items", truth


def body_items(make: Making) -> Made:
    """An item list with 抽查项目 over 抽查类别 and 抽查事项, and no column but 检查主体 for the department."""
    rows: Rows = [
        ["序号", "抽查项目", None, "检查对象", "事项类别", "检查方式", "检查主体", "检查依据"],
        [None, "抽查类别", "抽查事项"],
    ]
    merged, truth = ["A1:A2", "B1:C1", *(f"{letter}1:{letter}2" for letter in "DEFGH")], []
    for number in range(1, 6):
        (written, name), item = make.departments(1)[0], make.items(1)[0]
        rows.append(
            [
                number,
                "综合检查",
                item,
                "辖区企业",
                "一般检查事项",
                "现场检查、书面检查",
                written,
                "《某某条例》第三十条",
            ]
        )
        truth.append(
            {"name": item, "field": "综合检查", "department": name, "category": "一般", "method": "现场检查、书面检查"}
        )
    return Grid(rows, merged), "items", truth


def titled_items(make: Making) -> Made:
    """An item list whose department stands in the title alone, 检查主体 holding the level."""
    written, name = make.dice.choice((("青禾县市场监督管理局", "市场监督管理局"), ("青禾县应急管理局", "应急管理局")))
    rows: Rows = [
        [f"{written}随机抽查事项清单"],
        ["序号", "抽查类别", "抽查事项", "检查对象", "事项类别", "检查方式", "检查主体", "检查依据"],
    ]
    items = make.items(4)
    for number, item in enumerate(items, 1):
        rows.append([number, "综合", item, "企业", "重点检查事项", "实地核查", "县级", "《某某法》"])
    truth = [{"name": item, "department": name, "level": "县级", "category": "重点"} for item in items]
    return Grid(rows, ["A1:H1"]), "items", truth


def numbered_items(make: Making) -> Made:
    """An item list with 编号, 事项名称 and 子项, several departments in a cell, a basis of many lines."""
    rows: Rows = [["编号", "事项名称", "子项", "依据", "主体", "对象", "比例", "频次", "方式", "检查人员要求", "备注"]]
    truth = []
    for number in range(1, 5):
        (written, name), item = make.departments(1)[0], make.items(1)[0]
        basis = "《某某法》第一条\n《某某条例》第二条"
        rows.append([f"3300{number:02d}", item, None, basis, written, "企业", "5%", "1次/年", "实地核查", "两人", None])
        truth.append({"id": f"3300{number:02d}", "name": item, "department": name})
    return Grid(rows), "items", truth


def districts(make: Making) -> Made:
    """A register of subjects with the town merged over its companies, codes with blanks, a total below."""
    rows: Rows = [
        ["青禾县检查对象名录库"],
        [
            "序号",
            "所在乡镇",
            "单位名称",
            "统一社会信用代码（注册号）",
            "法人代表",
            "注册地址",
            "联络人",
            "联系方式",
            "风险类别",
        ],
    ]
    truth, merged, number = [], ["A1:I1"], 0
    for town in ("丰田镇", "石桥乡", "东关街道"):
        first = len(rows) + 1
        for place in range(make.dice.randint(2, 4)):
            number += 1
            code, grade = credit_code(make.dice.randint(1, 999_999)), make.dice.choice("ABCD")
            shown = make.dice.choice((code, f"{code[:8]} {code[8:]}", f"'{code}", code.lower()))
            rows.append(
                [
                    number,
                    town if place == 0 else None,
                    name := f"青禾县{town}第{number}商行",
                    shown,
                    "林某",
                    f"{town}某路",
                    "张某",
                    "",
                    f"{grade}类",
                ]
            )
            truth.append({"name": name, "credit_code": code, "district": town, "grade": grade})
        merged.append(f"B{first}:B{len(rows)}")
    rows.append(["合计", None, f"{number}户"])
    return Grid(rows, merged), "subjects", truth


def side_by_side(make: Making) -> Made:
    """Two halves of a register beside each other on one sheet: both are read."""
    rows: Rows = [["序号", "企业名称", "统一社会信用代码", None, "序号", "企业名称", "统一社会信用代码"]]
    left: list[dict[str, Any]] = []
    right: list[dict[str, Any]] = []
    for number in range(1, 6):
        codes = [credit_code(make.dice.randint(1, 999_999)) for _ in range(2)]
        rows.append([number, f"青禾甲{number}商行", codes[0], None, number + 5, f"青禾乙{number}商行", codes[1]])
        left.append({"name": f"青禾甲{number}商行", "credit_code": codes[0]})
        right.append({"name": f"青禾乙{number}商行", "credit_code": codes[1]})
    return Grid(rows), "subjects", [*left, *right]


def people(make: Making) -> Made:
    """A register of inspectors with the department merged, certificates of two kinds, long-term validity."""
    rows: Rows = [
        ["青禾县执法检查人员名录库"],
        ["单位：人"],
        ["工作单位", "序号", "姓名", "性别", "职务/职级", "执法证件编号", "证件有效期", "专业特长", "备注"],
    ]
    truth, merged, number = [], ["A1:I1"], 0
    for written, name in make.departments(3):
        first = len(rows) + 1
        for place in range(make.dice.randint(2, 3)):
            number += 1
            valid, until = make.dice.choice(
                (
                    ("2024.1.1-2028.12.31", "2028-12-31"),
                    ("长期", None),
                    ("2027年6月", "2027-06-30"),
                    ("至2028/1/31", "2028-01-31"),
                    (date(2027, 5, 4), "2027-05-04"),
                )
            )
            rows.append(
                [
                    written if place == 0 else None,
                    number,
                    f"周某{number}",
                    "女",
                    "四级主任科员",
                    f"4108{make.dice.randint(1, 99):02d}{number:04d}",
                    valid,
                    "食品",
                    None,
                ]
            )
            truth.append({"name": f"周某{number}", "department": name, "valid_until": until})
        merged.append(f"A{first}:A{len(rows)}")
    return Grid(rows, merged), "inspectors", truth


def months(make: Making) -> Made:
    """Periods as ticks under the twelve months."""
    rows: Rows = [
        ["序号", "任务名称", "抽查事项", "检查对象", "牵头部门", "配合部门", "抽查比例", "检查时间", *[None] * 11],
        [*[None] * 7, *(f"{month}月" for month in range(1, 13))],
    ]
    merged, truth = [*(f"{letter}1:{letter}2" for letter in "ABCDEFG"), "H1:S1"], []
    for number in make.tasks():
        pair, item, ratio = make.departments(2), make.items(1), make.ratio()
        start = make.dice.randint(1, 9)
        end = start + make.dice.randint(0, 3)
        ticks = ["√" if start <= month <= end else None for month in range(1, 13)]
        rows.append([number, name := make.name(number), item[0], "药店", pair[0][0], pair[1][0], ratio[0], *ticks])
        last = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][end - 1]
        truth.append({"name": name, "ratio": ratio[1], "window": [f"2026-{start:02d}-01", f"2026-{end:02d}-{last}"]})
    return Grid(rows, merged), "plan", truth


def semicolons(make: Making) -> Made:
    """Values by ``;`` or tab in a text file, with quoted line breaks."""
    rows: Rows = [["序号", "抽查任务名称", "抽查事项", "检查对象", "发起部门", "配合部门", "抽取比例", "检查时间"]]
    truth = []
    for number in make.tasks():
        pair, items, window = make.departments(2), make.items(2), make.window()
        rows.append(
            [
                number,
                name := make.name(number),
                "\n".join(f"{i}、{t}" for i, t in enumerate(items, 1)),
                "加油站",
                pair[0][0],
                pair[1][0],
                "５％",
                window[0],
            ]
        )
        truth.append({"name": name, "items": items, "ratio": ["percent", 5.0, 5.0, None], "window": window[1]})
    return Grid(rows), "plan", truth


LAYOUTS: tuple[Callable[[Making], Made], ...] = (
    roles,
    roles_repeated,
    bracketed,
    three_rows,
    serial_dates,
    by_department,
    merged_body,
    joint_items,
    body_items,
    titled_items,
    numbered_items,
    districts,
    side_by_side,
    people,
    months,
    semicolons,
)


def credit_code(serial: int) -> str:
    """A made-up 统一社会信用代码 with the right check digit (GB 32100)."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91419999MA{serial:07d}"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


def make(folder: Path, each: int = 5) -> list[OtherBook]:
    """Write ``each`` workbooks of every layout and ``truth.json``; the list says what is in them."""
    folder.mkdir(parents=True, exist_ok=True)
    books = []
    for layout in LAYOUTS:
        for number in range(each):
            grid, kind, truth = layout(Making(number))
            error = truth[0]["error"] if truth and "error" in truth[0] else ""
            write = _write_text if layout is semicolons else _write_book
            file = write(folder, f"{layout.__name__}-{number}", grid, number)
            books.append(OtherBook(file, kind, layout.__name__, [] if error else truth, error))
    truths = [asdict(book) for book in books]
    (folder / "truth.json").write_text(json.dumps(truths, ensure_ascii=False, indent=1), encoding="utf-8")
    return books


def _write_book(folder: Path, name: str, grid: Grid, _number: int) -> str:
    book = openpyxl.Workbook()
    sheets = {**grid.before, "Sheet1": grid.rows}
    for title, rows in sheets.items():
        sheet = book.create_sheet(title) if title != next(iter(sheets)) else book.active
        sheet.title = title
        for row in rows:
            sheet.append(row)
    for area in grid.merged:
        book["Sheet1"].merge_cells(area)
    book.save(folder / f"{name}.xlsx")
    return f"{name}.xlsx"


def _write_text(folder: Path, name: str, grid: Grid, number: int) -> str:
    encoding, sign = (("utf-8-sig", ";"), ("gb18030", "\t"), ("utf-8", "\t"))[number % 3]
    with (folder / f"{name}.csv").open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream, delimiter=sign).writerows(grid.rows)
    return f"{name}.csv"


if __name__ == "__main__":
    made = make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    print(f"{len(made)} 个工作簿写入 {sys.argv[1]}")
