"""Faults in data are values: a `Problem` names the place, the value and the remedy; all are listed, never just one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ssj_docs.ground.remedies import Advice, Say, actions_json

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One fault in data from outside.

    Attributes:
        source: file name, or what the data came from.
        message: Chinese sentence saying what is wrong.
        remedy: what to do, as a Chinese sentence or with actions.
        sheet: sheet name, empty where there is none.
        cell: cell such as ``G13``, or ``第 12 行`` for text files; empty for a whole file.
        field: the official column or key name.
        value: the raw text as it stands.
        severity: ``error`` stops the action, ``warning`` does not.
        code: stable identifier such as ``plan.category`` for tests and filters.
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

    def as_json(self) -> dict[str, Any]:
        """The contract's shape (DESIGN: ``import``), plus source, remedy, its actions and code."""
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
        """On one line, the remedy in the words of a face."""
        return self.fault + (f"（{say(self.remedy)}）" if self.remedy else "")

    @property
    def fault(self) -> str:
        """What is wrong and where."""
        place = " ".join(part for part in (self.source, self.sheet, self.cell, self.field) if part)
        value = f"“{_short(self.value)}”" if self.value and not self.message.startswith(f"“{self.value}”") else ""
        return f"{place}：{value}{self.message}"


def _short(value: str) -> str:
    """A value on one line of a list; ``--json`` has it whole."""
    line = " ".join(value.split())
    return line if len(line) <= 60 else line[:57] + "……"


def has_errors(problems: Iterable[Problem]) -> bool:
    """True if any problem stops the action."""
    return any(problem.severity == "error" for problem in problems)
