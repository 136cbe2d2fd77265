"""Make odd workbooks as offices keep them, each with the truth that should come out of it.

Usage: ``python scripts/make_odd_workbooks.py FOLDER [COUNT]``. The same count gives the same workbooks. ``truth.json``
lists for every file its kind, its oddities, and either the values that must come in or the code of the error that
must stop it. All names are made up.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Border, PatternFill, Side
from openpyxl.utils import get_column_letter

YEAR = 2026
AREA = ("", "县", "青禾县", "青禾")


@dataclass(frozen=True)
class Told:
    """A text as an office writes it, and what it means."""

    text: Any
    means: Any


@dataclass(frozen=True)
class OddBook:
    """One workbook: file name, kind, oddities, and the truth (rows) or the error it must give."""

    file: str
    kind: str
    oddities: tuple[str, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


DEPARTMENTS = {
    "市场监督管理局": ("市场监督管理局", "市场监管局", "市监局", "市场监督管理局青禾分局", "市场监管分局"),
    "公安局": ("公安局", "公安局"),
    "应急管理局": ("应急管理局", "应急局"),
    "卫生健康委员会": ("卫生健康委员会", "卫健委", "卫生健康委"),
    "发展和改革委员会": ("发展和改革委员会", "发改委", "发展改革委"),
    "消防救援大队": ("消防救援大队", "消防大队"),
    "教育体育局": ("教育体育局", "教体局"),
    "住房和城乡建设局": ("住房和城乡建设局", "住建局", "住房城乡建设局"),
    "生态环境局": ("生态环境局",),
    "农业农村局": ("农业农村局",),
    "人力资源和社会保障局": ("人力资源和社会保障局", "人社局"),
}
RATIOS = (
    Told("3%", ("percent", 3.0, 3.0, None, None)),
    Told("≥3%", ("floor", 3.0, None, None, None)),
    Told(0.03, ("percent", 3.0, 3.0, None, None)),
    Told("0.05", ("percent", 5.0, 5.0, None, None)),
    Told("10-20%", ("range", 10.0, 20.0, None, None)),
    Told("不高于10%", ("cap", None, 10.0, None, None)),
    Told("60-70家", ("count", None, None, 60, None)),
    Told("1户", ("count", None, None, 1, None)),
    Told("10%（20户）", ("percent", 10.0, 10.0, 20, None)),
    Told("市级2% 区级10%", ("per_level", None, None, None, None)),
    Told("省级计划规定比例", ("text", None, None, None, None)),
    Told("５％", ("percent", 5.0, 5.0, None, None)),
    Told("5%，2次/年", ("percent", 5.0, 5.0, None, 2)),
    Told("3%（每半年一次）", ("percent", 3.0, 3.0, None, 2)),
    Told("不低于3%，每季度1次", ("floor", 3.0, None, None, 4)),
    Told("百分之十", ("percent", 10.0, 10.0, None, None)),
    Told("10%~20%", ("range", 10.0, 20.0, None, None)),
    Told(" 8 %", ("percent", 8.0, 8.0, None, None)),
    Told("抽取30户", ("count", None, None, 30, None)),
    Told("全覆盖", ("percent", 100.0, 100.0, None, None)),
)
WINDOWS = (
    Told("2026.6-2026.10", ("2026-06-01", "2026-10-31")),
    Told("1月-12月", ("2026-01-01", "2026-12-31")),
    Told("2026年3月-6月", ("2026-03-01", "2026-06-30")),
    Told("2026-01-01至2026-06-30", ("2026-01-01", "2026-06-30")),
    Told("2026.01.01-12.31", ("2026-01-01", "2026-12-31")),
    Told("2026年3月—6月", ("2026-03-01", "2026-06-30")),
    Told("2026年10月底前", (None, "2026-10-31")),
    Told("2026年2月——6月", ("2026-02-01", "2026-06-30")),
    Told("\n2026年7月——12月", ("2026-07-01", "2026-12-31")),
    Told("第二季度", ("2026-04-01", "2026-06-30")),
    Told("2026年上半年", ("2026-01-01", "2026-06-30")),
    Told("全年", ("2026-01-01", "2026-12-31")),
    Told("3月1日至5月20日", ("2026-03-01", "2026-05-20")),
    Told("２０２６年４月－９月", ("2026-04-01", "2026-09-30")),
    Told("四月至六月", ("2026-04-01", "2026-06-30")),
    Told("2026/3/1-2026/6/30", ("2026-03-01", "2026-06-30")),
    Told("2026年11月-2027年1月", ("2026-11-01", "2027-01-31")),
    Told(date(2026, 5, 20), ("2026-05-20", "2026-05-20")),
    Told("3-6月", ("2026-03-01", "2026-06-30")),
    Told("2026年5月", ("2026-05-01", "2026-05-31")),
)
ITEMS = (
    Told("1.种子质量检查\n2.农药质量检查\n3.化肥质量检查", ["种子质量检查", "农药质量检查", "化肥质量检查"]),
    Told("1、许可证情况的检查2、卫生情况的检查", ["许可证情况的检查", "卫生情况的检查"]),
    Told("隐患排查治理；安全教育培训；双重预防体系建设；", ["隐患排查治理", "安全教育培训", "双重预防体系建设"]),
    Told("对成品油零售经营企业的检查", ["对成品油零售经营企业的检查"]),
    Told("①登记事项检查 ②公示信息检查", ["登记事项检查", "公示信息检查"]),
    Told("（1）食堂食品安全检查；（2）饮用水卫生检查。", ["食堂食品安全检查", "饮用水卫生检查"]),
    Told("用工情况检查;工资支付情况检查", ["用工情况检查", "工资支付情况检查"]),
    Told("１．消防设施检查　２．疏散通道检查", ["消防设施检查", "疏散通道检查"]),
    Told("按GB/T 1.1检查标准、标识、标签的使用", ["按GB/T 1.1检查标准、标识、标签的使用"]),
    Told("价格行为检查\n广告行为检查", ["价格行为检查", "广告行为检查"]),
)
OBJECTS = (
    "辖区农资店",
    "各类旅馆",
    "加油站",
    "在建工地",
    "中小学校食堂",
    "危险化学品经营企业",
    "二手车交易市场",
    "托育机构",
)
CATEGORIES = (
    Told("重点检查事项", "重点"),
    Told("一般检查事项", "一般"),
    Told("重点检查", "重点"),
    Told("一般", "一般"),
    Told(" 一般检查事项 ", "一般"),
)
TYPES = (Told("不定向", "不定向"), Told("定向", "定向"), Told("不定项", "不定向"), Told("定向抽查", "定向"))
LEVELS = (Told("县级", "县级"), Told("市级", "市级"), Told("县", "县级"))
TITLES = {
    "serial": ("序号", "序 号", "编号"),
    "plan": ("抽查计划名称", "抽查计划\n名称", "计划名称"),
    "name": ("抽查任务名称", "抽查任务\n名称", "任务名称", "联合抽查任务"),
    "field": ("抽查领域", "领域"),
    "items": ("抽查事项", "检查事项", "抽查内容"),
    "object": ("检查对象", "抽查对象", "检查对象范围"),
    "category": ("事项类别", "事项类别（重点/一般检查事项）", "  类别"),
    "type": ("抽查类型", "抽查\n类型", "类型"),
    "initiators": ("发起部门", "牵头部门", "发起\n部门", "牵头单位"),
    "partners": ("配合部门", "协同部门", "参与部门", "配合\n部门"),
    "level": ("检查主体（省/市/县级）", "抽查层级"),
    "ratio": ("抽取比例", "抽查比例", "抽取\n比例", "比例"),
    "window": ("检查时间", "抽查时间", "实施时间", "检查时限"),
}
#: Columns drawn as two header rows: group above, part below.
SPLIT = {
    "plan": ("抽查计划", "名称"),
    "name": ("抽查任务", "名称"),
    "type": ("抽查", "类型"),
    "initiators": ("发起", "部门"),
    "partners": ("配合", "部门"),
    "ratio": ("抽取", "比例"),
}
OPTIONAL = ("serial", "plan", "field", "type", "level", "category")


def make(folder: Path, count: int = 200) -> list[OddBook]:
    """Write ``count`` workbooks and ``truth.json`` into a folder; the list says what is in them."""
    folder.mkdir(parents=True, exist_ok=True)
    books = []
    for number in range(count):
        dice = random.Random(number)
        if number % 10 == 7:
            books.append(_people(folder, number, dice))
        elif number % 10 == 9:
            books.append(_broken(folder, number, dice))
        else:
            books.append(_plan(folder, number, dice))
    truth = [asdict(book) for book in books]
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    return books


def _department(dice: random.Random) -> Told:
    name = dice.choice(list(DEPARTMENTS))
    written = dice.choice(DEPARTMENTS[name])
    return Told(dice.choice(AREA) + written, name)


def _tasks(dice: random.Random, count: int) -> list[dict[str, Told]]:
    tasks = []
    for number in range(1, count + 1):
        initiator = _department(dice)
        partners = {
            t.means: t for t in (_department(dice) for _ in range(dice.randint(1, 3))) if t.means != initiator.means
        }
        if not partners:
            other = "公安局" if initiator.means != "公安局" else "教育体育局"
            partners = {other: Told(other, other)}
        name = f"青禾{dice.choice(OBJECTS)}第{number}批联合抽查"
        tasks.append(
            {
                "serial": Told(number, str(number)),
                "plan": Told("青禾县年度联合抽查", "青禾县年度联合抽查"),
                "name": Told(name, name),
                "field": Told("综合监管", "综合监管"),
                "items": dice.choice(ITEMS),
                "object": (o := dice.choice(OBJECTS)) and Told(o, o),
                "category": dice.choice(CATEGORIES),
                "type": dice.choice(TYPES),
                "level": dice.choice(LEVELS),
                "initiators": Told(initiator.text, [initiator.means]),
                "partners": Told(_list(dice, [p.text for p in partners.values()]), list(partners)),
                "ratio": dice.choice(RATIOS),
                "window": dice.choice(WINDOWS),
            }
        )
    return tasks


def _list(dice: random.Random, names: list[str]) -> str:
    if len(names) > 1 and dice.random() < 0.25:
        return "".join(f"{number}.{name}" for number, name in enumerate(names, 1))
    return dice.choice(("、", "，", "；", "\n", " ")).join(names)


def _truth(task: dict[str, Told], columns: list[str]) -> dict[str, Any]:
    row = {key: task[key].means for key in columns if key not in ("serial", "plan", "ratio", "window")}
    form, low, high, number, per_year = task["ratio"].means
    start, end = task["window"].means
    return row | {"ratio": [form, low, high, number], "per_year": per_year, "window": [start, end]}


@dataclass
class _Layout:
    """How one workbook is laid out; ``oddities`` collects what was done to it."""

    dice: random.Random
    columns: list[str]
    oddities: list[str]

    def odd(self, name: str, chance: float) -> bool:
        done = self.dice.random() < chance
        if done:
            self.oddities.append(name)
        return done


def _plan(folder: Path, number: int, dice: random.Random) -> OddBook:
    layout = _Layout(dice, list(TITLES), [])
    tasks = _tasks(dice, dice.randint(2, 9))
    if layout.odd("columns missing", 0.3):
        for key in dice.sample(OPTIONAL, dice.randint(1, 3)):
            layout.columns.remove(key)
    if layout.odd("columns shuffled", 0.4):
        dice.shuffle(layout.columns)
    write = _plan_csv if layout.odd("csv", 0.2) else _plan_xlsx
    file = write(folder, number, layout, tasks)
    return OddBook(file, "plan", tuple(layout.oddities), [_truth(task, layout.columns) for task in tasks])


def _titles(layout: _Layout) -> dict[str, str]:
    other = layout.odd("other column names", 0.6)
    return {key: layout.dice.choice(TITLES[key]) if other else TITLES[key][0] for key in layout.columns}


def _plan_csv(folder: Path, number: int, layout: _Layout, tasks: list[dict[str, Told]]) -> str:
    encoding = layout.dice.choice(("utf-8", "utf-8-sig", "gb18030"))
    layout.oddities.append(encoding)
    titles = _titles(layout)
    name = f"odd{number:03d}.csv"
    with (folder / name).open("w", newline="", encoding=encoding) as stream:
        writer = csv.writer(stream)
        if layout.odd("title row", 0.5):
            writer.writerow(["青禾县2026年度部门联合抽查计划"])
        writer.writerow([titles[key] for key in layout.columns] + ["备用列"])
        for task in tasks:
            writer.writerow([_plain(task[key].text) for key in layout.columns])
    return name


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _plan_xlsx(folder: Path, number: int, layout: _Layout, tasks: list[dict[str, Told]]) -> str:
    book = openpyxl.Workbook()
    sheet = book.active
    if layout.odd("cover sheet", 0.3):
        sheet["B3"] = "青禾县部门联合抽查计划"
        sheet["B5"] = "二〇二六年一月"
        sheet = book.create_sheet("计划表")
    left = 2 if layout.odd("first column empty", 0.15) else 1
    top = _above(sheet, layout, left)
    first = _header(sheet, layout, top, left)
    last = _body(sheet, layout, tasks, first, left)
    if layout.odd("remarks below", 0.4):
        sheet.cell(last + 1, left, "填表说明：抽查类型分为定向与不定向；抽查事项依据清单填写。")
        sheet.merge_cells(start_row=last + 1, start_column=left, end_row=last + 1, end_column=left + 8)
    if layout.odd("empty formatted rows", 0.3):
        for row in range(last + 3, last + 400):
            for column in range(left, left + 14):
                sheet.cell(row, column).border = Border(top=Side("thin"))
                sheet.cell(row, column).fill = PatternFill("solid", fgColor="FFEEEEEE")
    name = f"odd{number:03d}.xlsx"
    book.save(folder / name)
    return name


def _above(sheet: Any, layout: _Layout, left: int) -> int:
    """Title, document number and unit rows; gives the row of the header."""
    row = 1
    if layout.odd("title row", 0.6):
        sheet.cell(row, left, "青禾县2026年度部门联合“双随机、一公开”抽查计划")
        sheet.merge_cells(start_row=row, start_column=left, end_row=row, end_column=left + len(layout.columns) - 1)
        row += 1
    if layout.odd("unit row", 0.3):
        sheet.cell(row, left, "填报单位：青禾县双随机办（盖章）")
        sheet.cell(row, left + 7, "填报日期：2026年1月5日")
        row += 1
    return row + (1 if layout.odd("blank row above header", 0.2) else 0)


def _header(sheet: Any, layout: _Layout, top: int, left: int) -> int:
    """One, two or three header rows; gives the first row of the body."""
    titles = _titles(layout)
    depth = layout.dice.choice((1, 1, 1, 2, 2, 3))
    if depth > 1:
        layout.oddities.append(f"{depth} header rows")
    for offset, key in enumerate(layout.columns):
        column = left + offset
        if depth == 2 and key in SPLIT:
            for part, text in enumerate(SPLIT[key]):
                sheet.cell(top + part, column, text)
        elif depth == 3:
            sheet.cell(top + 1, column, titles[key])
            sheet.merge_cells(start_row=top + 1, start_column=column, end_row=top + 2, end_column=column)
        else:
            sheet.cell(top, column, titles[key])
            if depth == 2:
                sheet.merge_cells(start_row=top, start_column=column, end_row=top + 1, end_column=column)
    if depth == 3:
        sheet.cell(top, left, "抽查任务基本情况")
        sheet.merge_cells(start_row=top, start_column=left, end_row=top, end_column=left + len(layout.columns) - 1)
    if layout.odd("extra column", 0.3):
        sheet.cell(top, left + len(layout.columns), "责任科室")
    return top + depth


def _body(sheet: Any, layout: _Layout, tasks: list[dict[str, Told]], row: int, left: int) -> int:
    """The rows of the tasks; gives the row after the last."""
    several = "partners" in layout.columns and "serial" in layout.columns and layout.odd("one department a row", 0.25)
    text_numbers = layout.odd("numbers as text", 0.3)
    percent = layout.odd("percent cells", 0.3)
    start = row
    for task in tasks:
        parts = _split_partners(task) if several else [task["partners"].text]
        for offset, key in enumerate(layout.columns):
            value = parts[0] if key == "partners" else task[key].text
            if key == "serial" and text_numbers:
                value = str(value)
            cell = sheet.cell(row, left + offset, value)
            if key == "ratio" and value == "3%" and percent:
                cell.value, cell.number_format = 0.03, "0%"
        for more, part in enumerate(parts[1:], 1):
            sheet.cell(row + more, left + layout.columns.index("partners"), part)
        if len(parts) > 1:
            for offset, key in enumerate(layout.columns):
                if key != "partners":
                    letter = get_column_letter(left + offset)
                    sheet.merge_cells(f"{letter}{row}:{letter}{row + len(parts) - 1}")
        row += len(parts)
    if not several and "plan" in layout.columns and layout.odd("merged plan name", 0.3):
        letter = get_column_letter(left + layout.columns.index("plan"))
        if row - 1 > start:
            sheet.merge_cells(f"{letter}{start}:{letter}{row - 1}")
    return row


def _split_partners(task: dict[str, Told]) -> list[str]:
    """One partner a row, under its canonical name."""
    return list(task["partners"].means)


def _people(folder: Path, number: int, dice: random.Random) -> OddBook:
    """A register of inspectors or of subjects."""
    layout = _Layout(dice, [], [])
    if dice.random() < 0.5:
        titles = ("姓名", "性别", "工作单位", "执法证编号", "联系电话", "有效期至")
        rows, truth = [], []
        for index in range(dice.randint(3, 12)):
            department = _department(dice)
            valid = dice.choice((date(2027, 12, 31), "2027.12.31", "2027年12月31日", "2022-01-01至2027-12-31"))
            rows.append(
                [
                    f"林{chr(0x4E00 + index)} 远",
                    dice.choice(("男", "女")),
                    department.text,
                    f"QH-{number}-{index:03d}",
                    dice.choice((13900001234, "139 0000 1234", "0391-1234567")),
                    valid,
                ]
            )
            truth.append(
                {"id": f"QH-{number}-{index:03d}", "department": department.means, "valid_until": "2027-12-31"}
            )
        kind = "inspectors"
    else:
        titles = ("企业名称", "统一信用代码", "法人", "住所", "联系方式", "成立时间", "信用风险等级")
        rows, truth = [], []
        for index in range(dice.randint(3, 20)):
            code = credit_code(number * 100 + index)
            grade = dice.choice((("A", "A"), ("B级", "B"), ("高风险", "D"), ("低", "A"), ("Ｃ", "C")))
            founded = dice.choice((date(2019, 5, 1), "2019/5/1", "2019.05.01", "２０１９年５月１日", "20190501"))
            rows.append(
                [
                    f"青禾县丰田里{index}号商行",
                    dice.choice((code, code.lower(), f" {code} ")),
                    "林某",
                    "青禾县丰田镇",
                    "",
                    founded,
                    grade[0],
                ]
            )
            truth.append({"credit_code": code, "grade": grade[1], "founded": "2019-05-01"})
        kind = "subjects"
    book = openpyxl.Workbook()
    sheet = book.active
    if layout.odd("title row", 0.5):
        sheet.append(["青禾县名录"])
    sheet.append(titles)
    for row in rows:
        sheet.append(row)
    file = f"odd{number:03d}.xlsx"
    book.save(folder / file)
    return OddBook(file, kind, tuple(layout.oddities), truth)


def credit_code(serial: int) -> str:
    """A made-up 统一社会信用代码 with the right check digit (GB 32100)."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91419999MA{serial:07d}"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


