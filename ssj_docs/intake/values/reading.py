"""What every normaliser gives: a value and notes about what was wrong or had to be guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ssj_docs.ground.problems import Severity
from ssj_docs.ground.remedies import Advice

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Note:
    """A remark about one text, before its place (sheet, cell) is known.

    Attributes:
        code: stable identifier, e.g. ``window.unread``. message: Chinese. remedy, severity, about: as in `Problem`.
    """

    code: str
    message: str
    remedy: Advice = ""
    severity: Severity = "warning"
    about: str = ""


@dataclass(frozen=True)
class Reading(Generic[T_co]):
    """A normalised value with its notes; the raw text stays with the caller."""

    value: T_co
    notes: tuple[Note, ...] = ()
