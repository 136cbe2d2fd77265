"""What the office knows already, as far as it tells columns and sheets apart: tasks, subjects, inspectors by what names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.people_list import NamedPerson, read_people
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionTask

#: words of a role that leads a group
LEADING = ("组长", "主检", "带队", "领队", "牵头")


@dataclass(frozen=True)
class Register:
    """Names and numbers of the registers, squeezed.

    Attributes:
        tasks: names. task_words: all that names a task (name, id). subjects, people: name or number → ids.
    """

    tasks: tuple[str, ...] = ()
    task_words: frozenset[str] = frozenset()
    subjects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def people_in(self, text: str) -> list[NamedPerson]:
        """The inspectors that a cell names; [] if it names anybody or anything else."""
        if not self.people or not text or len(text) > 200:
            return []
        named = read_people(text)
        return named if all(person.name in self.people for person in named) else []


def register_of(
    tasks: Iterable[InspectionTask], subjects: Iterable[Subject] = (), inspectors: Iterable[Inspector] = ()
) -> Register:
    """The register that these make."""
    known = tuple(tasks)
    return Register(
        tuple(task.name for task in known),
        frozenset(squeeze(word) for task in known for word in (task.id, task.name, task.plan) if word),
        _by_word((one.id, (one.name, one.credit_code, one.registration)) for one in subjects),
        _by_word((one.id, (one.name, one.id)) for one in inspectors),
    )


def _by_word(entries: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for identity, words in entries:
        for word in filter(None, map(squeeze, words)):
            found[word] = found.get(word, frozenset()) | {identity}
    return found
