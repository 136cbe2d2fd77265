"""The table of search fields, and the record of a page that they read.

The query language, engines, facets, hints, the options of `ssj search`, the filters of the page and the API, and
docs/search.md are made from `FIELDS`. A new field is a row there; if its value is not in the record yet, add an attribute
to `PageRecord` and set it in `archive.search.records`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from ssj_docs.ground.canonical import canonical_json
from ssj_docs.ground.personal_data import cut_restricted
from ssj_docs.model.office import Office

Origin = Literal["text", "ocr", "issued"]
#: text: the page's text. name: many values, differing from item to item, indexed by their pieces. keyword: few values,
#: indexed whole. year, date: compared by size.
Kind = Literal["text", "name", "keyword", "year", "date"]
Value = str | int | date | tuple[str, ...] | None

#: increase when an index changes in other ways than by the table below; older ones are rebuilt
_LAYOUT = 7
#: origin of a page's text → names in queries, the displayed one first
ORIGIN_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("文字", "文字层", "电子"),
    "ocr": ("扫描识别", "扫描", "扫描件", "识别"),
    "issued": ("原发文字", "原发", "签发"),
}


@dataclass(frozen=True)
class PageRecord:
    """One page of an archived item, with data about its item, case, task and company.

    Attributes:
        case, item, page: identify the page; ``page`` counts from 1.
        kind, kind_label: document kind of the catalogue and its Chinese name.
        title, number: 题名 and 文号.
        year: 年度 or None.
        departments: canonical names.
        task: task id.
        task_name: 抽查任务名称.
        company: 市场主体名称.
        credit_code: 统一社会信用代码.
        people: names.
        results, result_labels: codes and Chinese labels, in the same order.
        handlings: Chinese labels of how the case was handled (处理结果).
        origin: where the text comes from.
        confidence: 0 to 1, None if not measured.
        text: the page's text as read.
        group: empty for an archived page; see `archive.search.office_records.GROUPS`.
        printed: (start, end) of the pieces of the text that the form prints on every copy.
        path: relative to the workspace.
        date: date of the document.
        rendition: ``original``, ``internal`` or ``public``.
        visible_to: departments that may see it; empty for all.
        stamp: changes when content or metadata of the item change, so that the index can be updated.
    """

    case: str
    item: str
    page: int
    kind: str = ""
    kind_label: str = ""
    title: str = ""
    number: str = ""
    year: int | None = None
    departments: tuple[str, ...] = ()
    task: str = ""
    task_name: str = ""
    company: str = ""
    credit_code: str = ""
    people: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    result_labels: tuple[str, ...] = ()
    handlings: tuple[str, ...] = ()
    origin: Origin = "text"
    confidence: float | None = None
    text: str = ""
    path: str = ""
    date: date | None = None
    rendition: str = "original"
    visible_to: tuple[str, ...] = ()
    stamp: str = ""
    printed: tuple[tuple[int, int], ...] = ()
    group: str = ""

    @property
    def id(self) -> str:
        """``case/item/page``."""
        return f"{self.case}/{self.item}/{self.page}"

    def without_restricted(self) -> PageRecord:
        """The record with restricted personal data removed from all texts."""
        cut: dict[str, Any] = {name: _cut(name, getattr(self, name)) for name in _FREE_TEXTS}
        return self if all(value == getattr(self, name) for name, value in cut.items()) else replace(self, **cut)

    def as_mapping(self) -> dict[str, Any]:
        """Everything but the text as a mapping for JSON."""
        values = {name: value.isoformat() if isinstance(value, date) else value for name, value in vars(self).items()}
        del values["text"]
        return values

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], text: str) -> PageRecord:
        """The inverse of `as_mapping`."""
        known: dict[str, Any] = dict(values)
        for name in _TUPLES:
            known[name] = tuple(known[name])
        known["printed"] = tuple(map(tuple, known["printed"]))
        for name in _DATES:
            known[name] = date.fromisoformat(known[name]) if known[name] else None
        return cls(text=text, **known)


_TUPLES = [one.name for one in fields(PageRecord) if one.default == ()]
_DATES = [one.name for one in fields(PageRecord) if one.type == "date | None"]
#: identifiers, codes and names of ours, which hold no personal data; it is removed from all other texts
_OURS = {"case", "item", "kind", "kind_label", "number", "departments", "task", "task_name", "credit_code", "results"}
_OURS |= {"result_labels", "handlings", "printed", "group", "origin", "path", "rendition", "visible_to", "stamp"}
_FREE_TEXTS = [one.name for one in fields(PageRecord) if one.default in ("", ()) and one.name not in _OURS]


def _cut(name: str, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(map(_cut_value, value))
    return cut_restricted(value) if name == "text" else _cut_value(value)


@lru_cache(8192)
def _cut_value(value: str) -> str:
    return cut_restricted(value)


@dataclass(frozen=True)
class Named:
    """A value known to the office: ``label`` is shown to people, ``names`` are its aliases."""

    value: str
    label: str
    names: tuple[str, ...] = ()


#: returns the values known to an office; the second argument is document kinds with their titles
Known = Callable[[Office, Mapping[str, str]], Iterable[Named]]


def _known_departments(office: Office, _: Mapping[str, str]) -> Iterable[Named]:
    return (Named(d.name, d.name, (d.short, d.code, *d.aliases)) for d in office.departments)


def _known_results(office: Office, _: Mapping[str, str]) -> Iterable[Named]:
    return (Named(r.code, r.label, (r.header, *r.aliases)) for r in office.results)


def _known_handlings(office: Office, _: Mapping[str, str]) -> Iterable[Named]:
    return (Named(h.label, h.label, (h.code, *h.aliases)) for h in office.handlings)


def _known_kinds(_: Office, kinds: Mapping[str, str]) -> Iterable[Named]:
    return (Named(kind, title) for kind, title in kinds.items())


def _known_origins(_: Office, __: Mapping[str, str]) -> Iterable[Named]:
    return (Named(origin, names[0], names[1:]) for origin, names in ORIGIN_NAMES.items())


@dataclass(frozen=True)
class SearchField:
    """检索字段.

    Attributes:
        name: in queries, indexes and JSON.
        names: other names allowed before the colon, the displayed one first; without any, it cannot be queried.
        about: a description for the docs.
        kind: see `Kind`.
        value: returns its values of a record; by default the record's attribute of that name.
        cover: whether words without a field also search it, on the first page of an item.
        facet: whether results are counted by its values.
        counted: returns the values to count, if they differ from ``value``.
        option: what the filter of this name accepts, in commands, pages and API; empty if there is none.
        within: fields of which the filter's value may be a part; without any, whole values are compared.
        known: returns the values known to the office.
        alone: whether a known name in a query means that value only, and not others that contain the name.
        told: whether every hit's JSON contains it.
        outcome: whether it tells what came of the case, so that a word of it raises the case's pages.
    """

    name: str
    names: tuple[str, ...]
    about: str
    kind: Kind
    value: Callable[[PageRecord], Value] | None = None
    cover: bool = False
    facet: bool = False
    counted: Callable[[PageRecord], Value] | None = None
    option: str = ""
    within: tuple[str, ...] = ()
    known: Known | None = None
    alone: bool = False
    told: bool = False
    outcome: bool = False

    @property
    def label(self) -> str:
        """The name shown to people."""
        return self.names[0] if self.names else self.name

    def of(self, record: PageRecord) -> Value:
        """The field's value in a record."""
        return self.value(record) if self.value else getattr(record, self.name)


