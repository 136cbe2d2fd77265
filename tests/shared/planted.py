"""Modules left in a folder as somebody might in a shared inbox."""

from __future__ import annotations

from pathlib import Path

#: names that our children or the interpreter itself import
PLANTED = ("cv2", "json", "numpy", "pikepdf", "PIL", "openpyxl", "csv", "runpy", "sitecustomize", "usercustomize")


def plant(folder: Path, note: Path) -> None:
    """Leave modules in a folder, as somebody might in a shared inbox; each writes its name when it is run."""
    for name in PLANTED:
        code = f"open({str(note)!r}, 'a').write('{name} in {folder.name}\\n')\nraise ImportError('planted')\n"
        (folder / f"{name}.py").write_text(code)