def _broken(folder: Path, number: int, dice: random.Random) -> OddBook:
    """A workbook that must be refused, with the code of the error."""
    layout = _Layout(dice, list(TITLES), [])
    tasks = _tasks(dice, 3)
    error = dice.choice(
        (
            "asked.initiators",
            "department.unknown",
            "plan.blank",
            "header.not_found",
            "subject.credit_code",
            "cell.digits",
            "inspector.blank",
        )
    )
    layout.oddities.append(error)
    file = f"odd{number:03d}.xlsx"
    if error in ("subject.credit_code", "cell.digits"):
        code: Any = credit_code(number)[:17] + "?" if error == "subject.credit_code" else 914199990000000001
        _simple(folder / file, [["企业名称", "统一社会信用代码"], ["青禾县丰田里商行", code]])
        return OddBook(file, "subjects", tuple(layout.oddities), error=error)
    if error == "inspector.blank":
        _simple(folder / file, [["姓名", "单位", "执法证号"], ["林知远", "公安局", ""]])
        return OddBook(file, "inspectors", tuple(layout.oddities), error=error)
    if error == "asked.initiators":
        layout.columns.remove("initiators")
    rows = [[TITLES[key][0] for key in layout.columns]] + [[task[key].text for key in layout.columns] for task in tasks]
    if error == "department.unknown":
        rows[2][layout.columns.index("partners")] = "云端治理局"
    elif error == "plan.blank":
        rows[2][layout.columns.index("initiators")] = None
    elif error == "header.not_found":
        rows = [["青禾县工作简报"], ["本周工作"], ["会议安排"]]
    _simple(folder / file, rows)
    return OddBook(file, "plan", tuple(layout.oddities), error=error)


def _simple(path: Path, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


if __name__ == "__main__":
    made = make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
    print(f"{len(made)} 个工作簿写入 {sys.argv[1]}")
