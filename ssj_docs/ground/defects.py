"""A defect of ours: its traceback goes into a file for the maintainers, never to a clerk."""

from __future__ import annotations

import tempfile
import traceback


def kept_traceback() -> str:
    """Write the traceback of the exception being handled into a file of its own. Returns: its path."""
    with tempfile.NamedTemporaryFile("w", prefix="ssj-error-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(traceback.format_exc().encode("utf-8", "backslashreplace").decode())
        return file.name
