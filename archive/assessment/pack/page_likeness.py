"""Whether a cited page of a pack shows what the paper shows, but for the marks over its words.

Marks are yellow, laid over the page by multiplication, so what they do to each colour is known exactly.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pypdfium2 import PdfDocument, PdfiumError

_DPI = 72
#: what one mark leaves of red, green and blue (`pages`: 1 0.85 0.2, at 40 %)
_MARK = np.array([1.0, 0.6 + 0.4 * 0.85, 0.6 + 0.4 * 0.2])
#: marks over one another
_MOST_MARKS = 4
#: differences of a colour (of 255) by rounding and by the edges of letters
_TOLERANCE = 10
#: differing points that are no more than the edges of marks
_FEW = 12


def same_page(cited: bytes, paper: Path | bytes, page: int) -> bool:
    """True if the one page of ``cited`` is page ``page`` (from 1) of ``paper``, with or without marks."""
    try:
        shown, wanted = _rendered(cited, 1), _rendered(paper, page)
    except (PdfiumError, IndexError, OSError):
        return False
    if shown.shape != wanted.shape:
        return False
    strange = np.ones(shown.shape[:2], dtype=bool)
    for marks in range(_MOST_MARKS + 1):
        strange &= (np.abs(shown - wanted * _MARK**marks) > _TOLERANCE).any(axis=2)
    return int(strange.sum()) <= _FEW


def _rendered(pdf: Path | bytes, page: int) -> NDArray[np.float64]:
    with PdfDocument(pdf) as document:
        if not 1 <= page <= len(document):
            raise IndexError(page)
        picture = document[page - 1].render(scale=_DPI / 72).to_pil().convert("RGB")
    return np.asarray(picture, dtype=np.float64)
