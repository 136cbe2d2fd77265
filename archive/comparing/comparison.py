"""What came of holding a scan against the page that was issued: places that agree, differ or cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: x0, y0, x1, y1
Box = tuple[float, float, float, float]

#: what a place is that cannot be told, or what was added there
SEAL, WRITING, WRITTEN_OVER, WRITTEN_IN = "印章", "书写", "书写压字", "紧邻加字"


@dataclass(frozen=True)
class Mark:
    """A place where the scan and the issued page differ.

    Attributes:
        kind: "altered" other words stand there, "missing" nothing stands there, "added" was not printed,
            "undetermined" covered or unreadable.
        place: where, in words, for a person.
        issued: what was printed there.
        found: what stands there now, as far as it can be read; for additions what was read, or "".
        box: x0, y0, x1, y1 in points from the top left of the scanned page as it lies in the file.
        confidence: 0 to 1.
        what: for additions "印章" or "书写"; for what cannot be told "书写压字" (all that was printed is there, and other
            ink runs across it), "紧邻加字" (something stands close by that may be typed in), or "".
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
        confirmed: True no difference was found and nearly every character was seen to be the issued one; False
            something was altered or is missing; None it cannot be told.
        confidence: share of the issued characters seen to be there, 0 to 1.
        added, altered, missing, undetermined: the places.
        registered: whether the scan could be laid over the issued page.
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
        """Where to look on the paper, for a person; all of it if the scan could not even be laid over the issued page."""
        if not self.registered:
            return "整页无法与发出件比对"
        told = [
            f"{mark.place}“{mark.issued[:12]}”{f'（{mark.what}）' if mark.what else ''}" for mark in self.undetermined
        ]
        return "；".join(told[:6]) + ("……" if len(told) > 6 else "")

    def as_json(self) -> dict[str, Any]:
        """Plain values, for the catalogue."""
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
