"""Validates signatures in limited children; started by `archive.files.limited_child`.

Apart from `archive.files.pdf_child`, because loading pyHanko takes three times as long as all the rest.
"""

from __future__ import annotations

from archive.files.child_loop import serve
from archive.signatures.validation import check_in_child

if __name__ == "__main__":
    serve({"signatures": check_in_child})
