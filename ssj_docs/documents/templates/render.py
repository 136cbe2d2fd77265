"""Fills .docx templates with data: prepared once, rendered many times, the same bytes for the same input.

docxtpl prepares a template well (tags split over runs, ``{%tr``, ``{%p``, ``{% vm %}``, ``{% colspan %}``), but repeats
that for every form. Here each part is prepared once; a form then takes one run of the compiled template and one zip. A
picture whose alternative text is ``{{ name }}`` is replaced by the picture of that name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, UndefinedError
from lxml import etree

from ssj_docs.documents.templates.package_writer import pack, read_package, write_package
from ssj_docs.documents.templates.placed_pictures import PlacedPictures
from ssj_docs.documents.templates.safety import make_harmless
from ssj_docs.documents.templates.sandbox import TemplateSandbox, concat, pass_counter
from ssj_docs.documents.templates.table_grid import in_schema_order, refit_tables
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.ground.remedies import Remedy, do

#: control characters other than tab and newline, lone surrogates and non-characters: not allowed in XML 1.0
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PARAGRAPH = re.compile(r"<w:p(?=[ >])")
_TEMPLATED = re.compile(r"\{\{|\{%|\{#")
_RENDERED_PARTS = re.compile(r"^(word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml|docProps/core\.xml)$")


def render_template(
    template: bytes, context: Mapping[str, object], pictures: Mapping[str, bytes] | None = None, name: str = "模板"
) -> bytes:
    """Fill a template; compiled templates are cached.

    Args:
        template: a .docx with docxtpl tags.
        context: plain data only (text, numbers, dates, lists, mappings); None prints as nothing.
        pictures: PNG or JPEG by name, for pictures whose alternative text gives the name.
        name: the template's name in messages.

    Returns:
        The .docx. The same arguments give the same bytes.

    Raises:
        DataError: the template is faulty or uses a name that the data does not have.
    """
    return compile_template(template, name).render(context, pictures)


@lru_cache(maxsize=64)
def compile_template(template: bytes, name: str = "模板") -> CompiledTemplate:
    """Prepare a template; the last 64 are cached."""
    return CompiledTemplate(template, name)


class CompiledTemplate:
    """A prepared template: parts with tags compiled, all other parts packed.

    Args:
        template: the .docx.
        name: its name in messages.

    Raises:
        DataError: not a docx, a syntax error (with its paragraph), or content that templates may not have.
    """

    def __init__(self, template: bytes, name: str = "模板") -> None:
        self.name = name
        parts = make_harmless(read_package(template, name), name)
        if "word/document.xml" not in parts:
            raise DataError(f"模板“{name}”里没有正文。", "请用 Word 或 WPS 另存为 .docx 后再用。")
        self._raw = parts
        environment = TemplateSandbox()
        self.sources: dict[str, str] = {}
        self._widened: set[str] = set()
        self._escaping: set[str] = set()
        self._compiled: dict[str, Template] = {}
        for part, content in parts.items():
            if _RENDERED_PARTS.match(part):
                source = _prepare(content)
                if _TEMPLATED.search(source):
                    self.sources[part] = source
                    if "\\" in source:
                        self._escaping.add(part)
                    if "{%tc " in _text_of(content):
                        self._widened.add(part)
                    self._compiled[part] = self._compile(environment, part, source)
        self._packed = {part: pack(part, content) for part, content in parts.items()}
        self._verified = False

    def render(self, context: Mapping[str, object], pictures: Mapping[str, bytes] | None = None) -> bytes:
        """Fill the template; see `render_template`."""
        return self.fill(context, pictures).save()

    def fill(self, context: Mapping[str, object], pictures: Mapping[str, bytes] | None = None) -> FilledDocument:
        """Fill the parts, but do not pack them yet, so that page codes can be added."""
        data = {key: plain(value, key) for key, value in context.items()}
        placed = PlacedPictures(pictures or {}, self.name)
        data.update(_passes=pass_counter(), _concat=concat, _picture=placed.place, _drawing_id=placed.next_id)
        parts: dict[str, str] = {}
        for part, template in self._compiled.items():
            placed.begin(part)
            text = self._run(template, part, data)
            if part in self._widened:
                text = refit_tables(text)
            parts[part] = text
        return FilledDocument(self, parts, placed)

    @property
    def names(self) -> Collection[str]:
        """Names of all parts."""
        return self._raw.keys()

    def part(self, name: str) -> bytes:
        """A part of the template without tags."""
        return self._raw[name]

    def pack_filled(self, parts: Mapping[str, str], placed: PlacedPictures) -> bytes:
        """Write the docx: filled parts and pictures compressed, all others copied."""
        replaced = {part: pack(part, text.encode("utf-8"), level=1) for part, text in parts.items()}
        if placed.used:
            replaced.update(placed.parts(self._raw))
        names = [*self._raw, *(part for part in replaced if part not in self._raw)]
        return write_package(replaced.get(part) or self._packed[part] for part in names)

    def _compile(self, environment: TemplateSandbox, part: str, source: str) -> Template:
        try:
            return environment.from_string(source)
        except TemplateError as fault:
            raise self._fault(part, getattr(fault, "lineno", None), fault) from fault

    def _run(self, template: Template, part: str, data: Mapping[str, Any]) -> str:
        try:
            text = template.render(data)
        except (
            TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            RecursionError,
            MemoryError,
        ) as fault:
            raise self._fault(part, template_line(fault), fault) from fault
        # `plain` returns clean data; only a template with escapes of its own can add them.
        text = printable(text, check=part in self._escaping)
        if not self._verified:
            self._verify(part, text)
        return text

    def _verify(self, part: str, text: str) -> None:
        """Parse the first result, so that tags that cross each other fail here and not in Word."""
        try:
            etree.fromstring(text.encode("utf-8"), _parser())
        except etree.XMLSyntaxError as fault:
            raise DataError(
                f"模板“{self.name}”的标记位置交错，填出的文书打不开（{part}）。",
                "请检查 {% for %} 与 {% endfor %} 是否在同一单元格或同为行标记 {%tr …%}。",
            ) from fault
        if part == list(self._compiled)[-1]:
            self._verified = True

    def _fault(self, part: str, line: int | None, fault: Exception) -> DataError:
        place, text = self._paragraph(part, line)
        where = f"模板“{self.name}”{place}" + (f"“{text}”" if text else "")
        if isinstance(fault, UndefinedError):
            variable = _missing_name(str(fault))
            return DataError(f"{where}用到了“{variable}”，但数据里没有。", "请改正模板里的字段名，或补上这一项数据。")
        kind = "写法有误" if isinstance(fault, TemplateSyntaxError) else "无法执行"
        return DataError(f"{where}{kind}：{in_chinese(fault)}。", Remedy(do("check_templates"), "，对照改正。"))

    def _paragraph(self, part: str, line: int | None) -> tuple[str, str]:
        """Where a fault is: (place, text of the paragraph). A paragraph is a line of the prepared source."""
        if not line:
            return _part_name(part), ""
        lines = self.sources[part].split("\n")
        text = re.sub(r"<[^>]*>", "", lines[line - 1] if line <= len(lines) else "")
        return f"{_part_name(part)}第 {line - 1} 段", text.replace("#}", "").replace("{#", "").strip()[:60]


class FilledDocument:
    """A filled template before it is written.

    Attributes:
        parts: filled parts by name; may be replaced.
        pictures: those inserted so far.
    """

    def __init__(self, template: CompiledTemplate, parts: dict[str, str], pictures: PlacedPictures) -> None:
        self._template = template
        self.parts = parts
        self.pictures = pictures

    @property
    def names(self) -> Collection[str]:
        """Names of all parts."""
        return self._template.names

    def part(self, name: str) -> str:
        """A part, filled or unchanged from the template."""
        return self.parts[name] if name in self.parts else self._template.part(name).decode("utf-8")

    def save(self) -> bytes:
        """The .docx."""
        return self._template.pack_filled(self.parts, self.pictures)


def plain(value: object, name: str = "") -> Any:
    """Copy data into plain dicts, lists and text, so that templates never get a live object; None becomes "".

    Raises:
        DataError: a value is not a text, number, date, list or mapping.
    """
    kind = type(value)
    if kind is str:
        text: str = value  # type: ignore[assignment]
        return _FORBIDDEN.sub(_visible, text) if _FORBIDDEN.search(text) else text
    if kind is dict:
        return {str(key): plain(item, name) for key, item in value.items()}  # type: ignore[attr-defined]
    if kind is list or kind is tuple:
        return [plain(item, name) for item in value]  # type: ignore[attr-defined]
    if value is None:
        return ""
    if kind in (int, float, bool):
        return value
    if isinstance(value, str):
        # A subclass may claim to be safe HTML; only its characters are used.
        return plain("".join(value), name)
    if isinstance(value, Mapping):
        return {str(key): plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [plain(item, name) for item in value]
    raise DataError(f"字段“{name}”的值不能印到文书里（{type(value).__name__}）。", "请改为文字、数字或日期。")


def printable(xml: str, check: bool = True) -> str:
    """Make rendered XML valid: control characters become visible signs (␇), a lone surrogate U+FFFD, line breaks and tabs in text
    their elements. ``check``: it may contain forbidden characters.
    """
    if "\r" in xml:
        xml = xml.replace("\r\n", "\n").replace("\r", "\n")
    if check and _FORBIDDEN.search(xml):
        xml = _FORBIDDEN.sub(_visible, xml)
    if "\n" in xml or "\t" in xml:
        xml = _with_breaks(xml)
    return xml


def _visible(match: re.Match[str]) -> str:
    return chr(0x2400 + ord(match[0])) if match[0] < " " else "\ufffd"


def _with_breaks(xml: str) -> str:
    """Replace line breaks and tabs inside ``<w:t>``; elsewhere (attributes) they are harmless."""
    made: list[str] = []
    done = position = 0
    while (position := _next_break(xml, position)) >= 0:
        opened = xml.rfind("<", done, position)
        tag = xml[opened : xml.find(">", opened) + 1]
        if tag != "<w:t>" and not tag.startswith("<w:t "):
            position += 1
            continue
        end = xml.index("</w:t>", position)
        text = xml[opened + len(tag) : end].replace("\n", '</w:t><w:br/><w:t xml:space="preserve">')
        text = text.replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
        made += (xml[done:opened], '<w:t xml:space="preserve">', text)
        done = position = end
    made.append(xml[done:])
    return "".join(made)


def _next_break(xml: str, position: int) -> int:
    """The position of the next line break or tab, -1 if there is none (ten times as fast as a character class)."""
    found = [place for sign in "\n\t" if (place := xml.find(sign, position)) >= 0]
    return min(found, default=-1)


def _prepare(content: bytes) -> str:
    """docxtpl's preparation of one part, one line per paragraph (in comments, so that nothing of it is printed)."""
    root = etree.fromstring(content, _parser())
    for text in root.iter():
        # Newlines of the file's layout would be mistaken for newlines in the data.
        if text.text and "\n" in text.text and not text.text.strip():
            text.text = None
        if text.tail and "\n" in text.tail and not text.tail.strip():
            text.tail = None
    xml: str = etree.tostring(root, encoding="unicode").replace("\n", " ")
    from docxtpl import DocxTemplate  # noqa: PLC0415 - costs a sixth of a second, which only filling a template is worth

    xml = in_schema_order(DocxTemplate.patch_xml(None, xml))
    if _TEMPLATED.search(xml):
        xml = _PARAGRAPH.sub("{#\n#}<w:p", _bind_pictures(xml))
    return '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + xml


