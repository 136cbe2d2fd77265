"""Maps the office's names to values in the index, in filters and queries, and reports unknown names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from archive.search.fields.analyzer import normalise
from archive.search.fields.fields import FIELDS, Named
from archive.search.query.filters import Filters
from archive.search.query.parser import And, Keyword, Node, Not, Or, Word
from ssj_docs.model.office import Office


class Names:
    """The values known to the office, by field."""

    def __init__(self, office: Office, kinds: Mapping[str, str]) -> None:
        """``kinds`` are document kinds with their titles."""
        self._known = {name: tuple(one.known(office, kinds)) for name, one in FIELDS.items() if one.known}

    def as_indexed(self, filters: Filters) -> Filters:
        """Filter values as in the index; they may be given by any of their names, or by a part of the displayed one."""
        values = {name: [known for value in wanted for known in self._values(name, value)]
                  for name, wanted in filters.values.items()}  # fmt: skip
        return replace(filters, values=values)

    def _values(self, field: str, asked: str) -> list[str]:
        known = self._known.get(field, ())
        exact = [one.value for one in known if asked in (one.value, one.label, *one.names)]
        return exact or [one.value for one in known if asked in one.label] or [asked]

    def unknown(self, filters: Filters) -> list[str]:
        """A remark for each unknown filter value, so that "no hits" is not mistaken for "no documents"."""
        return [
            f"没有这个{FIELDS[field].label}：{value}（可用：{'、'.join(one.label for one in known)}）。"
            for field, known in self._known.items()
            for value in filters.values.get(field, ())
            if value not in {one.value for one in known}
        ]

    def read(self, node: Node) -> Node:
        """The query, with words that name a value of their field replaced by that value."""
        match node:
            case Word(text, field) if field in self._known:
                same = tuple(one.value for one in self._known[field] if _is_named(text, one))
                if not same:
                    return node
                return Keyword(field, same) if FIELDS[field].alone else Or((node, Keyword(field, same)))
            case And(parts):
                return And(tuple(map(self.read, parts)))
            case Or(parts):
                return Or(tuple(map(self.read, parts)))
            case Not(part):
                return Not(self.read(part))
            case _:
                return node

    def spoken_of(self, text: str) -> Iterator[tuple[str, str]]:
        """(name, displayed name) of each known value that a text names, by its longest name in it."""
        for one in self._all():
            spoken = [name for name in _spoken(one) if name in text]
            if spoken:
                yield max(spoken, key=len), one.label

    def same_as(self, name: str) -> list[str]:
        """The other names of a value, normalised."""
        found = (other for one in self._all() if name in _spoken(one) for other in _spoken(one))
        return [other for other in dict.fromkeys(found) if other != name]

    def _all(self) -> Iterator[Named]:
        return (one for known in self._known.values() for one in known)

    def has_part(self, word: Word) -> bool:
        """Return whether the word is part of a known name of its field; True if the field has no known values."""
        known = self._known.get(word.field)
        names = (name for one in known or () for name in (one.value, one.label, *one.names))
        return known is None or any(word.text in normalise(name) for name in names)


def _spoken(one: Named) -> list[str]:
    """The names that people write, normalised; codes are none."""
    names = (normalise(name) for name in (one.label, *one.names))
    return [name for name in names if len(name) > 1 and not name.isascii()]


def _is_named(text: str, one: Named) -> bool:
    return text in {normalise(name) for name in (one.value, one.label, *one.names) if name}
