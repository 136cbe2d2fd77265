"""Failures: one class for each cause, with its exit code; the remedy is part of the failure.

The command line and the pages each have one handler for `SsjError`. Any other exception that arrives there is a defect of
this program (exit code 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssj_docs.ground.problems import Problem
    from ssj_docs.ground.remedies import Advice


class SsjError(Exception):
    """A failure to report to the user.

    Args:
        message: a Chinese sentence that names the file, the cell or the number.
        remedy: what to do, as a Chinese sentence or with actions; may be empty.
    """

    exit_code = 1
    #: problems in the data that caused it
    problems: tuple[Problem, ...] = ()

    def __init__(self, message: str, remedy: Advice = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(SsjError):
    """The arguments are invalid (2)."""

    exit_code = 2


class DataError(SsjError):
    """Problems in the data stopped the action; nothing was changed (3)."""

    exit_code = 3

    def __init__(self, message: str, remedy: Advice = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, remedy)
        self.problems = tuple(problems)


class MissingProgramError(SsjError):
    """An external program or a font is missing (4)."""

    exit_code = 4


class FixityError(SsjError):
    """Stored bytes, a signature or the journal are not what they were (5)."""

    exit_code = 5


class ChangedMeanwhileError(SsjError):
    """Somebody else changed the data since the user looked at it (6)."""

    exit_code = 6


class NumberConflictError(SsjError):
    """A document number is taken, void or out of order (6)."""

    exit_code = 6


class NotFoundError(SsjError):
    """The named task, case, document or file does not exist (7)."""

    exit_code = 7
