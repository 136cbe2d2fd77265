"""The example office as the tests of the assessment share it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.assessment.assessment import Assessment
from ssj_docs.office.workspace import Workspace


@dataclass(frozen=True)
class Office:
    """The example office, what it is assessed to be, and its three packs by rendition."""

    workspace: Workspace
    assessment: Assessment
    packs: dict[str, Path]
