"""The register of measures: unit, denominator, numerator, and the function that counts.

A measure is one function in `archive.assessment.indicator_measures` decorated with `@measure`; office.toml uses the
function's name. The table in docs/assessment.md is made from this register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from archive.assessment.year_record import Unit, YearRecord
from ssj_docs.model.office import Indicator

Count = Callable[[YearRecord], Iterator[Unit]]


@dataclass(frozen=True)
class Measure:
    """算法: ``count`` yields each of the units ``of`` that is judged; those ``met`` make the numerator."""

    unit: str
    of: str
    met: str
    count: Count

    @property
    def units(self) -> tuple[str, ...]:
        """Units in which it can count, its own first; 户次 can also be counted as 户."""
        return (self.unit, "户") if self.unit == "户次" else (self.unit,)


#: by function name; filled by importing `archive.assessment.indicator_measures`
MEASURES: dict[str, Measure] = {}


def measure(unit: str = "户次", *, of: str, met: str) -> Callable[[Count], Count]:
    """Register the decorated function as a measure; ``of`` and ``met`` describe denominator and numerator."""

    def enter(count: Count) -> Count:
        MEASURES[count.__name__] = Measure(unit, of, met, count)
        return count

    return enter


def counted(indicator: Indicator, record: YearRecord) -> tuple[Unit, ...]:
    """The units of an indicator: those of its measure, or each subject once (户) if it asks for that."""
    known = MEASURES[indicator.measure]
    units = tuple(known.count(record))
    return units if indicator.unit == known.unit else tuple(_by_subject(record, units, indicator))


def _by_subject(record: YearRecord, units: Iterable[Unit], indicator: Indicator) -> Iterator[Unit]:
    """Group 户次 into 户: met if all, or any, of a subject's are met, as the indicator says."""
    held: dict[str, list[Unit]] = {}
    for unit in units:
        held.setdefault(record.facts[unit.key].case.subject, []).append(unit)
    for subject, mine in held.items():
        met = (all if indicator.several == "all" else any)(unit.met for unit in mine)
        why = mine[0].why if len(mine) == 1 else "；".join(f"{unit.key}：{unit.why}" for unit in mine)
        yield Unit(
            subject,
            mine[0].label,
            met,
            why,
            tuple(c for u in mine for c in u.cases),
            tuple(p for u in mine for p in u.proofs),
            tuple(k for u in mine for k in u.lacks),
        )
