"""Exact filters that narrow a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archive.search.fields.analyzer import normalise
from archive.search.fields.fields import FIELDS
from archive.search.query.parser import And, Keyword, Node, Or, Word


@dataclass(frozen=True)
class Filters:
    """Exact filters: several values of a field mean any of them; all fields must match.

    Attributes:
        values: field (one of `fields.FILTERS`) → values.
        viewer: the department that searches; pages visible only to others are neither found nor counted.
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    viewer: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields with a filter."""
        return tuple(name for name, values in self.values.items() if values)


def narrowed(node: Node, filters: Filters) -> Node:
    """The query narrowed by the filters."""
    parts = [node, *(_either(name, filters.values[name]) for name in filters.fields)]
    if filters.viewer:
        parts.append(Keyword("visible", ("*", filters.viewer)))
    return And(tuple(parts)) if len(parts) > 1 else node


def _either(name: str, values: Sequence[str]) -> Node:
    within = FIELDS[name].within
    if not within:
        return Keyword(name, tuple(values))
    return Or(tuple(Word(normalise(value), field) for value in values for field in within))
