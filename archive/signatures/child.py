"""Validates signatures in limited children; started by `archive.files.limited_child`.

Separate from `archive.files.pdf_child` because loading pyHanko takes three times as long as everything else.
"""

from __future__ import annotations

from archive.files.child_loop import serve
from archive.signatures.validation import check_in_child

if __name__ == "__main__":
    serve({"signatures": check_in_child})
