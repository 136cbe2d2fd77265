"""Checks templates against their kinds: unknown names, unused required fields, structural faults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError
from lxml import etree

from ssj_docs.documents.templates.plain_text import PlainText, plain_sandbox
from ssj_docs.documents.templates.read_paths import read_paths
from ssj_docs.documents.templates.render import CompiledTemplate
from ssj_docs.documents.templates.sandbox import TemplateSandbox
from ssj_docs.facts.field_sources import source_faults
from ssj_docs.facts.vocabulary import FIGURES, paths, vocabulary
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.ground.problems import Problem
from ssj_docs.model.paper_kind import DocumentKind, DraftStyle
from ssj_docs.office.paper_kinds import PaperKinds, load_kinds
from ssj_docs.office.template_files import DRAFT_SUFFIX, DRAFTS, draft_names, find_template, is_own

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: minimum top margin for a page code, in millimetres
_CODE_MARGIN_MM = 30.0


@dataclass(frozen=True)
class TemplateReport:
    """The result for one template.

    Attributes:
        name: file name.
        kind: document kind.
        own: whether it is the office's own.
        used: the paths it prints.
        problems: what is wrong.
    """

    name: str
    kind: str
    own: bool
    used: tuple[str, ...]
    problems: tuple[Problem, ...]


def check_templates(office_templates: Path | None, kinds: Sequence[str] = ()) -> list[TemplateReport]:
    """Check the templates of forms and the texts of drafts, the office's own where there is one.

    Args:
        office_templates: ``workspace/templates`` or None. kinds: ids; empty means all.

    Raises:
        NotFoundError: an unknown kind.
    """
    known = load_kinds(office_templates)
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise NotFoundError(f"没有“{'、'.join(unknown)}”这种文书。", f"可用的有：{'、'.join(known)}。")
    reports: list[TemplateReport] = []
    for kind in known.values():
        if kinds and kind.id not in kinds:
            continue
        if kind.fields:
            reports += [
                _check(kind, known, rendition, office_templates) for rendition in ("restricted", *kind.renditions)
            ]
        reports += [_check_draft(style, known, office_templates) for style in kind.drafts]
    return reports + ([] if kinds else _unclaimed(known, office_templates))


def _check(kind: DocumentKind, known: PaperKinds, rendition: str, office_templates: Path | None) -> TemplateReport:
    name = kind.template_name(rendition)
    own, used, problems = False, frozenset[str](), source_faults(kind, vocabulary(kind.per, known.of_cases))
    try:
        path = find_template(name, office_templates)
        own = is_own(path, office_templates)
        used, found = check_template(path.read_bytes(), kind, rendition)
        problems += found
    except (DataError, NotFoundError) as fault:
        problems.append(Problem(name, fault.message, fault.remedy, code="template.bad"))
    return TemplateReport(name, kind.id, own, tuple(sorted(used)), tuple(problems))


def _check_draft(style: DraftStyle, known: PaperKinds, office_templates: Path | None) -> TemplateReport:
    file = style.name + DRAFT_SUFFIX
    own, used, problems = False, dict[str, int](), list[Problem]()
    try:
        path = find_template(file, office_templates, DRAFTS)
        own = is_own(path, office_templates)
        text = PlainText(path.read_text(encoding="utf-8-sig"))
        used = dict(read_paths(plain_sandbox().parse(text.source)))
        problems = _unknown_names(file, style, used, known)
    except NotFoundError as fault:
        problems = [Problem(file, fault.message, fault.remedy, code="template.missing")]
    except (TemplateError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        cell = f"第 {line} 行" if line else ""
        problems = [Problem(file, f"写法有误：{in_chinese(error)}。", "请改正标记。", cell=cell, code="template.bad")]
    return TemplateReport(file, style.kind, own, tuple(sorted(used)), tuple(problems))


def _unknown_names(file: str, style: DraftStyle, used: Mapping[str, int], known: PaperKinds) -> list[Problem]:
    """Names used by a draft text that its case, task or year does not provide."""
    facts = vocabulary("case" if style.per == "case" else "task", known.of_cases)
    allowed = _with_parents(frozenset({path for path, fact in paths(facts) if not fact.personal} | set(FIGURES)))
    return [
        Problem(
            file,
            f"没有“{path}”这项内容。",
            "可用的内容见 docs/paper-facts.md。",
            cell=f"第 {line} 行",
            field=path,
            code="template.unknown",
        )
        for path, line in used.items()
        if path not in allowed
    ]


def _unclaimed(known: PaperKinds, office_templates: Path | None) -> list[TemplateReport]:
    """Draft texts without a kind."""
    told = "没有哪种文书用这个拟稿样式。"
    remedy = "在 catalogue.toml 里写一节同名的文书，或在所属文书下写 [文书.drafts.样式名]。"
    return [
        TemplateReport(file, "", True, (), (Problem(file, told, remedy, code="template.unclaimed"),))
        for file in (f"{name}{DRAFT_SUFFIX}" for name in sorted(draft_names(office_templates) - set(known.drafts)))
    ]


def check_template(
    template: bytes, kind: DocumentKind, rendition: str = "restricted"
) -> tuple[frozenset[str], list[Problem]]:
    """Compare a template's variables with what its kind provides.

    Returns:
        The paths it prints, and the problems: unknown names are errors; unused required fields, and a top margin too small for
        the page code, are warnings.

    Raises:
        DataError: the template cannot be read or has a syntax error.
    """
    name = kind.template_name(rendition)
    compiled = CompiledTemplate(template, name)
    environment = TemplateSandbox()
    used: dict[str, str] = {}
    for source in compiled.sources.values():
        for path, line in read_paths(environment.parse(source)):
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
    target.write_bytes(find_template(name).read_bytes())
    return target


def _with_parents(paths: frozenset[str]) -> frozenset[str]:
    """Allowed paths and the lists that contain them: ``rows[].name`` also allows ``rows`` and ``rows[]``."""
    allowed = set(paths)
    for path in paths:
        pieces = path.split(".")
        for end in range(1, len(pieces) + 1):
            piece = ".".join(pieces[:end])
            allowed.update((piece, piece.removesuffix("[]")))
    return frozenset(allowed)


def _nearest(allowed: frozenset[str], kind: DocumentKind) -> str:
    names = "、".join(f"{path}（{field.name}）" for path, field in kind.fields.items() if path in allowed)
    return f"可用的字段：{names}。"


def _forgotten(kind: DocumentKind, rendition: str, used: frozenset[str], name: str) -> Iterator[Problem]:
    seen = _with_parents(used)
    for path in sorted(path for path in kind.field_paths(rendition) if not kind.fields[path].optional):
        if path not in seen and path.removesuffix("[]") not in seen:
            yield Problem(
                name,
                f"模板没有印出“{kind.fields[path].name}”。",
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
