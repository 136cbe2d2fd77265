"""Collects the data of a form: each field as catalogue.toml says, from the facts of its case, task or year.

The first source of a list's fields decides which list of facts its rows come from; fields from elsewhere are the same in
every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ssj_docs.facts.fact_path import find_path, values
from ssj_docs.facts.field_sources import BRACES, require, source_faults, sources
from ssj_docs.facts.paper_context import CaseContext, TaskContext, YearContext
from ssj_docs.facts.vocabulary import Fact, Facts, Papers, vocabulary
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.paper_kind import ISSUED, NUMBER, ROW, DocumentKind, FormField, Per
from ssj_docs.office.paper_kinds import PaperKinds

Data = dict[str, Any]
Context = CaseContext | TaskContext | YearContext
#: the context, then the row of each list around a field
Stack = tuple[Any, ...]
#: reads a value from the context and enclosing rows; the second argument is the number of the row, from 1
_Read = Callable[[Stack, int], Any]


@dataclass(frozen=True)
class _Value:
    name: str
    read: _Read


@dataclass(frozen=True)
class _Rows:
    name: str
    read: _Read
    below: tuple[_Node, ...]


_Node = _Value | _Rows


def form_data(kind: DocumentKind, kinds: PaperKinds, context: Context) -> Data:
    """Collect the data of a form.

    Args:
        kinds: all kinds of paper, because a form may name issued papers.
        context: of its case, task or year.

    Raises: NotFoundError for a kind that is not filled from the registers; DataError if the catalogue refers to unknown
        facts, or if a fact that the form needs is missing.
    """
    if not kind.fields or set(kind.serves) & {"statistics", "summary"}:
        remedy = Remedy("公文先", do("draft", kind=kind.id)) if kind.official else Remedy(do("statistics"))
        raise NotFoundError(f"“{kind.title}”不能直接由登记的数据制作", remedy)
    facts = vocabulary(kind.per, kinds.of_cases)
    faults = source_faults(kind, facts)
    if faults:
        raise DataError(str(faults[0]), problems=faults)
    require(kind.needs, facts, context)
    return _filled(_plan(tuple(kind.fields.values()), kind.per, kinds.of_cases), (context,), 0)


def _filled(nodes: Sequence[_Node], stack: Stack, place: int) -> Data:
    made: Data = {}
    for node in nodes:
        value = node.read(stack, place)
        if isinstance(node, _Rows):
            value = [_filled(node.below, (*stack, row), number) for number, row in enumerate(value, 1)]
        made[node.name] = value
    return made


# --- made ready once for many forms ---------------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def _plan(fields: tuple[FormField, ...], per: Per, papers: Papers) -> tuple[_Node, ...]:
    return _nodes([(field.path.split("."), field) for field in fields], vocabulary(per, papers), ())


def _nodes(fields: Iterable[tuple[list[str], FormField]], facts: Facts, lists: tuple[str, ...]) -> tuple[_Node, ...]:
    """Readers of the fields below one row; ``lists`` are the lists of facts that the enclosing rows come from."""
    inner: dict[str, list[tuple[list[str], FormField]]] = {}
    for (first, *rest), field in fields:
        if field.source not in (NUMBER, ISSUED):  # unknown before the paper is issued
            inner.setdefault(first, []).append((rest, field))
    made: list[_Node] = []
    for first, below in inner.items():
        name, many = first.removesuffix("[]"), first.endswith("[]")
        rest, field = below[0]
        if rest:
            rows = _list_of([one for _, one in below], facts, lists)
            made.append(_Rows(name, _rows(rows, facts, lists), _nodes(below, facts, (*lists, rows))))
        else:
            made.append(_Value(name, _texts(field, facts, lists) if many else _text(field, facts, lists)))
    return tuple(made)


def _list_of(fields: Iterable[FormField], facts: Facts, lists: tuple[str, ...]) -> str:
    """The list of facts for rows: the first one named below the enclosing lists; empty if there is none."""
    for field in fields:
        for source in sources(field):
            path = find_path(facts, source)
            if path and len(path.lists) > len(lists) and path.lists[: len(lists)] == lists:
                return path.lists[len(lists)]
    return ""


def _rows(source: str, facts: Facts, lists: tuple[str, ...]) -> _Read:
    if not source:
        return lambda _stack, _place: []
    depth, steps = _start(source, facts, lists)
    return lambda stack, _place: values(stack[depth], steps)


def _start(source: str, facts: Facts, lists: tuple[str, ...]) -> tuple[int, Sequence[Fact]]:
    """The context or row from which a source is reached, and the steps from there: the innermost row it names."""
    path = find_path(facts, source)
    assert path is not None, source  # reported by `source_faults`
    common = 0
    while common < len(lists) and path.lists[: common + 1] == lists[: common + 1]:
        common += 1
    return common, path.after(lists[common - 1] if common else "")


def _texts(field: FormField, facts: Facts, lists: tuple[str, ...]) -> _Read:
    """A list of plain texts: one for each value of the source, or for each row that the text names."""
    if not field.text:
        rows = _rows(field.source, facts, lists)
        return lambda stack, place: [str(value) for value in rows(stack, place)]
    named = _list_of([field], facts, lists)
    rows, text = _rows(named, facts, lists), _text(field, facts, (*lists, named))
    return lambda stack, place: [text((*stack, row), n) for n, row in enumerate(rows(stack, place), 1)]


def _text(field: FormField, facts: Facts, lists: tuple[str, ...]) -> _Read:
    """A text: words with facts inserted, or the values of the source, joined."""
    if field.source == ROW and not field.text:
        return lambda _stack, place: str(place)
    if field.text:
        words = BRACES.split(field.text)  # alternating words and paths
        parts = [_joined(part, field.join, facts, lists) if n % 2 else part for n, part in enumerate(words)]
        return lambda stack, place: "".join(p if isinstance(p, str) else p(stack, place) for p in parts)
    if not field.source:
        return lambda _stack, _place: ""
    return _joined(field.source, field.join, facts, lists)


def _joined(source: str, join: str, facts: Facts, lists: tuple[str, ...]) -> _Read:
    rows = _rows(source, facts, lists)
    return lambda stack, place: join.join(str(value) for value in rows(stack, place))
