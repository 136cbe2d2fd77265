"""Writes the traceback of a defect to a file for the maintainers, so that users do not see it."""

from __future__ import annotations

import tempfile
import traceback


def kept_traceback() -> str:
    """Write the traceback of the current exception to a new file. Returns: its path."""
    with tempfile.NamedTemporaryFile("w", prefix="ssj-error-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(traceback.format_exc().encode("utf-8", "backslashreplace").decode())
        return file.name