def _bind_pictures(xml: str) -> str:
    """Give every drawing its own id, and those whose alternative text is a tag the picture of that name."""

    def bind(match: re.Match[str]) -> str:
        drawing = re.sub(r'(<wp:docPr\b[^>]*?\bid=")\d+"', r'\1{{ _drawing_id() }}"', match[0])
        tag = re.search(r'<wp:docPr\b[^>]*?\bdescr="\{\{\s*([^}"]+?)\s*\}\}"', drawing)
        if tag:
            drawing = re.sub(r'r:embed="[^"]*"', 'r:embed="{{ _picture(%s) }}"' % tag[1], drawing)  # noqa: UP031
        return drawing

    return re.sub(r"<w:drawing\b.*?</w:drawing>", bind, xml, flags=re.DOTALL)


def _text_of(content: bytes) -> str:
    """All text of a part, so that a tag split over runs is complete."""
    return "".join(etree.fromstring(content, _parser()).itertext())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def template_line(fault: BaseException) -> int | None:
    """The line of the template that raised an exception, from its traceback."""
    line, trace = None, fault.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _missing_name(message: str) -> str:
    found = re.search(r"attribute '([^']+)'|^'([^']+)' is undefined|no element (\d+)", message)
    return next((group for group in found.groups() if group), message) if found else message


def _part_name(part: str) -> str:
    if part.startswith("word/header"):
        return "页眉"
    if part.startswith("word/footer"):
        return "页脚"
    return {"word/document.xml": "正文", "docProps/core.xml": "文档属性"}.get(part, part)
