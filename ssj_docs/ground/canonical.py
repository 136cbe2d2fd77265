"""Canonical JSON: the same value always gives the same bytes, so that digests can be compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

from ssj_docs.ground.remedies import Remedy, Say


def _default(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"not a JSON value: {type(value).__name__}")


#: one shared encoder, because creating one for each row costs more than encoding the row
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_default)


def canonical_json(value: Any) -> str:
    """Sorted keys, no blanks, Chinese unescaped; dates as ISO text, dataclasses as objects."""
    return _canonical.encode(value)


def plain_json(value: Any, say: Say = str) -> str:
    """Readable JSON: key order kept, indented by two blanks; remedies in the words of ``say``."""

    def default(one: Any) -> Any:
        return say(one) if isinstance(one, Remedy) else _default(one)

    return json.dumps(value, ensure_ascii=False, indent=2, default=default)


def sha256_of(value: Any) -> str:
    """SHA-256 in hex of bytes, or of the canonical JSON of any other value."""
    data = value if isinstance(value, bytes) else canonical_json(value).encode()
    return hashlib.sha256(data).hexdigest()
