"""Makes the spreadsheets of the example year: a made-up county, its plan, registers, draws and results.

Run ``python examples/make_tables.py [DIR]``; the same bytes every time. All names, codes and addresses are invented.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from chinese_calendar import is_workday
from stdnum.iso7064 import mod_11_10

YEAR = 2026
HERE = Path(__file__).resolve().parent / "qinghe"

PLAN_COLUMNS = (
    "序号",
    "抽查计划\n名称",
    "抽查任务\n名称",
    "抽查领域",
    "抽查事项",
    "检查对象",
    "事项类别（重点/一般检查事项）",
    "抽查\n类型",
    "发起\n部门",
    "配合\n部门",
    "抽查\n事项",
    "检查主体（省/市/县级）",
    "抽取\n比例",
    "检查时间",
)
SUBJECT_COLUMNS = (
    "序号",
    "市场主体名称",
    "统一社会信用代码",
    "注册号",
    "法定代表人",
    "地址",
    "电话",
    "行政区划",
    "管辖单位",
    "登记单位",
    "市场主体类型",
    "行业",
    "经营范围",
    "成立日期",
    "风险等级",
    "标签",
)
INSPECTOR_COLUMNS = (
    "序号",
    "姓名",
    "性别",
    "单位",
    "职务",
    "执法证号",
    "手机号码",
    "身份证号",
    "执法领域",
    "证件有效期至",
    "回避对象",
)
ITEM_COLUMNS = ("序号", "抽查类别", "抽查事项", "检查对象", "事项类别", "检查方式", "检查主体", "检查依据", "部门")
DRAW_COLUMNS = ("抽查任务", "抽取序号", "市场主体名称", "统一社会信用代码", "检查人员", "抽取日期")
RESULT_COLUMNS = (
    "抽查任务",
    "抽取序号",
    "市场主体名称",
    "统一社会信用代码",
    "检查单位",
    "抽查事项",
    "检查结果",
    "处理结果",
    "检查人员",
    "检查日期",
    "形成结果日期",
    "报送日期",
    "公示日期",
    "移送日期",
    "立案日期",
    "结案日期",
    "处罚信息公示日期",
    "备注",
)

DEPARTMENTS = ("应急管理局", "市场监督管理局", "消防救援大队", "生态环境局")
ITEMS = {
    "应急管理局": ("安全生产责任制落实情况的检查", "隐患排查治理台账的检查", "安全设备维护保养记录的检查"),
    "市场监督管理局": ("营业执照规范使用情况的检查", "登记住所（经营场所）的检查", "在用特种设备检验情况的检查"),
    "消防救援大队": ("消防设施完好有效情况的检查", "疏散通道和安全出口的检查"),
    "生态环境局": ("污染防治设施运行情况的检查", "排污许可证持证情况的检查"),
}
BASES = {
    "应急管理局": "《中华人民共和国安全生产法》",
    "市场监督管理局": "《中华人民共和国市场主体登记管理条例》",
    "消防救援大队": "《中华人民共和国消防法》",
    "生态环境局": "《中华人民共和国环境保护法》",
}


@dataclass(frozen=True)
class ExampleTask:
    """One row of the example plan, and how its year went."""

    name: str
    field: str
    object: str
    category: str
    type: str
    initiator: str
    partners: tuple[str, ...]
    ratio: str
    window: str
    industry: str
    drawn: date | None
    cases: int


TASKS = (
    ExampleTask(
        "工贸企业安全生产联合抽查",
        "安全生产",
        "辖区工贸企业",
        "重点检查事项",
        "不定向",
        "应急管理局",
        ("市场监督管理局",),
        "≥10%",
        "2026年3月-6月",
        "工贸",
        date(2026, 3, 16),
        8,
    ),
    ExampleTask(
        "加油站经营情况联合抽查",
        "商贸流通",
        "辖区加油站",
        "重点检查事项",
        "定向",
        "应急管理局",
        ("市场监督管理局", "生态环境局"),
        "50%",
        "2026年4月-6月",
        "加油站",
        date(2026, 4, 13),
        4,
    ),
    ExampleTask(
        "宾馆旅店消防安全联合抽查",
        "住宿业",
        "辖区宾馆旅店",
        "一般检查事项",
        "不定向",
        "消防救援大队",
        ("市场监督管理局",),
        "20%",
        "2026年5月-8月",
        "住宿",
        date(2026, 5, 11),
        6,
    ),
    ExampleTask(
        "机动车维修业环境保护联合抽查",
        "机动车维修",
        "辖区机动车维修企业",
        "一般检查事项",
        "定向",
        "生态环境局",
        ("市场监督管理局",),
        "30%",
        "2026年6月-9月",
        "汽修",
        date(2026, 6, 8),
        5,
    ),
    ExampleTask(
        "商场超市安全联合抽查",
        "商贸流通",
        "辖区商场超市",
        "重点检查事项",
        "不定向",
        "消防救援大队",
        ("应急管理局", "市场监督管理局"),
        "6户",
        "2026年7月-10月",
        "商超",
        date(2026, 7, 20),
        6,
    ),
    ExampleTask(
        "食品生产企业联合抽查",
        "食品生产",
        "辖区食品生产企业",
        "重点检查事项",
        "不定向",
        "市场监督管理局",
        ("生态环境局",),
        "25%",
        "2026年9月-11月",
        "食品",
        date(2026, 9, 14),
        6,
    ),
    ExampleTask(
        "危险化学品经营单位联合抽查",
        "危险化学品",
        "辖区危险化学品经营单位",
        "重点检查事项",
        "定向",
        "应急管理局",
        ("消防救援大队",),
        "100%",
        "2026年11月-12月",
        "危化",
        None,
        0,
    ),
)

_PLACES = ("东关街道", "西岭镇", "南塘乡", "北湖镇", "工业园区")
_BRANDS = ("青禾", "恒泰", "瑞丰", "永兴", "明远", "嘉和", "盛达", "宏源", "新川", "安泰", "鼎力", "润禾")
_SECOND = ("", "和", "达", "兴", "联", "诚")
_TRADES = {
    "工贸": ("机械制造有限公司", "建材有限公司", "纺织有限公司", "金属制品有限公司"),
    "加油站": ("加油站", "石油销售有限公司加油站"),
    "住宿": ("宾馆", "商务酒店有限公司", "旅店"),
    "汽修": ("汽车维修有限公司", "汽车服务中心"),
    "商超": ("购物广场有限公司", "生活超市"),
    "食品": ("食品有限公司", "粮油有限公司"),
    "危化": ("化工产品经营部", "气体有限公司"),
}
_COUNTS = {"工贸": 18, "加油站": 8, "住宿": 9, "汽修": 8, "商超": 8, "食品": 9, "危化": 4}
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_GIVEN = (
    "建国",
    "丽华",
    "志强",
    "秀英",
    "海涛",
    "晓燕",
    "国庆",
    "春梅",
    "伟",
    "敏",
    "磊",
    "静",
    "晨曦",
    "文博",
    "雨桐",
    "子涵",
)
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def credit_code(serial: int) -> str:
    """A valid but invented 统一社会信用代码 (GB 32100) of the made-up region 419999."""
    body = f"91419999MA{serial:06d}"
    organisation = body[8:16]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = 11 - sum(letters.index(c) * w for c, w in zip(organisation, weights, strict=True)) % 11
    body += {10: "X", 11: "0"}.get(rest, str(rest))
    total = sum(_CREDIT.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True))
    return body + _CREDIT[(31 - total % 31) % 31]


def registration(serial: int) -> str:
    """A valid but invented 15-digit 注册号 (ISO 7064 mod 11,10)."""
    body = f"419999{serial:08d}"
    return body + mod_11_10.calc_check_digit(body)


def id_number(serial: int) -> str:
    """A valid but invented 身份证号 (GB 11643) of the made-up region 419999."""
    body = f"4199991980{1 + serial % 12:02d}{1 + serial % 28:02d}{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]


def workdays_after(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``."""
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def make_subjects(chance: random.Random) -> list[dict[str, Any]]:
    """64 made-up subjects in seven trades."""
    found: list[dict[str, Any]] = []
    for trade, count in _COUNTS.items():
        for n in range(count):
            serial = len(found) + 1
            ending = _TRADES[trade][n % len(_TRADES[trade])]
            place = _PLACES[serial % len(_PLACES)]
            brand = _BRANDS[serial % len(_BRANDS)] + _SECOND[serial // len(_BRANDS)]
            grade = "ABCD"[chance.choices((0, 1, 2, 3), (3, 4, 2, 1))[0]]
            tags = [trade] if trade == "工贸" else []
            if serial in (7, 58):
                tags.append("黑名单")
            found.append(
                {
                    "市场主体名称": f"青禾县{brand}{ending}",
                    "统一社会信用代码": credit_code(serial),
                    "注册号": registration(serial),
                    "法定代表人": chance.choice(_SURNAMES) + chance.choice(_GIVEN),
                    "地址": f"青禾县{place}{chance.choice(('振兴路', '禾苗街', '工业大道', '滨河路'))}{serial * 3}号",
                    "电话": f"0399-8{serial:06d}",
                    "行政区划": place,
                    "管辖单位": f"{place}市场监管所",
                    "登记单位": "青禾县市场监督管理局",
                    "市场主体类型": "有限责任公司" if "有限公司" in ending else "个体工商户",
                    "行业": trade,
                    "经营范围": f"{trade}类经营（依法须经批准的项目，经批准后方可开展经营活动）",
                    "成立日期": date(2008 + serial % 15, 1 + serial % 12, 1 + serial % 27),
                    "风险等级": grade,
                    "标签": "、".join(tags),
                }
            )
    return found


def make_inspectors(chance: random.Random) -> list[dict[str, Any]]:
    """16 made-up inspectors, four a department."""
    found = []
    for serial in range(1, 17):
        department = DEPARTMENTS[(serial - 1) // 4]
        found.append(
            {
                "姓名": _SURNAMES[serial] + _GIVEN[(serial * 7) % len(_GIVEN)],
                "性别": "男" if serial % 3 else "女",
                "单位": f"青禾县{department}",
                "职务": ("科长", "副科长", "一级科员", "科员")[(serial - 1) % 4],
                "执法证号": f"41-9999-{serial:04d}",
                "手机号码": f"1990000{serial:04d}",
                "身份证号": id_number(serial),
                "执法领域": ("安全生产", "市场监管", "消防", "生态环境")[(serial - 1) // 4],
                "证件有效期至": date(2028, 12, 31) if serial != 12 else date(2026, 2, 28),
                "回避对象": "",
            }
        )
    chance.shuffle(found)
    return sorted(found, key=lambda row: row["执法证号"])


#: what was found in the cases, in turn; every category of the vocabulary occurs
OUTCOMES = (
    "未发现问题",
    "未发现问题",
    "发现问题已责令改正",
    "未发现问题",
    "发现问题待后续处理",
    "未发现问题",
    "未按规定公示应当公示的信息",
    "未发现问题",
    "通过登记的住所（经营场所）无法联系",
    "未发现问题",
    "未发现开展本次抽查涉及的经营活动",
    "发现问题已责令改正",
    "公示信息隐瞒真实情况弄虚作假",
    "未发现问题",
    "不配合检查情节严重",
    "未发现问题",
    "发现问题待后续处理",
)
HANDLINGS = {
    "发现问题已责令改正": "责令改正",
    "不配合检查情节严重": "立案处理",
    "公示信息隐瞒真实情况弄虚作假": "立案处理",
    "未按规定公示应当公示的信息": "责令改正",
}
LATER = ("函告许可部门", "移送司法机关")


def make_cases(
    subjects: list[dict[str, Any]], inspectors: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw rows and result rows of the year; the last cases of the last task are still to be inspected."""
    draws: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    turn = later = 0
    for number, task in enumerate(TASKS):
        if task.drawn is None:
            continue
        chance = random.Random(f"{YEAR}-{task.name}")
        pool = [s for s in subjects if s["行业"] == task.industry]
        for serial, subject in enumerate(chance.sample(pool, task.cases), 1):
            departments = (task.initiator, *task.partners)
            valid = [i for i in inspectors if i["证件有效期至"] > task.drawn]
            team = [chance.choice([i for i in valid if i["单位"].endswith(d)]) for d in departments]
            who = {
                "抽查任务": task.name,
                "抽取序号": serial,
                "市场主体名称": subject["市场主体名称"],
                "统一社会信用代码": subject["统一社会信用代码"],
            }
            draws.append(who | {"检查人员": "、".join(i["姓名"] for i in team), "抽取日期": task.drawn})
            if number == 5 and serial > 4:
                continue
            outcome = OUTCOMES[turn % len(OUTCOMES)]
            day = workdays_after(task.drawn, 4 + serial * 2)
            disclosed: date | None = workdays_after(day, 24 if turn == 9 else 6 + turn % 9)
            if turn == 20:
                disclosed = None
            handling = HANDLINGS.get(outcome, "")
            if outcome == "发现问题待后续处理":
                handling, later = LATER[later % 2], later + 1
            rows = _rows(who, departments, team, outcome, chance)
            for row in rows:
                bad = row["检查结果"] not in ("未发现问题", "未发现开展本次抽查涉及的经营活动")
                moved = bad and handling in LATER
                results.append(
                    row
                    | {
                        "处理结果": handling if bad else "",
                        "检查日期": day,
                        "形成结果日期": day,
                        "公示日期": disclosed or "",
                        "报送日期": day + timedelta(days=14 if turn == 15 else 3 + turn % 5),
                        "移送日期": workdays_after(day, 9 if turn == 30 else 4) if moved else "",
                        **_filed(day if bad and handling == "立案处理" else None, turn),
                    }
                )
            turn += 1
    return draws, results


def _filed(day: date | None, turn: int) -> dict[str, Any]:
    """Dates of a case that was filed for punishment: most are closed, one is still open."""
    if day is None:
        return {"立案日期": "", "结案日期": "", "处罚信息公示日期": ""}
    closed = workdays_after(day, 45) if turn % 4 else None
    if closed and closed > date(YEAR, 11, 1):
        closed = None  # not yet on the day the example year is looked at
    return {
        "立案日期": workdays_after(day, 5),
        "结案日期": closed or "",
        "处罚信息公示日期": workdays_after(closed, 6) if closed else "",
    }


def _rows(
    who: dict[str, Any], departments: tuple[str, ...], team: list[dict[str, Any]], outcome: str, chance: random.Random
) -> list[dict[str, Any]]:
    """One row an item; a whole-subject outcome fills every item, a problem stands at one item."""
    whole = outcome in (
        "未发现问题",
        "通过登记的住所（经营场所）无法联系",
        "未发现开展本次抽查涉及的经营活动",
        "不配合检查情节严重",
    )
    rows = []
    for department, inspector in zip(departments, team, strict=True):
        for item in ITEMS[department]:
            rows.append(
                who
                | {
                    "检查单位": f"青禾县{department}",
                    "抽查事项": item,
                    "检查结果": outcome if whole else "未发现问题",
                    "检查人员": inspector["姓名"],
                    "备注": "",
                }
            )
    if not whole:
        chosen = chance.randrange(len(rows))
        rows[chosen] |= {"检查结果": outcome, "备注": "详见现场检查笔录"}
    return rows


def plan_rows() -> list[tuple[Any, ...]]:
    """The plan table, 14 columns, the second 抽查事项 being the partners'."""
    rows = []
    for serial, task in enumerate(TASKS, 1):
        own = "\n".join(f"{n}.{item}" for n, item in enumerate(ITEMS[task.initiator], 1))
        theirs = "\n".join(f"{n}.{item}" for n, item in enumerate((i for d in task.partners for i in ITEMS[d]), 1))
        rows.append(
            (
                serial,
                f"{YEAR}年度联合抽查计划",
                task.name,
                task.field,
                own,
                task.object,
                task.category,
                task.type,
                f"县{task.initiator}",
                "、".join(f"县{d}" for d in task.partners),
                theirs,
                "县级",
                task.ratio,
                task.window,
            )
        )
    return rows


def item_rows() -> list[tuple[Any, ...]]:
    """The item list."""
    flat = [(department, item) for department in DEPARTMENTS for item in ITEMS[department]]
    return [
        (
            n,
            "联合抽查",
            item,
            "辖区市场主体",
            "重点检查事项" if department == "应急管理局" else "一般检查事项",
            "现场检查",
            "县级",
            BASES[department],
            f"青禾县{department}",
        )
        for n, (department, item) in enumerate(flat, 1)
    ]


def write(path: Path, sheet: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]], title: str = "") -> None:
    """A workbook as an office would keep it: bold head, borders, dates as dates; the same bytes every time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": title or sheet, "created": datetime(YEAR, 1, 5)})
        page = book.add_worksheet(sheet)
        head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"})
        body = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
        day = book.add_format({"border": 1, "num_format": "yyyy-mm-dd", "valign": "vcenter"})
        first = 0
        if title:
            page.merge_range(
                0, 0, 0, len(columns) - 1, title, book.add_format({"bold": True, "font_size": 16, "align": "center"})
            )
            first = 1
        page.write_row(first, 0, columns, head)
        for r, row in enumerate(rows, first + 1):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    page.write_datetime(r, c, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, int):
                    page.write_number(r, c, value, body)
                else:
                    page.write_string(r, c, value, body)
        page.set_column(0, len(columns) - 1, 16)


def _table(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        tuple(row.get(column, n if column == "序号" else "") for column in columns) for n, row in enumerate(rows, 1)
    ]


def main(folder: Path = HERE) -> None:
    """Write the six workbooks."""
    chance = random.Random(YEAR)
    subjects, inspectors = make_subjects(chance), make_inspectors(chance)
    draws, results = make_cases(subjects, inspectors)
    write(
        folder / "01-抽查计划表.xlsx",
        "抽查计划",
        PLAN_COLUMNS,
        plan_rows(),
        f"青禾县{YEAR}年度部门联合“双随机、一公开”抽查计划",
    )
    write(folder / "02-抽查事项清单.xlsx", "事项清单", ITEM_COLUMNS, item_rows())
    write(folder / "03-检查对象名录.xlsx", "检查对象名录", SUBJECT_COLUMNS, _table(SUBJECT_COLUMNS, subjects))
    write(
        folder / "04-执法检查人员名录.xlsx",
        "执法检查人员名录",
        INSPECTOR_COLUMNS,
        _table(INSPECTOR_COLUMNS, inspectors),
    )
    write(folder / "05-抽取结果.xlsx", "抽取结果", DRAW_COLUMNS, _table(DRAW_COLUMNS, draws))
    write(folder / "06-检查结果.xlsx", "检查结果", RESULT_COLUMNS, _table(RESULT_COLUMNS, results))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
