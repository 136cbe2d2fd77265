"""What reading a table gives: models, and every problem with its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Action, Value, do
from ssj_docs.intake.tables.table import Choice, DataTable, Question, TableRow
from ssj_docs.intake.values.reading import Note, Reading

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """Models read from a table and the problems met.

    Attributes:
        rows: rows of data seen. models: what they say; complete only if no problem is an error and no question open.
    """

    rows: int
    models: tuple[T, ...]
    problems: tuple[Problem, ...]
    questions: tuple[Question, ...] = ()


@dataclass
class ProblemLog:
    """The problems met while one table is read, and what only the clerk can say; ``answers``: question id → choice."""

    table: DataTable
    answers: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)

    def ask(self, row: TableRow, key: str, topic: str, text: str, choices: Sequence[Choice]) -> str:
        """The answer, else empty and the question is kept; one topic is asked once in a table."""
        identity = ":".join(filter(None, (topic, self.table.sheet.name)))
        if identity in self.answers:
            return self.answers[identity]
        sheet = self.table.sheet.name
        self.questions.setdefault(identity, Question(identity, sheet, row.cell(key), text, tuple(choices)))
        return ""

    def take(self, row: TableRow, key: str, reading: Reading[V]) -> V:
        """The value of a reading; its notes become problems at the cell."""
        for note in reading.notes:
            self.note(row, key, note)
        return reading.value

    def note(self, row: TableRow, key: str, note: Note, value: str | None = None) -> None:
        """Put a problem at a cell."""
        self.problems.append(self.table.problem(row, key, note, value))

    def again(self, **given: Value) -> Action:
        """To import the file again."""
        return do("import", kind=self.table.kind, file=self.table.source, **given)

    def require(self, row: TableRow, keys: Sequence[str], code: str) -> bool:
        """Put an error for each blank key; True if none is blank."""
        blank = [key for key in keys if not row.text(key).strip()]
        for key in blank:
            title = self.table.titles.get(key, key)
            self.note(row, key, Note(code, f"“{title}”没有填写", "请补填", "error"))
        return not blank
