"""The result of comparing a scan with the page that was issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: x0, y0, x1, y1
Box = tuple[float, float, float, float]

#: causes of undetermined places, and kinds of additions
SEAL, WRITING, WRITTEN_OVER, WRITTEN_IN = "印章", "书写", "书写压字", "紧邻加字"


@dataclass(frozen=True)
class Mark:
    """A place where the scan and the issued page differ.

    Attributes:
        kind: "altered" (other text), "missing" (no text), "added" (not printed) or
            "undetermined" (covered or unreadable).
        place: a description of the place, for people.
        issued: what was printed there.
        found: what is there now, as far as it can be read; may be empty.
        box: x0, y0, x1, y1 in points from the top left of the scanned page.
        confidence: 0 to 1.
        what: for additions "印章" or "书写"; for undetermined places "书写压字" (all print is there, with other ink across
            it), "紧邻加字" (something close by that may be typed in), or "".
    """

    kind: str
    place: str
    issued: str
    found: str
    box: Box
    confidence: float
    what: str = ""


@dataclass(frozen=True)
class Comparison:
    """How a scan agrees with the page that was issued.

    Attributes:
        confirmed: True if no difference was found and nearly every character was seen to be the issued one; False if
            something was altered or is missing; None if that cannot be told.
        confidence: share of the issued characters that were seen, 0 to 1.
        added, altered, missing, undetermined: the places.
        registered: whether the scan could be aligned with the issued page.
        to_page: 3 × 3 matrix from points of the issued page to points of the scanned page.
    """

    confirmed: bool | None
    confidence: float
    added: tuple[Mark, ...] = ()
    altered: tuple[Mark, ...] = ()
    missing: tuple[Mark, ...] = ()
    undetermined: tuple[Mark, ...] = ()
    registered: bool = False
    to_page: tuple[tuple[float, ...], ...] = ()

    def doubts(self) -> str:
        """The places that a person should look at; the whole page if the scan could not be aligned."""
        if not self.registered:
            return "整页无法与发出件比对"
        told = [
            f"{mark.place}“{mark.issued[:12]}”{f'（{mark.what}）' if mark.what else ''}" for mark in self.undetermined
        ]
        return "；".join(told[:6]) + ("……" if len(told) > 6 else "")

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain values, for the catalogue."""
        marks = {
            kind: [[m.place, m.issued, m.found, list(m.box), round(m.confidence, 3), m.what] for m in found]
            for kind, found in (
                ("added", self.added),
                ("altered", self.altered),
                ("missing", self.missing),
                ("undetermined", self.undetermined),
            )
        }
        return {"confirmed": self.confirmed, "confidence": round(self.confidence, 4), **marks}
