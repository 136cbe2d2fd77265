"""A kind of paper, as templates/catalogue.toml describes it: what drafts, forms, filing, evidence and pages ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Rendition = Literal["restricted", "internal", "public"]
#: what a draft text or a form is made for
Per = Literal["case", "task", "year"]

RENDITIONS: Mapping[str, str] = {"restricted": "原件", "internal": "内部流转版", "public": "公开版"}
#: step of the work → Chinese; a kind `serves` some of them
ACTS: Mapping[str, str] = {
    "notice": "没有写明文种的拟稿",
    "announce": "印发年度计划",
    "inspect": "实地检查",
    "record": "录入检查结果",
    "disclose": "公示检查结果",
    "transfer": "移交函",
    "order": "责令限期改正",
    "recheck": "复查整改情况",
    "handle": "决定处理方式",
    "answer": "立案或书面回复",
    "close": "办结案件",
    "tell": "告知案件查处结果",
    "statistics": "统计表",
    "summary": "汇总表",
}
#: what an archived paper can prove in the year's assessment → Chinese
PROOFS: Mapping[str, str] = {
    "inspection": "已经检查",
    "disclosure": "已经公示",
    "transfer": "已经移送或函告",
    "handling": "已经处理",
    "closure": "已经结案并告知",
}
#: what the registers must say of a case before a paper is drafted or issued for it → Chinese, as it is missing
CONDITIONS: Mapping[str, str] = {
    "transfer": "检查结果和处理结果里没有要移送、函告的问题",
    "received": "没有登记移送、移交或审核认定",
    "closed": "没有登记结案",
}
#: frame of a 公文 whose kind names no template of its own
FRAMES: Mapping[str, str] = {"document": "gongwen.docx", "letter": "gongwen_letter.docx"}
#: stands for the number that a paper is issued under, which is not known before
NUMBER = "number"
#: stands for 成文日期, likewise known only when the paper is issued
ISSUED = "issued"
#: stands for the place of a row in its list, from 1
ROW = "#"


@dataclass(frozen=True)
class FormField:
    """One value that a form prints.

    Attributes:
        path: as templates write it; ``rows[].name`` is the name of each row. name: Chinese name.
        source: path of the fact it takes (`ssj_docs.facts.vocabulary`), `NUMBER`, `ISSUED`, `ROW`, or empty.
        text: words printed instead, with facts in braces. Neither: left blank, to be filled in by hand.
        join: between several values on one line.
        optional: may be absent; it prints as nothing. dropped: renditions that never hold it.
    """

    path: str
    name: str
    source: str = ""
    text: str = ""
    join: str = "、"
    optional: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandBox:
    """手填处: a place of a form that a person fills in by hand, told by the words printed at it.

    Attributes:
        id: its name in the catalogue. name: Chinese name.
        what: ``result`` (of an item), ``signature``, ``date`` or ``remark``.
        column: heading of a table's column: every cell below it; row: heading of the column that names those rows.
        cell: words of the cell to the left of it. label: words it begins with, in a cell or on a line.
        who: of `DocumentKind.signs`, whose signature it is. seal: a seal serves as well.
        instead: id of the signature that it stands for, such as a note that somebody refused to sign.
    """

    id: str
    name: str
    what: Literal["result", "signature", "date", "remark"]
    column: str = ""
    row: str = ""
    cell: str = ""
    label: str = ""
    who: str = ""
    seal: bool = False
    instead: str = ""

    @property
    def required(self) -> bool:
        """Without it a copy is not signed; signatures beside single rows are not asked for."""
        return self.what == "signature" and not self.column


@dataclass(frozen=True)
class DraftStyle:
    """拟稿样式: a text that a draft starts from, ``templates/drafts/NAME.md.j2``.

    Attributes:
        name: its name. title: Chinese. kind: id of the kind it makes. per: what must be named: a case, a task, or only a year.
        carries: style of the attachment that is written beside it. reports: it tells of work done, so there must be a plan.
    """

    name: str
    title: str
    kind: str
    per: Per = "year"
    carries: str = ""
    reports: bool = False


@dataclass(frozen=True)
class DocumentKind:
    """One section of catalogue.toml.

    Attributes:
        id: name used in commands, file names and the archive. title: Chinese name. purpose: what it is for.
        genre: 文种 of an official document, empty for forms. template: file name of its template.
        code: short upper-case code printed in page codes. per: ``case``, ``task`` or ``year``.
        format: ``document``, ``letter``, ``form`` or ``table``. issuer: ``office`` or ``department``: inspection papers
            carry a statutory department's name, plans may carry the coordinating office's (国办发〔2024〕54号).
        series: carries a 发文字号; series_code: of this 代字, empty: as office.toml says.
        coded: a QR code on each page. signs: who signs. retention: years, None for 永久.
        fields: all that a template may print, by path. boxes: what a person fills in by hand on it.
        renditions: rendition → template.
        drafts: texts a draft can start from. usual: ``ssj forms`` makes it unless told otherwise.
        needs: facts without which it cannot be made.
        when: what the registers must say of the case (`CONDITIONS`).
        due: event from which on the case file must hold it, ``problem`` for a finding that is a problem; empty: once
            issued, if somebody signs it.
        serves: steps of the work (`ACTS`). proves: what it is evidence of (`PROOFS`) → place, the surest first.
        on_issue / on_archive: event that its being issued, or its signed copy's coming in, is evidence of.
        own: the office's own catalogue names it.
    """

    id: str
    title: str
    template: str
    code: str
    per: Per = "task"
    format: Literal["document", "letter", "form", "table"] = "form"
    genre: str = ""
    purpose: str = ""
    issuer: Literal["office", "department"] = "office"
    series: bool = False
    series_code: str = ""
    coded: bool = False
    signs: tuple[str, ...] = ()
    retention: int | None = 10
    fields: Mapping[str, FormField] = field(default_factory=dict)
    boxes: tuple[HandBox, ...] = ()
    renditions: Mapping[str, str] = field(default_factory=dict)
    drafts: tuple[DraftStyle, ...] = ()
    usual: bool = False
    needs: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    due: str = ""
    serves: tuple[str, ...] = ()
    proves: Mapping[str, int] = field(default_factory=dict)
    on_issue: str = ""
    on_archive: str = ""
    own: bool = False

    @property
    def official(self) -> bool:
        """A 公文, written as a draft; the others are filled in from the registers."""
        return self.format in ("document", "letter")

    @property
    def names(self) -> dict[str, str]:
        """Chinese names of the fields by path."""
        return {path: one.name for path, one in self.fields.items()}

    def template_name(self, rendition: str = "restricted") -> str:
        """File name of the template for a rendition; without one of its own it is the kind's."""
        return self.renditions.get(rendition, self.template)

    def field_paths(self, rendition: str = "restricted") -> frozenset[str]:
        """The paths a template of this rendition may print."""
        return frozenset(path for path, one in self.fields.items() if rendition not in one.dropped)
