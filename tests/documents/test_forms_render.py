"""Templates that cannot hurt: what data says is printed as it is, and template code reaches nothing."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from PIL import Image

from ssj_docs.documents.templates.render import CompiledTemplate, render_template
from ssj_docs.ground.errors import DataError


def template(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return saved(document)


def saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def texts(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


@pytest.mark.parametrize(
    "value",
    [
        "甲&乙公司",
        "温度<5℃",
        "甲<乙公司 R&D中心",
        "</w:t></w:r></w:p><w:p>",
        "{{ x }}",
        "{% if %}",
        "{_{ }_} {_% %_}",
        "“引号”‘单’\"直'",
        "堃玥珺 𠮷野",
        "=1+1",
        "&lt;b&gt; &#65;",
        "  前后空格  ",
        "长" * 300,
        "第一行\n第二行",
        "甲\t乙",
    ],
)
def test_text_prints_as_it_is(value):
    assert texts(render_template(template("前{{ v }}后"), {"v": value})) == [f"前{value}后"]


def test_control_characters_and_lone_surrogates_stay_visible():
    made = render_template(template("{{ v }}", "尾"), {"v": "甲\x07乙\x00丙\ud800丁￾戊"})
    assert texts(made) == ["甲␇乙␀丙�丁�戊", "尾"]


def test_carriage_returns_are_line_breaks():
    assert texts(render_template(template("{{ v }}"), {"v": "一\r\n二\r三"})) == ["一\n二\n三"]


def test_title_property_is_escaped_once():
    document = Document()
    document.core_properties.title = "{{ v }}"
    document.add_paragraph("{{ v }}")
    made = Document(io.BytesIO(render_template(saved(document), {"v": "甲&乙<丙>"})))
    assert made.core_properties.title == "甲&乙<丙>"


def test_same_input_same_bytes():
    source = template("{%p for i in items %}", "{{ i }}", "{%p endfor %}")
    first = render_template(source, {"items": ["一", "二"]})
    assert first == CompiledTemplate(source).render({"items": ["一", "二"]})
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_missing_name_tells_template_paragraph_and_variable():
    with pytest.raises(DataError) as caught:
        render_template(template("第一段", "电话：{{ phone }}"), {}, name="告知书.docx")
    for part in ("告知书.docx", "第 2 段", "电话：", "phone"):
        assert part in caught.value.message


def test_missing_name_in_a_row_is_an_error():
    source = template("{%p for r in rows %}", "{{ r.name }}", "{%p endfor %}")
    with pytest.raises(DataError, match="name"):
        render_template(source, {"rows": [{"id": 1}]})


@pytest.mark.parametrize(
    "code",
    [
        "{{ cycler.__init__.__globals__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ v.__class__ }}",
        "{{ v|attr('__class__') }}",
        "{{ v|safe }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%09999999d' % 1 }}",
        "{{ v.ljust(1000000000) }}",
        "{{ v.format(v) }}",
        "{% autoescape false %}{{ v }}{% endautoescape %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{% endmacro %}",
        "{% set x %}{{ v }}{% endset %}",
        "{{ lipsum() }}",
        "{{ namespace(a=1) }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in v recursive %}{{ loop(v) }}{% endfor %}",
        "{% for %}",
        "{% for a in v %}",
        "{{ _picture.x }}",
        "{% set a = v %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{{ range(10000000)|list }}",
        "{{ {}.update(v) }}",
        "{{ ['a','b']|join(v * 1000000) }}",
    ],
)
def test_hostile_template_code_is_refused(code):
    with pytest.raises(DataError):
        render_template(template("x" + code), {"v": "abc"})


def test_live_objects_are_refused():
    with pytest.raises(DataError, match="v"):
        render_template(template("{{ v }}"), {"v": object()})


def test_external_targets_are_cut():
    document = Document()
    paragraph = document.add_paragraph("见")
    relation = document.part.relate_to(
        "http://example.invalid/x.png",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image",
        is_external=True,
    )
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    paragraph._p.append(link)
    made = render_template(saved(document), {})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        joined = b"".join(archive.read(name) for name in archive.namelist())
    assert b"example.invalid" not in joined
    assert b"External" not in joined
    assert relation.encode() + b'"' not in joined.split(b"<w:hyperlink")[1][:80]


@pytest.mark.parametrize("code", ["INCLUDEPICTURE http://example.invalid/x", "DDEAUTO cmd", 'includetext "a.docx"'])
def test_fields_that_read_files_are_refused(code):
    document = Document()
    run = document.add_paragraph().add_run()
    for piece in (code[:4], code[4:]):
        instruction = OxmlElement("w:instrText")
        instruction.text = piece
        run._r.append(instruction)
    with pytest.raises(DataError, match="域"):
        render_template(saved(document), {})


def test_macros_and_broken_files_are_refused():
    source = io.BytesIO(template("x"))
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    with pytest.raises(DataError, match="宏"):
        render_template(source.getvalue(), {})
    for junk in (b"", b"PK\x03\x04junk", template("x")[:-40]):
        with pytest.raises(DataError):
            render_template(junk, {})


def test_bomb_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 40_000_000)
    with pytest.raises(DataError, match="过大"):
        render_template(buffer.getvalue(), {})


def test_crossing_tags_are_found_on_the_first_use():
    document = Document()
    document.add_table(1, 2).cell(0, 1).text = "{% for i in rows %}"
    document.add_paragraph("{{ i }}{% endfor %}")
    with pytest.raises(DataError, match="交错"):
        render_template(saved(document), {"rows": ["1", "2"]})


def test_picture_by_alternative_text():
    def png(colour):
        buffer = io.BytesIO()
        Image.new("1", (8, 8), colour).save(buffer, "PNG")
        return buffer.getvalue()

    document = Document()
    document.add_paragraph("{%p for name in names %}")
    document.add_picture(io.BytesIO(png(0)))
    next(document.element.iter(qn("wp:docPr"))).set("descr", "{{ name }}")
    document.add_paragraph("{%p endfor %}")
    source, pictures = saved(document), {"甲": png(1), "乙": png(0)}
    made = Document(io.BytesIO(render_template(source, {"names": ["甲", "乙"]}, pictures)))
    embedded = [blip.get(qn("r:embed")) for blip in made.element.iter(qn("a:blip"))]
    assert [made.part.related_parts[rid].blob for rid in embedded] == [pictures["甲"], pictures["乙"]]
    identifiers = [element.get("id") for element in made.element.iter(qn("wp:docPr"))]
    assert len(set(identifiers)) == 2
    with pytest.raises(DataError, match="丙"):
        render_template(source, {"names": ["丙"]}, pictures)
