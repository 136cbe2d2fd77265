"""ssj demo: the whole chain on the example year, from spreadsheet to search hit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from importlib import resources
from pathlib import Path

from ssj_docs.errors import NotFoundError
from ssj_docs.intake.columns import Kind
from ssj_docs.intake.importing import ImportOptions, import_files
from ssj_docs.workspace import Workspace, init_workspace, open_workspace

#: the day on which the example year is looked at
EXAMPLE_TODAY = date(2026, 11, 20)
EXAMPLE_YEAR = 2026
#: the example's signed copies carry codes made with this key; a real office gets a secret one from ``ssj init``
EXAMPLE_KEY = "e0" * 32
_IMPORTS: tuple[Kind, ...] = ("plan", "items", "subjects", "inspectors", "draw", "results")


def example_folder() -> Path:
    """The example office's files, inside the installed package or the source tree."""
    folder = Path(str(resources.files("examples") / "qinghe"))
    if not folder.is_dir():
        raise NotFoundError("没有找到示例数据 examples/qinghe", "请重新安装本程序")
    return folder


def open_example(root: Path, *, now: datetime, say: Callable[[str], None] = lambda _: None) -> Workspace:
    """Make (or open) a workspace of the example office and import its six workbooks; run again, it changes nothing."""
    source = example_folder()
    if not (root / "ssj.key").exists():
        root.mkdir(parents=True, exist_ok=True)
        (root / "ssj.key").write_text(EXAMPLE_KEY + "\n", "ascii")
        (root / "ssj.key").chmod(0o600)
    init_workspace(root)
    workspace = open_workspace(root, today=EXAMPLE_TODAY, now=now)
    for kind, path in zip(_IMPORTS, sorted(source.glob("0*.xlsx")), strict=True):
        report = import_files(workspace, kind, [path], ImportOptions(year=EXAMPLE_YEAR))
        say(f"导入 {path.name}：{report.imported} 行")
    return workspace
