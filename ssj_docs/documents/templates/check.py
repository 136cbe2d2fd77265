"""A template against its kind: names it prints that the kind does not give, fields it forgets, faults of structure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import nodes
from lxml import etree

from ssj_docs.documents.kinds.catalogue import DocumentKind, load_catalogue, read_template
from ssj_docs.documents.templates.render import CompiledTemplate
from ssj_docs.documents.templates.sandbox import TemplateSandbox
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.problems import Problem

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OWN = frozenset({"_passes", "_concat", "_picture", "_drawing_id", "loop", "range", "true", "false", "none"})
#: millimetres of top margin that a page code needs
_CODE_MARGIN_MM = 30.0
_DICT_METHODS = frozenset({"items", "keys", "values", "get"})


@dataclass(frozen=True)
class TemplateReport:
    """What was found in one template.

    Attributes:
        name: file name. kind: document kind. own: it is the office's. used: paths it prints. problems: what is wrong.
    """

    name: str
    kind: str
    own: bool
    used: tuple[str, ...]
    problems: tuple[Problem, ...]


def check_templates(office_templates: Path | None, kinds: Sequence[str] = ()) -> list[TemplateReport]:
    """Check the templates of form kinds, the office's own where there is one.

    Args:
        office_templates: ``workspace/templates`` or None. kinds: ids; empty means all.

    Raises:
        NotFoundError: an unknown kind.
    """
    catalogue = load_catalogue(office_templates)
    unknown = [kind for kind in kinds if kind not in catalogue]
    if unknown:
        raise NotFoundError(f"没有“{'、'.join(unknown)}”这种文书。", f"可用的有：{'、'.join(catalogue)}。")
    reports: list[TemplateReport] = []
    for kind in catalogue.values():
        if kind.fields and (not kinds or kind.id in kinds):
            reports += [_check(kind, rendition) for rendition in ("restricted", *kind.renditions)]
    return reports


def _check(kind: DocumentKind, rendition: str) -> TemplateReport:
    name = kind.template_name(rendition)
    own = kind.folder is not None and (kind.folder / name).is_file()
    try:
        used, problems = check_template(kind.template_bytes(rendition), kind, rendition)
    except (DataError, NotFoundError) as fault:
        return TemplateReport(
            name, kind.id, own, (), (Problem(name, fault.message, fault.remedy, code="template.bad"),)
        )
    return TemplateReport(name, kind.id, own, tuple(sorted(used)), tuple(problems))


def check_template(
    template: bytes, kind: DocumentKind, rendition: str = "restricted"
) -> tuple[frozenset[str], list[Problem]]:
    """Compare a template's variables with what its kind provides.

    Returns:
        The paths it prints, and the problems: unknown names are errors; required fields that are never printed, and a
        top margin too small for the page code, are warnings.

    Raises:
        DataError: the template cannot be read or has a syntax error.
    """
    name = kind.template_name(rendition)
    compiled = CompiledTemplate(template, name)
    environment = TemplateSandbox()
    used: dict[str, str] = {}
    for source in compiled.sources.values():
        for path, line in _paths(environment.parse(source)):
            used.setdefault(path, _line_text(source, line))
    allowed = _with_parents(kind.field_paths(rendition))
    problems = [
        Problem(
            name,
            f"“{text}”里的“{path}”不在{kind.title}的字段之内。",
            _nearest(allowed, kind),
            field=path,
            code="template.unknown",
        )
        for path, text in used.items()
        if path not in allowed
    ]
    problems += _forgotten(kind, rendition, frozenset(used), name)
    if kind.coded:
        problems += _margin(compiled.part("word/document.xml"), name)
    return frozenset(used), problems


def export_template(kind: DocumentKind, folder: Path, rendition: str = "restricted") -> Path:
    """Copy the shipped template of a kind to a folder, as a start for an own one.

    Raises:
        DataError: there is a file of that name already.
    """
    name = kind.template_name(rendition)
    target = folder / name
    if target.exists():
        raise DataError(f"“{target}”已经存在，没有覆盖。", "请先改名或移走它。")
    folder.mkdir(parents=True, exist_ok=True)
    target.write_bytes(read_template(name))
    return target


def _paths(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """Every path a template reads, loop variables resolved: ``row.name`` in ``for row in rows`` is ``rows[].name``."""
    yield from _walk(tree, {})


def _walk(node: nodes.Node, scope: dict[str, str]) -> Iterator[tuple[str, int]]:
    if isinstance(node, nodes.For):
        yield from _walk(node.iter, scope)
        inner = dict(scope)
        path = _path(node.iter, scope)
        for target in node.target.find_all(nodes.Name) if not isinstance(node.target, nodes.Name) else [node.target]:
            inner[target.name] = f"{path}[]" if path else ""
        for child in (*node.body, *([node.test] if node.test else [])):
            yield from _walk(child, inner)
        for child in node.else_:
            yield from _walk(child, scope)
        return
    if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        yield from _walk(node.node, scope)
        scope[node.target.name] = _path(node.node, scope)
        return
    path = _path(node, scope)
    if path:
        yield path, node.lineno
        return
    for child in node.iter_child_nodes():
        yield from _walk(child, scope)


def _path(node: nodes.Node, scope: dict[str, str]) -> str:
    """The path of an expression of names, attributes and subscripts; "" if it is something else."""
    if isinstance(node, nodes.Name):
        if node.ctx != "load" or node.name in _OWN:
            return ""
        return scope.get(node.name, node.name)
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "_passes":
        return _path(node.args[0], scope)
    if isinstance(node, nodes.Getattr):
        base = _path(node.node, scope)
        return f"{base}.{node.attr}" if base and node.attr not in _DICT_METHODS else base
    if isinstance(node, nodes.Getitem):
        base = _path(node.node, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return f"{base}.{node.arg.value}" if base else ""
        return f"{base}[]" if base else ""
    return ""


def _with_parents(paths: frozenset[str]) -> frozenset[str]:
    """Allowed paths and the lists they stand in: ``rows[].name`` also allows ``rows`` and ``rows[]``."""
    allowed = set(paths)
    for path in paths:
        pieces = path.split(".")
        for end in range(1, len(pieces) + 1):
            piece = ".".join(pieces[:end])
            allowed.update((piece, piece.removesuffix("[]")))
    return frozenset(allowed)


def _nearest(allowed: frozenset[str], kind: DocumentKind) -> str:
    names = "、".join(f"{path}（{label}）" for path, label in kind.fields.items() if path in allowed)
    return f"可用的字段：{names}。"


def _forgotten(kind: DocumentKind, rendition: str, used: frozenset[str], name: str) -> Iterator[Problem]:
    seen = _with_parents(used)
    for path in sorted(kind.field_paths(rendition) - kind.optional):
        if path not in seen and path.removesuffix("[]") not in seen:
            yield Problem(
                name,
                f"模板没有印出“{kind.fields[path]}”。",
                f"如需印出，写 {{{{ {path} }}}}。",
                field=path,
                severity="warning",
                code="template.unused",
            )


def _margin(document: bytes, name: str) -> Iterator[Problem]:
    margin = next(etree.fromstring(document).iter(f"{_W}pgMar"), None)
    top = float(margin.get(f"{_W}top", "0")) / 1440 * 25.4 if margin is not None else 0.0
    if top < _CODE_MARGIN_MM:
        yield Problem(
            name,
            f"上边距 {top:.0f} 毫米，页码二维码会压住文字。",
            f"请把上边距设为 {_CODE_MARGIN_MM:.0f} 毫米以上。",
            severity="warning",
            code="template.margin",
        )


def _line_text(source: str, line: int) -> str:
    lines = source.split("\n")
    text = re.sub(r"<[^>]*>", "", lines[line - 1] if 0 < line <= len(lines) else "")
    return text.replace("#}", "").replace("{#", "").strip()[:40]
