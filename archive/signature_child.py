"""Validates signatures in limited children; started as ``python -m archive.signature_child``.

Apart from `archive.pdf_child`, because loading pyHanko takes three times as long as all the rest.
"""

from __future__ import annotations

from archive.child_loop import serve
from archive.signature_validation import check_in_child

if __name__ == "__main__":
    serve({"signatures": check_in_child})
