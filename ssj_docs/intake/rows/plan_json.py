"""The contract's JSON of a task: raw text beside each normalised value."""

from __future__ import annotations

from datetime import date
from typing import Any

from ssj_docs.model.plan import InspectionTask


def task_json(task: InspectionTask) -> dict[str, Any]:
    """One object of ``ssj plan show --json``: percent as 3.0, dates ISO or null, unbounded sides null."""
    ratio = task.ratio
    return {
        "id": task.id,
        "year": task.year,
        "row": task.row,
        "serial": task.serial,
        "plan": task.plan,
        "task": task.name,
        "field": task.field,
        "items": list(task.items),
        "partner_items": list(task.partner_items),
        "object": task.object,
        "category": task.category,
        "type": task.type,
        "initiators": list(task.initiators),
        "partners": list(task.partners),
        "level": task.level,
        "ratio": {
            "raw": ratio.raw,
            "form": ratio.form,
            "low": ratio.low,
            "high": ratio.high,
            "count": ratio.count,
            "count_high": ratio.count_high,
            "levels": [list(pair) for pair in ratio.levels],
        },
        "frequency": {"raw": task.frequency.raw, "per_year": task.frequency.per_year},
        "window": {"raw": task.window.raw, "start": _iso(task.window.start), "end": _iso(task.window.end)},
        "raw": dict(task.raw),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
