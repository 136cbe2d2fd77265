"""What a clerk does to a generated draft before it is issued: fill in the open places; and a department's own 代字."""

from __future__ import annotations

import re
from pathlib import Path

#: cases of the example whose facts allow these papers
CASES = {
    "yijiaohan": "2026-001-0005",
    "gaozhihan": "2026-001-0005",
    "fuhan": "2026-001-0005",
    "jiean": "2026-003-0003",
}
_SERIES = """
[[series]]
code = "青应急函"
kinds = ["fuhan", "jiean"]
departments = ["应急管理局"]

[[series]]
code = "青市监函"
kinds = ["fuhan", "jiean"]
departments = ["市场监督管理局"]

[[series]]
code = "青消函"
kinds = ["fuhan", "jiean"]
departments = ["消防救援大队"]
"""


def fill(path: Path) -> Path:
    """Put words where a draft says 请填写."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"（请填写[^）]*(?:单位|部门)）", "青禾县行政审批局", text)
    path.write_text(re.sub(r"（请[^）]*填写[^）]*）", "情况属实，已经按规定办理。", text), encoding="utf-8")
    return path


def departments_number_letters(root: Path) -> None:
    """Give departments of the example series of their own for letters."""
    settings = root / "office.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + _SERIES, encoding="utf-8")
