"""What an import was asked, and what it saw and did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ssj_docs.database.registers import Changes
from ssj_docs.ground.problems import Problem, has_errors
from ssj_docs.intake.changes import Changed
from ssj_docs.intake.recipes import Recipe
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.tables.mapping_file import mapping_json
from ssj_docs.intake.tables.table import DataTable, Left, Question
from ssj_docs.model.office import Office


@dataclass(frozen=True)
class ImportOptions:
    """How to import: plan year (None: as the file says), task of a sheet that names none, mapping file, trial run,
    sheets by name, answers to questions (id → choice), columns as the clerk says (heading or letters → key, ``-``: not
    read), who sent the file (empty: as its name tells), whether recipes are used and kept.
    """

    year: int | None = None
    task: str = ""
    mapping: Path | None = None
    dry_run: bool = False
    sheets: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    recipes: bool = True


@dataclass(frozen=True)
class Created:
    """A subject, inspector or case made because the table names it; ``like``: a name of the register that is near."""

    kind: str
    id: str
    name: str
    like: str = ""


@dataclass(frozen=True)
class ImportReport:
    """What an import saw and did.

    Attributes:
        rows: rows of data seen. imported: models stored (0 if an error stopped it). changes: keys added, changed, left.
        changed: for changed keys, which fields went from what to what. tables: as understood.
        left: cells that gave no value. questions: what must be answered before anything is stored.
        recipes: how the table was read the last time, used again.
        created: what was made because the table names it.
        departments: added to the office, or known by a further name. office: as it is after the import.
    """

    kind: Kind
    rows: int
    imported: int
    problems: tuple[Problem, ...]
    changes: Changes = field(default_factory=Changes)
    changed: tuple[Changed, ...] = ()
    tables: tuple[DataTable, ...] = field(default=(), repr=False)
    year: int | None = None
    dry_run: bool = False
    left: tuple[Left, ...] = field(default=(), repr=False)
    questions: tuple[Question, ...] = ()
    recipes: tuple[Recipe, ...] = ()
    created: tuple[Created, ...] = ()
    departments: tuple[str, ...] = ()
    office: Office | None = field(default=None, repr=False)

    @property
    def failed(self) -> bool:
        """True if an error or an open question stopped the import."""
        return has_errors(self.problems) or bool(self.questions)

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, with what changed and how the header was understood."""
        return {
            "rows": self.rows,
            "imported": self.imported,
            "problems": [problem.as_json() for problem in self.problems],
            "kind": self.kind,
            "year": self.year,
            "dry_run": self.dry_run,
            "added": list(self.changes.added),
            "changed": [change.as_json() for change in self.changed],
            "unchanged": self.changes.unchanged,
            "mapping": [mapping_json(table) for table in self.tables],
            "columns": [
                {
                    "sheet": table.sheet.name,
                    "column": table.sheet.address(table.last_row, match.column),
                    "label": match.label,
                    "key": match.key,
                    "how": match.how,
                }
                for table in self.tables
                for match in table.matches
            ],
            "left": [one.as_json() for one in self.left],
            "questions": [one.as_json() for one in self.questions],
            "recipes": [one.as_json() for one in self.recipes],
            "departments": list(self.departments),
            "created": [asdict(one) for one in self.created] if self.imported else [],
        }
