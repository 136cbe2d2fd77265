"""The columns of 联合抽查统计表, one row for each case: one table for the figures, the Word form and the workbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ssj_docs.facts.case_facts import CaseFacts
from ssj_docs.model.people import Subject


@dataclass(frozen=True)
class ListedCase:
    """A case in the list: with names and labels instead of ids and codes."""

    fact: CaseFacts
    subject: Subject
    people: Sequence[str]
    results: Sequence[str]
    handlings: Sequence[str]
    disclosed: str

    def found(self, name: str) -> str:
        """The distinct values of a field in the case's findings."""
        values: list[Any] = [getattr(finding, name) for finding in self.fact.findings]
        return "；".join(dict.fromkeys(str(value) for value in values if value))


@dataclass(frozen=True)
class ListColumn:
    """A column.

    Attributes:
        field: its name in the Word form.
        title: its official name, and its key in a row.
        width: in characters, in the workbook.
        value: returns its content.
        wide: whether it is left-aligned.
        personal: whether the public rendition omits it.
    """

    field: str
    title: str
    width: float
    value: Callable[[ListedCase], str]
    wide: bool = False
    personal: bool = False


LIST_COLUMNS = (
    ListColumn("serial", "抽取序号", 6, lambda row: str(row.fact.case.serial)),
    ListColumn("subject", "市场主体名称", 26, lambda row: row.subject.name, wide=True),
    ListColumn("credit_code", "统一社会信用代码", 21, lambda row: row.subject.credit_code),
    ListColumn("registration", "注册号", 17, lambda row: row.subject.registration),
    ListColumn("representative", "法定代表人", 10, lambda row: row.subject.representative),
    ListColumn("address", "地址", 28, lambda row: row.subject.address, wide=True),
    ListColumn("phone", "电话", 14, lambda row: row.subject.phone, personal=True),
    ListColumn("jurisdiction", "管辖单位", 14, lambda row: row.subject.jurisdiction),
    ListColumn("registrar", "登记单位", 14, lambda row: row.subject.registrar),
    ListColumn("inspectors", "检查人员", 14, lambda row: "、".join(row.people)),
    ListColumn("result", "抽查结果", 18, lambda row: "；".join(row.results), wide=True),
    ListColumn("handling", "处理结果", 10, lambda row: "；".join(row.handlings)),
    ListColumn("disclosed", "是否公示", 6, lambda row: row.disclosed),
)
