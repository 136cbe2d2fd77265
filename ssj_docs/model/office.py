"""The office: what office.toml says, as data. Every rule carries the clause it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Department:
    """成员单位. ``code`` is a short ASCII id used in paths and codes; ``short`` is what forms print in narrow cells."""

    code: str
    name: str
    short: str = ""
    aliases: tuple[str, ...] = ()
    statutory: bool = True


@dataclass(frozen=True)
class NumberSeries:
    """机关代字 of one kind of document. ``code`` is the 代字 as printed, e.g. ``青双随机办``; serials run per year.

    ``kinds``: document kinds it numbers, none for all others. ``departments``: the bodies whose papers it numbers.
    """

    code: str
    name: str = ""
    kinds: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    start: int = 1


@dataclass(frozen=True)
class ResultCategory:
    """检查结果: a stable code, the label of forms, the label of table heads; ``clean`` means no problem was found."""

    code: str
    label: str
    header: str = ""
    clean: bool = False
    problem: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Handling:
    """处理结果."""

    code: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deadline:
    """期限: from ``start`` (an event), ``days`` days in the ``unit`` as written, ``act`` must be done.

    ``reading`` says how a bare 日 is read: ``workday``, ``calendar`` or ``earlier`` (warn at the earlier, show both).
    ``applies``: ``all``, ``problem`` (some finding is a problem), ``transfer``, ``filed``, ``closed``.
    ``met_by``: the event that fulfils it.
    """

    id: str
    start: str
    days: int
    unit: Literal["工作日", "日"]
    act: str
    met_by: str
    clause: str
    reading: Literal["workday", "calendar", "earlier"] = "workday"
    applies: str = "all"


@dataclass(frozen=True)
class RatioRule:
    """抽查比例 rule: ``group`` is a grade (``A``-``D``) or a subject tag; percent bounds; ``exempt_cap`` lifts the cap."""

    group: str
    name: str
    low: float | None
    high: float | None
    clause: str
    exempt_cap: bool = False


@dataclass(frozen=True)
class Rules:
    """Numbers of `ssj check`, each with its clause (see office.toml [rules])."""

    subject_cap: int = 2
    subject_cap_clause: str = ""
    min_inspectors: int = 2
    min_inspectors_clause: str = ""
    general_cap: float | None = None
    general_cap_clause: str = ""
    one_grade_a_draw: bool = True
    ratios: tuple[RatioRule, ...] = ()
    rounding: Literal["ceil", "floor", "round"] = "ceil"


@dataclass(frozen=True)
class Retention:
    """保管期限 of a document kind: ``years`` is None for 永久."""

    kind: str
    years: int | None
    clause: str = ""


@dataclass(frozen=True)
class Indicator:
    """考核指标: ``measure`` names a measure of archive.assessment.indicator_measures; the rest is how to count, show and judge it.

    Attributes:
        unit: what is counted; 户 instead of 户次 counts each subject once. several: a subject counted once is met if
            ``all`` its 户次 are, or ``any`` of them. cutoff: day until which facts count, None for the year's last.
    """

    id: str
    name: str
    measure: str
    question: str = ""
    numerator: str = ""
    denominator: str = ""
    unit: str = "户"
    target: float | None = None
    clause: str = ""
    cutoff: date | None = None
    several: Literal["all", "any"] = "all"


@dataclass(frozen=True)
class Office:
    """One office, as checked by `ssj_docs.office.settings`.

    Attributes:
        name: full name. red_header: 发文机关标志. signature: 署名 lines. printer: 印发机关. short: for forms.
        code: ASCII code printed in page codes, never changed once in use.
        seal_for: body whose seal stands in (代章), empty if none.
        area: words that may stand before a department name (青禾县, 县, 全县 …), longest first.
        fonds: 全宗号 of the archive. archive_number: template of 档号.
        results / handlings / deadlines / …: vocabularies and rules.
        search_engine: "auto"|"tantivy"|"whoosh". quiet_seconds: how long a file in the inbox that may still be written must
            have been quiet before it is taken.
    """

    name: str
    red_header: str
    signature: tuple[str, ...]
    printer: str
    short: str = ""
    code: str = "SSJ"
    seal_for: str = ""
    contact: str = ""
    area: tuple[str, ...] = ()
    fonds: str = "0001"
    archive_number: str = "{fonds}-WS·{year}-{retention}-{department}-{serial:04d}"
    departments: tuple[Department, ...] = ()
    series: tuple[NumberSeries, ...] = ()
    results: tuple[ResultCategory, ...] = ()
    handlings: tuple[Handling, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    rules: Rules = Rules()
    retention: tuple[Retention, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    holidays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    workdays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    search_engine: str = "auto"
    quiet_seconds: int = 120

    def department(self, name: str) -> Department | None:
        """The department of this canonical name or code, or None."""
        return next((d for d in self.departments if name in (d.name, d.code)), None)

    def result(self, code: str) -> ResultCategory | None:
        """The result category of this code, or None."""
        return next((r for r in self.results if r.code == code), None)

    def handling(self, code: str) -> Handling | None:
        """The handling of this code, or None."""
        return next((h for h in self.handlings if h.code == code), None)

    def series_for(self, kind: str, department: str = "") -> NumberSeries | None:
        """The series that numbers this document kind.

        For an office's paper the one that names the kind, or else the first for all kinds. For a department's paper
        (国办发〔2024〕54号: inspection papers are not the coordinating office's) the one that names kind and department,
        or else the one that names the kind for every department; never a series for all kinds.
        """
        named = [s for s in self.series if kind in s.kinds]
        own = next((s for s in named if department and department in s.departments), None)
        shared = own or next((s for s in named if not s.departments), None)
        if shared or department:
            return shared
        return next((s for s in self.series if not s.kinds and not s.departments), None)
