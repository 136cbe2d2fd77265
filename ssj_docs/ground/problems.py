"""Faults in data as values: each `Problem` names the place, the value and the remedy, and all of them are reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ssj_docs.ground.remedies import Advice, Say, actions_json

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """A fault in data from outside.

    Attributes:
        source: file name, or where the data came from.
        message: a Chinese sentence saying what is wrong.
        remedy: what to do, as a Chinese sentence or with actions.
        sheet: sheet name, or empty.
        cell: a cell such as ``G13``, or ``第 12 行`` in text files; empty for a whole file.
        field: the official column or key name.
        value: the original text.
        severity: ``error`` stops the action, ``warning`` does not.
        code: a stable identifier such as ``plan.category``, for tests and filters.
        about: the part of the text that is meant, where that is not all of it.
    """

    source: str
    message: str
    remedy: Advice = ""
    sheet: str = ""
    cell: str = ""
    field: str = ""
    value: str = ""
    severity: Severity = "error"
    code: str = ""
    about: str = ""

    def as_json(self) -> dict[str, Any]:
        """The problem as `ssj import --json` gives it."""
        return {
            "source": self.source,
            "sheet": self.sheet,
            "cell": self.cell,
            "field": self.field,
            "value": self.value,
            "message": self.message,
            "remedy": self.remedy,
            "actions": actions_json(self.remedy),
            "severity": self.severity,
            "code": self.code,
        }

    def __str__(self) -> str:
        return self.told()

    def told(self, say: Say = str) -> str:
        """The problem on one line, with the remedy in the words of the caller."""
        return self.fault + (f"（{say(self.remedy)}）" if self.remedy else "")

    @property
    def fault(self) -> str:
        """What is wrong and where."""
        place = " ".join(part for part in (self.source, self.sheet, self.cell, self.field) if part)
        value = f"“{_short(self.value)}”" if self.value and not self.message.startswith(f"“{self.value}”") else ""
        return f"{place}：{value}{self.message}"


def _short(value: str) -> str:
    """A value shortened to one line; ``--json`` has all of it."""
    line = " ".join(value.split())
    return line if len(line) <= 60 else line[:57] + "……"


def has_errors(problems: Iterable[Problem]) -> bool:
    """Return whether any problem stops the action."""
    return any(problem.severity == "error" for problem in problems)
