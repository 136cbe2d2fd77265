"""Reads an assessment back from the JSON of its pack, so that everything the pack shows can be made again and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from archive.assessment.assessment import Assessment, IndicatorResult
from archive.assessment.evidence_finder import Proof
from archive.assessment.selections import Question
from archive.assessment.year_record import Lack, Unit
from archive.assessment.year_work import YearWork
from ssj_docs.model.office import Indicator

_WORK = TypeAdapter(YearWork)
_PROOF = TypeAdapter(Proof)


def recorded(told: Mapping[str, Any]) -> Assessment:
    """The assessment of a pack's ``assessment.json``.

    In the public rendition lists are counts; units, proofs and gaps are then numbered ones that give the same figures.

    Raises: KeyError, TypeError, ValueError, IndexError if it is not what `Assessment.as_json` writes.
    """
    return Assessment(
        int(told["year"]),
        date.fromisoformat(told["cutoff"]),
        tuple(map(_result, told["indicators"])),
        _WORK.validate_python(told["work"]),
        tuple(
            Question(one["question"], tuple(one["queries"]), tuple(map(_proof, one["evidence"])))
            for one in told.get("questions", ())
        ),
        tuple(map(_lack, told.get("not_assessable", ()))),
    )


def _proof(told: Mapping[str, Any]) -> Proof:
    return _PROOF.validate_python(dict(told))


def _result(told: Mapping[str, Any]) -> IndicatorResult:
    indicator = Indicator(
        told["id"],
        told["name"],
        told["measure"],
        told["question"],
        told["numerator_text"],
        told["denominator_text"],
        told["unit"],
        told["target"],
        told["clause"],
        date.fromisoformat(told["cutoff"]) if told["cutoff"] else None,
        told["several"],
    )
    if isinstance(told["units"], int):
        return IndicatorResult(indicator, _counted(told), tuple(_numbered(told["selected"])))
    proofs = [_proof(one) for one in told["evidence"]]
    lacks = [_lack(one) for one in told["missing"]]
    units = tuple(
        Unit(
            one["key"],
            one["label"],
            one["met"],
            one["why"],
            tuple(one["cases"]),
            tuple(proofs[place] for place in one["evidence"]),
            tuple(lacks[place] for place in one["missing"]),
        )
        for one in told["units"]
    )
    return IndicatorResult(indicator, units, tuple(map(_proof, told["selected"])))


def _lack(told: Mapping[str, Any]) -> Lack:
    page = _proof(told["proof"]) if "proof" in told else None
    return Lack(told["case"], told["what"], told["ask"], page, told["short"])


def _counted(told: Mapping[str, Any]) -> tuple[Unit, ...]:
    """Units without names: the first ones met, the first of these proved; all proofs hang on one unit, all gaps on the last."""
    proofs, proved, last = _numbered(told["evidence"]), told["proved"], told["denominator"] - 1
    lacks = tuple(Lack("", str(n), "") for n in range(told["missing"]))
    bearer = 0 if proved else last
    return tuple(
        Unit(
            str(n),
            "",
            n < told["numerator"],
            "",
            (),
            proofs if n == bearer else proofs[:1] if n < proved else (),
            lacks if n == last else (),
        )
        for n in range(told["denominator"])
    )


def _numbered(count: int) -> tuple[Proof, ...]:
    return tuple(Proof("", "", page, "", "", "", "") for page in range(count))


def misstated(told: Mapping[str, Any], made: Assessment) -> Sequence[str]:
    """Figures of ``assessment.json`` that do not follow from its own units, in words."""
    faults = []
    for one, result in zip(told["indicators"], made.indicators, strict=True):
        wanted = {
            "numerator": result.numerator,
            "proved": result.proved,
            "denominator": result.denominator,
            "value": result.value,
            "met": result.met,
        }
        if not isinstance(one["units"], int):
            wanted |= {"evidence": len(result.proofs), "missing": len(result.lacks)}
        for key, right in wanted.items():
            said = len(one[key]) if isinstance(one[key], list) else one[key]
            if said != right:
                faults.append(f"指标“{one['name']}”的 {key} 写作 {said}，按其逐项情况应为 {right}")
    return faults
