"""The kinds of documents (templates/catalogue.toml): what each is called, who signs it, what its template may print."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.library_words import in_chinese, line_told

Rendition = Literal["restricted", "internal", "public"]

RENDITIONS: Mapping[str, str] = {"restricted": "原件", "internal": "内部流转版", "public": "公开版"}


@dataclass(frozen=True)
class DocumentKind:
    """One section of catalogue.toml.

    Attributes:
        id: name used in commands, file names and the archive. title: Chinese name. purpose: what it is for.
        genre: 文种 of an official document, empty for forms. template: file name of its template.
        code: short upper-case code printed in page codes. per: ``case``, ``task`` or ``year``.
        format: ``document``, ``letter``, ``form`` or ``table``. issuer: ``office`` or ``department``: inspection papers
            carry a statutory department's name, plans may carry the coordinating office's (国办发〔2024〕54号).
        series: carries a 发文字号. coded: a QR code on each page. signs: who signs.
        retention: years, None for 永久.
        fields: path → Chinese name of all a template may print; ``rows[].name`` is the name of each row.
        optional: paths that may be absent; they print as nothing.
        renditions: rendition → template. drops: rendition → paths that this rendition never holds.
        folder: the office's folder of templates, None if it has none.
    """

    id: str
    title: str
    template: str
    code: str
    per: Literal["case", "task", "year"] = "task"
    format: Literal["document", "letter", "form", "table"] = "form"
    genre: str = ""
    purpose: str = ""
    issuer: Literal["office", "department"] = "office"
    series: bool = False
    coded: bool = False
    signs: tuple[str, ...] = ()
    retention: int | None = 10
    fields: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    renditions: Mapping[str, str] = field(default_factory=dict)
    drops: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    folder: Path | None = None

    def template_name(self, rendition: str = "restricted") -> str:
        """File name of the template for a rendition; without one of its own it is the kind's."""
        return self.renditions.get(rendition, self.template)

    def template_path(self, rendition: str = "restricted") -> Path:
        """Where the template is: the office's own of that name, or else the shipped one."""
        return find_template(self.template_name(rendition), self.folder)

    def template_bytes(self, rendition: str = "restricted") -> bytes:
        """The template: the office's own of that name, or else the shipped one."""
        return read_template(self.template_name(rendition), self.folder)

    def field_paths(self, rendition: str = "restricted") -> frozenset[str]:
        """The paths a template of this rendition may print."""
        return frozenset(self.fields) - frozenset(self.drops.get(rendition, ()))


@cache
def shipped_templates() -> Path:
    """Folder of the shipped templates (inside the installed package)."""
    return Path(str(files("templates")))


def read_template(name: str, office_templates: Path | None = None) -> bytes:
    """Read a template; see `find_template`."""
    return find_template(name, office_templates).read_bytes()


def find_template(name: str, office_templates: Path | None = None) -> Path:
    """Find a template: the office's own of that name, or else the shipped one.

    Raises:
        UsageError: the name is a path. NotFoundError: there is none.
    """
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        raise UsageError(f"模板名“{name}”应当只是文件名。", "请去掉文件夹部分。")
    for folder in (office_templates, shipped_templates()):
        if folder is not None and (path := folder / name).is_file():
            return path
    raise NotFoundError(f"没有找到模板“{name}”。", "请放到工作区的 templates 文件夹，或重新安装本程序。")


def load_catalogue(office_templates: Path | None = None) -> dict[str, DocumentKind]:
    """Read the catalogue; sections of the office's own templates/catalogue.toml replace or add kinds.

    Args:
        office_templates: ``workspace/templates``, or None.

    Returns:
        The kinds by id, in the order of the catalogue.

    Raises:
        DataError: the office's catalogue is faulty.
    """
    own = office_templates / "catalogue.toml" if office_templates else None
    changed = own.stat().st_mtime_ns if own is not None and own.is_file() else None
    return dict(_kinds(office_templates, changed))


@lru_cache(maxsize=16)
def _kinds(folder: Path | None, changed: int | None) -> Mapping[str, DocumentKind]:
    """The kinds; read again when the office's own catalogue has ``changed`` (None: it has none)."""
    raw = dict(_parse(shipped_templates() / "catalogue.toml"))
    if folder is not None and changed is not None:
        for kind, section in _parse(folder / "catalogue.toml").items():
            raw[kind] = {**raw.get(kind, {}), **section}
    return {kind: _kind(kind, section, folder) for kind, section in raw.items()}


def find_kind(name: str, office_templates: Path | None = None) -> DocumentKind:
    """Find a kind by id, Chinese title or page code.

    Raises:
        NotFoundError: there is none; the message lists those there are.
    """
    catalogue = load_catalogue(office_templates)
    for kind in catalogue.values():
        if name in (kind.id, kind.title, kind.code):
            return kind
    known = "、".join(f"{kind.id}（{kind.title}）" for kind in catalogue.values())
    raise NotFoundError(f"没有“{name}”这种文书。", f"可用的有：{known}。")


def _parse(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise DataError(
            f"文书目录“{path}”{line_told(fault)}写法有误：{in_chinese(fault)}。",
            "请对照随程序提供的 catalogue.toml 改正。",
        ) from fault


#: values of a section that are not text
_SHAPES: dict[str, tuple[type, str]] = {
    "signs": (list, "一列"),
    "optional": (list, "一列"),
    "fields": (dict, "一段"),
    "renditions": (dict, "一段"),
    "series": (bool, "true 或 false"),
    "coded": (bool, "true 或 false"),
    "retention": (int, "年数"),
}


def _kind(kind: str, section: Mapping[str, Any], folder: Path | None) -> DocumentKind:
    known = {one.name for one in fields(DocumentKind)} - {"id", "drops", "folder"} | {"drop_internal", "drop_public"}
    wrong = [f"缺少 {name}" for name in ("title", "template", "code") if name not in section]
    wrong += [f"多出 {name}" for name in section if name not in known]
    for name, value in section.items():
        shape, said = (list, "一列") if name.startswith("drop_") else _SHAPES.get(name, (str, "文字"))
        if name in known and not isinstance(value, shape):
            wrong.append(f"{name} 应是{said}")
    if wrong:
        raise DataError(
            f"文书目录里 [{kind}] 的写法有误：{'、'.join(wrong)}。", "请对照随程序提供的 catalogue.toml 改正。"
        )
    values = dict(section)
    drops = {name: tuple(values.pop(f"drop_{name}")) for name in ("internal", "public") if f"drop_{name}" in values}
    values["retention"] = values.get("retention", 10) or None
    values["signs"] = tuple(values.get("signs", ()))
    values["optional"] = frozenset(values.get("optional", ()))
    return DocumentKind(id=kind, drops=drops, folder=folder, **values)
