"""Checks where catalogue.toml says the fields of a form come from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ssj_docs.facts.fact_path import find_path, nearest, values
from ssj_docs.facts.vocabulary import Facts
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.paper_kind import ISSUED, NUMBER, ROW, DocumentKind, FormField

#: a fact in the text of a field
BRACES = re.compile(r"\{([^{}]+)\}")


def source_faults(kind: DocumentKind, facts: Facts) -> list[Problem]:
    """Faults in the sources of a kind's fields, with section and key.

    These are facts that do not exist, and personal data that the public version would show.
    """
    faults = [_unknown(kind, "needs", path, facts) for path in kind.needs if find_path(facts, path) is None]
    for field in kind.fields.values():
        place = f"fields.{_quoted(field.path)}"
        for source in sources(field):
            path = find_path(facts, source)
            if path is None:
                faults.append(_unknown(kind, place, source, facts))
            elif path.steps[-1].personal and "public" not in field.dropped:
                told = f"{path.steps[-1].name}不能印在公开版上"
                faults.append(_fault(kind, place, source, told, '加上 drop = ["public"]', "catalogue.personal"))
    return faults


def _unknown(kind: DocumentKind, place: str, source: str, facts: Facts) -> Problem:
    remedy = nearest(facts, source) or "可用的内容见 docs/paper-facts.md"
    return _fault(kind, place, source, f"没有“{source}”这项内容", remedy, "catalogue.source")


def _fault(kind: DocumentKind, place: str, value: str, told: str, remedy: str, code: str) -> Problem:
    return Problem("catalogue.toml", told, remedy, field=f"[{kind.id}] {place}", value=value, code=code)


def _quoted(path: str) -> str:
    return f'"{path}"' if "[" in path else path


def sources(field: FormField) -> list[str]:
    """Paths of facts that a field names."""
    if field.text:
        return BRACES.findall(field.text)
    return [field.source] if field.source not in ("", NUMBER, ISSUED, ROW) else []


def require(needs: Sequence[str], facts: Facts, thing: object) -> None:
    """Check that the facts a paper needs are there. Raises: DataError for the first that is missing."""
    for need in needs:
        path = find_path(facts, need)
        if path is not None and not any(values(thing, path.steps)):
            remedy = Remedy("先", do("import", kind="results"), "，或核对编号")
            raise DataError(f"{thing} 没有{path.steps[-1].name}", remedy)
