"""Makes a form from its kind and data: check the fields, remove what a rendition may not contain, fill, paginate, add codes.

The data is a mapping whose keys are explained in templates/catalogue.toml under ``[kind.fields]``; ``rows[].name`` means
that ``rows`` is a list of mappings with the key ``name``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ssj_docs.documents.forms.page_marks import mark_pages
from ssj_docs.documents.paging.paging import PagedBody, paginate
from ssj_docs.documents.templates.properties import CORE, core_properties
from ssj_docs.documents.templates.render import CompiledTemplate, FilledDocument
from ssj_docs.documents.text.wording import break_title
from ssj_docs.ground.errors import DataError, UsageError
from ssj_docs.ground.problems import Problem
from ssj_docs.model.paper_kind import RENDITIONS, DocumentKind, FormField
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.template_files import find_template

_BODY = "word/document.xml"


def make_form(
    kind: DocumentKind | str,
    data: Mapping[str, Any],
    *,
    rendition: str = "restricted",
    codes: Sequence[str] = (),
    office_templates: Path | None = None,
) -> bytes:
    """Make one form.

    Args:
        kind: a kind or its id.
        data: its fields, see the module's docstring.
        rendition: ``restricted``, ``internal`` or ``public``; the latter two lack the fields that the catalogue omits.
        codes: text of each page's QR code, as many as `page_count` gives; none for a form without codes.
        office_templates: ``workspace/templates``, None for the shipped templates only.

    Returns:
        The .docx; the same arguments give the same bytes.

    Raises:
        DataError: fields are missing, or the template is faulty. UsageError: the number of codes is not that of pages.
    """
    return prepare_form(kind, data, rendition=rendition, office_templates=office_templates).finish(codes)


def page_count(
    kind: DocumentKind | str,
    data: Mapping[str, Any],
    *,
    rendition: str = "restricted",
    office_templates: Path | None = None,
) -> int:
    """The number of pages of a form with page codes, without laying it out."""
    return prepare_form(kind, data, rendition=rendition, office_templates=office_templates).pages


def prepare_form(
    kind: DocumentKind | str,
    data: Mapping[str, Any],
    *,
    rendition: str = "restricted",
    office_templates: Path | None = None,
) -> PreparedForm:
    """Fill a form and calculate its pages; `PreparedForm.finish` then adds the codes. See `make_form`."""
    found = load_kinds(office_templates).find(kind) if isinstance(kind, str) else kind
    if rendition not in RENDITIONS:
        raise UsageError(f"没有“{rendition}”这种版本。", f"可用：{'、'.join(RENDITIONS)}。")
    path = find_template(found.template_name(rendition), office_templates)
    state = path.stat()
    template = _compiled(path, state.st_mtime_ns, state.st_size)
    filled = template.fill(form_context(found, data, rendition))
    if CORE in filled.names:
        filled.parts[CORE] = _properties(found, data).decode()
    return PreparedForm(found, filled)


def _properties(kind: DocumentKind, data: Mapping[str, Any]) -> bytes:
    """Title, author and date of a form: what it is and of whom, who signs it, the day it shows."""
    title = str(data.get("title") or kind.title)
    subject = data.get("subject_name")
    author = str(data.get("signature") or data.get("department") or "")
    day = str(data.get("date") or data.get("drawn") or data.get("published") or "")
    return core_properties(f"{title}（{subject}）" if subject else title, author, day)


@lru_cache(maxsize=64)
def _compiled(path: Path, _changed: int, _size: int) -> CompiledTemplate:
    """Prepare a template file; again if the file has changed."""
    return CompiledTemplate(path.read_bytes(), path.name)


class PreparedForm:
    """A filled form whose pages do not have codes yet.

    Attributes:
        kind: its kind.
        digest: SHA-256 (hexadecimal) of the content without codes.
    """

    def __init__(self, kind: DocumentKind, filled: FilledDocument) -> None:
        self.kind = kind
        self._filled = filled
        self._body = filled.part(_BODY)
        self._paged: PagedBody | None = None

    @property
    def pages(self) -> int:
        """The calculated number of pages; 1 for tables of many pages, which flow by themselves."""
        return self._layout().pages if self.kind.coded else 1

    @property
    def digest(self) -> str:
        """SHA-256 of the filled body: what was printed, whatever the codes are."""
        return hashlib.sha256(self._body.encode("utf-8")).hexdigest()

    def finish(self, codes: Sequence[str] = ()) -> bytes:
        """The .docx with a code on each page; without codes, the word processor decides where pages end.

        May be called once.
        """
        if codes and not self.kind.coded:
            raise UsageError(f"{self.kind.title}不印页码二维码。")
        if codes:
            self._filled.parts[_BODY] = mark_pages(self._layout(), codes, self._filled.pictures, _BODY)
        return self._filled.save()

    def _layout(self) -> PagedBody:
        if self._paged is None:
            self._paged = paginate(self._body, self.kind.title)
        return self._paged


def form_context(kind: DocumentKind, data: Mapping[str, Any], rendition: str = "restricted") -> dict[str, Any]:
    """The data for a template of this rendition: missing optional fields are empty; fields that the catalogue does not name, or
    that the rendition may not contain, are removed.

    Raises:
        DataError: with one Problem for each missing field.
    """
    fields = _fields(tuple(kind.fields.values()), rendition)
    problems = list(_problems(kind.title, fields, data))
    if problems:
        names = "；".join(problem.message for problem in problems[:5])
        raise DataError(f"{kind.title}的数据有 {len(problems)} 处问题：{names}", "请补齐数据后再制作。", problems)
    context = _select(fields, data)
    if "title" in context:
        context["title"] = _title_lines(kind, str(context["title"]))
    return context


@lru_cache(maxsize=1024)
def _broken_title(title: str, width: int) -> str:
    return "\n".join(break_title(title, width))


def _title_lines(kind: DocumentKind, title: str) -> str:
    """Break a title longer than a line (18 pt on 165 mm or 20 pt on 267 mm) at word boundaries."""
    width = 25 if kind.format == "form" else 36
    return title if len(title) <= width else _broken_title(title, width)


class _Field(NamedTuple):
    """A field of the catalogue, prepared for many forms.

    Attributes:
        name: key in the data.
        path: as in the catalogue.
        label: in Chinese.
        required: it must be present.
        many: it is a list.
        below: fields of each entry, None for plain values.
        dropped: the rendition may not contain it.
    """

    name: str
    path: str
    label: str
    required: bool
    many: bool
    below: tuple[_Field, ...] | None
    dropped: bool


@lru_cache(maxsize=128)
def _fields(named: tuple[FormField, ...], rendition: str) -> tuple[_Field, ...]:
    """``rows[].name`` → a field ``rows`` with the field ``name`` below."""
    known = {field.path: field for field in named}
    optional = {path for path, field in known.items() if field.optional}
    tree: dict[str, Any] = {}
    for path in known:
        node = tree
        *parents, last = path.split(".")
        for part in parents:
            node = node.setdefault(part, {})
        node.setdefault(last, {})

    def ready(node: dict[str, Any], prefix: str) -> tuple[_Field, ...]:
        made = []
        for key, inner in node.items():
            path, name = f"{prefix}{key}", key.removesuffix("[]")
            below = ready(inner, f"{path}.") if inner else None
            needed = path not in optional and not (inner and all(f"{path}.{last}" in optional for last in inner))
            field = known.get(path)
            label, dropped = (field.name, rendition in field.dropped) if field else (name, False)
            made.append(_Field(name, path, label, needed, key.endswith("[]"), below, dropped))
        return tuple(made)

    return ready(tree, "")


def _problems(source: str, fields: tuple[_Field, ...], data: Mapping[str, Any]) -> Iterator[Problem]:
    for name, path, label, required, many, below, _ in fields:
        if name not in data:
            if required:
                yield Problem(source, f"缺少“{label}”。", "请补上这一项。", field=path, code="form.missing")
        elif many:
            value = data[name]
            if isinstance(value, str) or not isinstance(value, Sequence):
                yield Problem(source, f"“{label}”应当是清单。", "请按一项一条给出。", field=path, code="form.list")
            elif below is not None:
                for entry in value:
                    yield from _problems(source, below, entry)


def _select(fields: tuple[_Field, ...], data: Mapping[str, Any]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for name, _, _, _, many, below, dropped in fields:
        if dropped:
            continue
        value = data.get(name)
        if not many:
            chosen[name] = "" if value is None else value
        elif below is None:
            chosen[name] = list(value or ())
        else:
            chosen[name] = [_select(below, entry) for entry in value or ()]
    return chosen
