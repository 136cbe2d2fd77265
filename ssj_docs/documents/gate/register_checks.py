"""What the registers say against a paper: the office, its author, its case, linked dates, duplicates, names and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path

from sqlalchemy import select

from ssj_docs.database import schema
from ssj_docs.documents.gate.manuscript import Line, Manuscript, Objection
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.ground.chinese_words import chinese_date
from ssj_docs.ground.number_checks import is_credit_code
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import DocumentNumber
from ssj_docs.model.office import NumberSeries, Office
from ssj_docs.office.settings import load_office
from ssj_docs.planning.paper_conditions import unmet

_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Za-z])")
_NO_SPACE = re.compile(r"\s+")


# --- settings nobody edited ---------------------------------------------------------------------------------------------
@lru_cache(maxsize=1)
def _sample() -> Office:
    """The invented office that a new workspace starts from."""
    return load_office(Path(str(resources.files("templates") / "office.toml")))


def office(paper: Manuscript) -> Iterator[Objection]:
    """The invented office of the sample settings gets no number outside the example."""
    if paper.workspace.example or not (paper.series or paper.document):
        return
    own, sample, document = paper.office, _sample(), paper.document
    used = {"office.name": own.name == sample.name}
    if document:
        printed = "".join((*document.red_header, *document.signature, document.printer))
        used |= {
            "office.red_header": sample.red_header in printed or sample.name in printed,
            "office.signature": "".join(sample.signature) in printed,
        }
    if paper.series and any(paper.series.code == one.code for one in sample.series):
        used["series"] = True
    for key in (key for key, unedited in used.items() if unedited):
        yield paper.told(
            "stop",
            "设置还是示例的虚构单位，没有改成本单位的",
            Remedy(do("set", key=key), "，改成本单位的；虚构单位只在演示的工作区里编号"),
            field=key,
        )


# --- author and series --------------------------------------------------------------------------------------------------
def author(paper: Manuscript) -> Iterator[Objection]:
    """The body that signs, the series of its numbers and the addressee fit each other."""
    series = paper.series
    if series and paper.department and not _numbers_for(paper, series):
        yield paper.told(
            "stop",
            f"代字“{series.code}”不是{paper.department}的，不能编{paper.department}署名的“{paper.kind.title}”",
            Remedy(
                do("set", key="series"),
                f"，给{paper.department}加一个代字，文种含 {paper.kind.id}；这份文件是收到的，就不在这里编号，",
                do("receive", case=paper.case or None),
            ),
            line=paper.line_with("部门:", "部门："),
        )
    if series and not paper.department and series.departments:
        yield paper.told(
            "stop",
            f"代字“{series.code}”是{'、'.join(series.departments)}的，不能编本单位的文件",
            "换用本单位的代字，或在“部门:”后面写明以哪个部门名义发文",
            line=paper.line_with("代字"),
        )
    document = paper.document
    signed = "".join(document.signature) if document else ""
    if (
        document
        and document.addressees
        and signed
        and document.addressees in (signed, paper.office.name)
        and (signed == document.addressees or not paper.department)
    ):
        yield paper.told(
            "stop",
            "主送机关就是发文机关自己",
            Remedy("写上真正的主送机关；别的单位发来的复函、告知，是收文，", do("receive", case=paper.case or None)),
            line=paper.line_with("主送"),
            value=document.addressees,
        )


def _numbers_for(paper: Manuscript, series: NumberSeries) -> bool:
    """Return whether a series numbers papers that a department signs: its own, or one of kinds that departments issue."""
    if series.departments:
        return paper.department in series.departments
    kinds = paper.workspace.kinds
    return bool(series.kinds) and all(kinds[kind].issuer == "department" for kind in series.kinds if kind in kinds)


# --- the case -----------------------------------------------------------------------------------------------------------
def case(paper: Manuscript) -> Iterator[Objection]:
    """A paper is offered only where the facts of its case ask for it, and it names the case's subject."""
    if paper.facts is None or paper.context is None:
        return
    line = paper.line_with(paper.case)
    for missing in unmet(paper.kind, paper.facts, paper.office):
        yield paper.told(
            "stop",
            f"案件 {paper.case} {missing}，不能出“{paper.kind.title}”",
            Remedy(
                "先",
                do("import", kind="results"),
                "，登记这件事；或",
                do("show_case", case=paper.case),
                "，核对案件编号",
            ),
            line=line,
        )
    name = paper.context.subject.name
    if paper.lines and not any(name in line.text for line in paper.lines):
        yield paper.told("ask", f"全文没有出现本案检查对象“{name}”", "核对单位名称和案件编号", line=line)


# --- dates --------------------------------------------------------------------------------------------------------------
def dates(paper: Manuscript) -> Iterator[Objection]:
    """成文日期 against today, the case's events, and the papers that it answers."""
    day, line = paper.day, paper.line_with("成文日期", "日期")
    if day > paper.workspace.today:
        yield paper.told("ask", f"成文日期 {chinese_date(day)} 在今天之后", "改为签发的日期", line=line)
    if paper.facts is None or paper.context is None:
        return
    for event, told in (("inspected", "检查结束"), *(("closed", "结案") for _ in range("closed" in paper.kind.when))):
        known = [one.date for one in paper.facts.events.get(event, ())]
        if paper.document and known and day < min(known):
            told_day = chinese_date(min(known))
            yield paper.told("stop", f"成文日期早于{told}（{told_day}）", "核对成文日期和登记的日期", line=line)
    if "recheck" in paper.kind.serves:
        yield from _review(paper)


