"""The reading of one file: what it knows, what it asks, and what it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.table import Choice, Left, Question


@dataclass
class Inquiry:
    """What the reading of one file knows and gathers."""

    source: str
    kind: Kind
    cells: CellKinds
    answers: Mapping[str, str]
    tasks: Sequence[str] = ()
    forced: Mapping[str, str] = field(default_factory=dict)
    task: str = ""
    departments: Sequence[str] = ()
    problems: list[Problem] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def ask(self, sheet: str, cell: str, topic: str, text: str, choices: Sequence[Choice]) -> str:
        """The answer given with the call (``topic:*`` wherever it is asked), else empty and the question is kept."""
        identity = f"{topic}:{sheet}:{cell}" if sheet else f"{topic}:{cell}"
        for known in (identity, f"{topic}:*"):
            if known in self.answers:
                return self.answers[known]
        self.questions.append(Question(identity, sheet, cell, text, tuple(choices)))
        return ""

    def warn(self, sheet: str, cell: str, message: str, remedy: str, code: str) -> None:
        """A remark that stops nothing."""
        self.problems.append(Problem(self.source, message, remedy, sheet, cell, severity="warning", code=code))

    def refuse(self, sheet: str, cell: str, message: str) -> None:
        """What stops the import, as the clerk decided."""
        self.problems.append(Problem(self.source, message, "不用导入", sheet, cell, code="table.refused"))
