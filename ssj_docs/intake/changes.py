"""What an import changed in models that were there already: field by field, restricted values unnamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from ssj_docs.database.registers import Changes
from ssj_docs.model.case import Finding

_LISTED = 500
_RESTRICTED = {"phone", "id_number"}


@dataclass(frozen=True)
class Changed:
    """One model that changed: its key and, field by field, (name, before, after) as text."""

    key: str
    fields: tuple[tuple[str, str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """``{"id", "fields": [{"field", "before", "after"}]}``."""
        return {
            "id": self.key,
            "fields": [{"field": name, "before": before, "after": after} for name, before, after in self.fields],
        }


def what_changed(changes: Changes, before: Sequence[Any], after: Sequence[Any]) -> tuple[Changed, ...]:
    """The differences of the models that ``changes`` says were changed, at most 500 of them."""
    wanted = set(changes.changed[:_LISTED])
    old = {_key(model): model for model in before if _key(model) in wanted}
    new = {_key(model): model for model in after if _key(model) in wanted}
    return tuple(Changed(key, _differences(old[key], new[key])) for key in changes.changed[:_LISTED] if key in old)


def _key(model: Any) -> str:
    return f"{model.case}/{model.department}/{model.item}" if isinstance(model, Finding) else str(model.id)


def _differences(old: Any, new: Any) -> tuple[tuple[str, str, str], ...]:
    found = []
    for field in fields(new):
        a, b = getattr(old, field.name), getattr(new, field.name)
        if a != b and field.name != "raw":
            shown = ("（不显示）", "（已变更）") if field.name in _RESTRICTED else (_text(a), _text(b))
            found.append((field.name, *shown))
    return tuple(found)


def _text(value: Any) -> str:
    raw = getattr(value, "raw", None)
    if isinstance(raw, str):
        return raw
    return "、".join(map(str, value)) if isinstance(value, tuple) else str(value if value is not None else "")