_TABLE = (
    SearchField("text", ("正文", "全文", "body"), "页面文字", "text"),
    SearchField("title", ("标题", "题名"), "件的题名", "name", cover=True),
    SearchField("number", ("文号", "发文字号"), "文号", "name", cover=True),
    SearchField("year", ("年度", "年份"), "任务的年度，没有任务的按日期", "year", facet=True, option="年度"),
    SearchField("date", ("日期",), "文件的日期", "date"),
    SearchField(
        "department",
        ("部门", "单位", "dept"),
        "件的部门、任务的部门",
        "keyword",
        lambda record: record.departments,
        cover=True,
        facet=True,
        option="部门名称、简称或别名",
        known=_known_departments,
    ),
    SearchField(
        "kind",
        ("文种", "种类"),
        "文书种类的名称或代号",
        "keyword",
        lambda record: (record.kind, record.kind_label),
        facet=True,
        counted=lambda record: record.kind_label or record.kind,
        option="文书种类",
        known=_known_kinds,
    ),
    SearchField(
        "result",
        ("检查结果", "结果", "抽查结果"),
        "检查结果的名称或代码",
        "keyword",
        lambda record: (*record.results, *record.result_labels),
        facet=True,
        counted=lambda record: record.result_labels or record.results,
        option="检查结果的名称或代码",
        known=_known_results,
        alone=True,
        outcome=True,
    ),
    SearchField(
        "handling",
        ("处理结果", "处理"),
        "问题怎样处理",
        "keyword",
        lambda record: record.handlings,
        facet=True,
        option="处理结果的名称或代码",
        known=_known_handlings,
        alone=True,
        told=True,
        outcome=True,
    ),
    SearchField(
        "task",
        ("任务", "抽查任务"),
        "抽查任务的编号或名称",
        "keyword",
        lambda record: (record.task, record.task_name),
        facet=True,
        counted=lambda record: record.task,
        option="抽查任务编号",
    ),
    SearchField("case", ("案件", "案卷"), "案件编号", "name", facet=True, option="案件编号"),
    SearchField("item", ("件", "件号"), "件号", "keyword"),
    SearchField(
        "company",
        ("企业", "企业名称", "市场主体", "检查对象", "subject"),
        "市场主体名称",
        "name",
        cover=True,
        facet=True,
        option="企业名称或信用代码（一部分也可）",
        within=("company", "credit"),
    ),
    SearchField(
        "credit",
        ("信用代码", "统一社会信用代码", "credit_code"),
        "统一社会信用代码，没有的为注册号",
        "name",
        lambda record: record.credit_code,
        cover=True,
    ),
    SearchField("people", ("人员", "检查人员", "person"), "检查人员、法定代表人", "name", cover=True),
    SearchField("origin", ("来源",), "页面文字的来源", "keyword", facet=True, known=_known_origins, alone=True),
    SearchField(
        "unread",
        ("未读出",),
        "“是”：没有读出文字的页",
        "keyword",
        lambda record: "" if record.group or record.text.strip() else "是",
    ),
    SearchField("group", (), "归档页以外的类别", "keyword"),
    SearchField("visible", (), "可以看的部门", "keyword", lambda record: record.visible_to or ("*",)),
)
FIELDS: Mapping[str, SearchField] = {one.name: one for one in _TABLE}
#: name before the colon → field
FIELD_OF = {name: one.name for one in _TABLE if one.names for name in (one.name, *one.names)}
COVER_FIELDS = tuple(one.name for one in _TABLE if one.cover)
#: fields that tell what came of a case
OUTCOMES = tuple(one.name for one in _TABLE if one.outcome)
#: fields with facet counts
FACETS = tuple(one.name for one in _TABLE if one.facet)
#: fields with a filter of their own
FILTERS = tuple(one.name for one in _TABLE if one.option)
#: fields that engines index by whole values
WHOLE = tuple(
    one.name for one in _TABLE if one.kind in ("keyword", "year") or one.facet or (one.option and not one.within)
)
#: fields with ranges
PERIODS = tuple(one.name for one in _TABLE if one.kind in ("year", "date"))


def values_of(record: PageRecord, field: str) -> tuple[str, ...]:
    """The non-empty values of a field."""
    return _texts(FIELDS[field].of(record))


def counted_values(record: PageRecord, field: str) -> tuple[str, ...]:
    """The values by which results are counted; Chinese labels if there are any."""
    one = FIELDS[field]
    return tuple(dict.fromkeys(_texts(one.counted(record) if one.counted else one.of(record))))


def ordinal_of(record: PageRecord, field: str) -> int | None:
    """The number by which a year or a date is compared: years themselves, dates as proleptic ordinals."""
    value = FIELDS[field].of(record)
    return value.toordinal() if isinstance(value, date) else value if isinstance(value, int) else None


def _texts(value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(filter(None, value))
    return () if value in (None, "") else (str(value),)


def schema_mark() -> str:
    """Changes with the table and the record, so that an older index is rebuilt."""
    table = [[one.name, one.kind, one.cover, one.facet, one.option > "", list(one.within)] for one in FIELDS.values()]
    told = canonical_json([table, [one.name for one in fields(PageRecord)]])
    return f"{_LAYOUT}-{hashlib.blake2b(told.encode(), digest_size=4).hexdigest()}"
