"""Template files: the office's own, or else the shipped ones."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from ssj_docs.ground.errors import NotFoundError, UsageError

DRAFTS = "drafts"
#: suffix of draft texts
DRAFT_SUFFIX = ".md.j2"


@cache
def shipped_templates() -> Path:
    """Folder of the shipped templates (inside the installed package)."""
    return Path(str(files("templates")))


def find_template(name: str, office_templates: Path | None = None, folder: str = "") -> Path:
    """Find a template: the office's own of that name, or else the shipped one.

    Args:
        office_templates: ``workspace/templates``, or None.
        folder: a subfolder, empty for none.

    Raises:
        UsageError: the name is a path. NotFoundError: there is none.
    """
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        raise UsageError(f"模板名“{name}”应当只是文件名。", "请去掉文件夹部分。")
    for place in (office_templates, shipped_templates()):
        if place is not None and (path := place / folder / name).is_file():
            return path
    raise NotFoundError(
        f"没有找到模板“{f'{folder}/' if folder else ''}{name}”。", "请放到工作区的 templates 文件夹，或重新安装本程序。"
    )


def is_own(path: Path, office_templates: Path | None) -> bool:
    """Return whether the office has a template of its own."""
    return office_templates is not None and path.is_relative_to(office_templates)


def draft_names(office_templates: Path | None = None) -> set[str]:
    """Names of all draft texts, shipped and own."""
    folders = [place / DRAFTS for place in (office_templates, shipped_templates()) if place is not None]
    return {
        path.name.removesuffix(DRAFT_SUFFIX)
        for folder in folders
        if folder.is_dir()
        for path in folder.iterdir()
        if path.name.endswith(DRAFT_SUFFIX)
    }