def _review(paper: Manuscript) -> Iterator[Objection]:
    """A review and the order that it reviews."""
    assert paper.context is not None
    assert paper.facts is not None
    ordering = paper.workspace.kinds.serving("order")
    order = paper.context.paper(ordering)
    if order is None and ordering:
        yield paper.told(
            "ask",
            f"登记簿上没有本案的{paper.workspace.kinds.title(ordering)}",
            Remedy("先", do("issue", draft=ordering, case=paper.case), "；口头或当场责令的，写明理由"),
        )
    reviewed = [one.date for one in paper.facts.events.get("rectified", ())]
    if order and order.date and reviewed and max(reviewed) < order.date:
        yield paper.told(
            "stop",
            f"复查日期 {chinese_date(max(reviewed))} 早于责令日期 {chinese_date(order.date)}（{order.number}）",
            Remedy("核对两个日期；登记有误的，重新", do("import", kind="results")),
        )


# --- duplicates ---------------------------------------------------------------------------------------------------------
def duplicates(paper: Manuscript) -> Iterator[Objection]:
    """Another paper in force with the same title, day and case; another number for a form that has one."""
    if paper.before:
        yield paper.told(
            "ask",
            f"已经编过 {paper.before}，数据有变动，再做要另取一个号",
            Remedy("核对变动；原件要作废的，", do("void_number", number=paper.before, reason=None)),
        )
    t, n = schema.issued, schema.numbers
    rows = paper.connection.execute(
        select(t.c.id, t.c.number, t.c.path, t.c.title, t.c.kind).where(
            t.c.date == paper.day, t.c.case == paper.case, t.c.task == paper.task, t.c.id != paper.key, t.c.current
        )
    )
    void = set(paper.connection.execute(select(n.c.path).where(n.c.state == "void")).scalars())
    title = _NO_SPACE.sub("", paper.title)
    for row in rows:
        if _NO_SPACE.sub("", row.title) == title and row.path not in void and paper.document:
            yield paper.told(
                "ask",
                f"同一天已印发过同名文件（{row.number or row.id}）",
                "核对是不是同一件；确实要再发的，写明理由",
                line=paper.line_with("标题"),
            )


# --- names and numbers --------------------------------------------------------------------------------------------------
def names(paper: Manuscript) -> Iterator[Objection]:
    """Credit codes with their check character and the registered name beside them."""
    whole = "\n".join(line.text for line in paper.lines)
    for line in paper.lines:
        for code in dict.fromkeys(_CODE.findall(line.text)):
            if not is_credit_code(code):
                if re.match(r"[1-9]\d{5}(19|20)\d{2}", code):
                    continue  # an ID number, see `text_checks.personal`
                yield paper.told(
                    "ask", "不是有效的统一社会信用代码（校验位不符）", "照营业执照核对", line=line, value=code
                )
                continue
            t = schema.subjects
            name = paper.connection.execute(select(t.c.name).where(t.c.credit_code == code)).scalar()
            if name and name not in whole:
                yield paper.told(
                    "ask",
                    f"名录库中这个代码的单位是“{name}”，文中没有这个名称",
                    "核对名称和代码",
                    line=line,
                    value=code,
                )


def citations(paper: Manuscript) -> Iterator[Objection]:
    """Numbers of the office's own series that the text cites: in the register, in force, not of a later day."""
    codes = sorted((series.code for series in paper.office.series), key=len, reverse=True)
    pattern = re.compile(rf"({'|'.join(map(re.escape, codes))})〔(\d{{4}})〕(\d+)号")
    for line in paper.lines:
        for code, year, serial in dict.fromkeys(pattern.findall(line.text)):
            yield from _citation(paper, line, DocumentNumber(code, int(year), int(serial)))


def _citation(paper: Manuscript, line: Line, number: DocumentNumber) -> Iterator[Objection]:
    rows = number_ledger.register(paper.connection, series=number.series, year=number.year)
    row = next((one for one in rows if one.serial == number.serial), None)
    if row is None:
        # what was issued before the register began, it cannot deny
        before = not rows or number.serial < min(one.serial for one in rows)
        yield paper.told(
            "tell" if before else "ask",
            "登记簿中没有这个文号",
            Remedy("核对文号；系统外发出的先补登，", do("show_numbers")),
            line=line,
            value=str(number),
        )
    elif row.state == "void":
        yield paper.told("ask", f"这个文号已经作废（{row.reason}）", "换成有效的文件", line=line, value=str(number))
    elif row.date and row.date > paper.day:
        yield paper.told(
            "ask",
            f"引用的文件成文于 {chinese_date(row.date)}，晚于本文",
            "核对日期和文号",
            line=line,
            value=str(number),
        )
