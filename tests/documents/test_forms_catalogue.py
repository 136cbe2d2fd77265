"""The catalogue, the shipped templates, and the check of an office's own."""

from __future__ import annotations

import io
import re
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from forms_data import every_kind, record

from cli import ssj
from ssj_docs.documents.forms.forms import form_context, make_form
from ssj_docs.documents.templates.check import check_template, check_templates
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.office.paper_kinds import load_kinds
from ssj_docs.office.template_files import shipped_templates

KINDS = load_kinds()
FORMS = {name: kind for name, kind in KINDS.items() if kind.fields}
ROOT = Path(__file__).resolve().parents[2]


def words(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    return "".join(node.text or "" for node in document.element.iter() if node.tag.endswith("}t"))


def test_codes_fit_the_page_code():
    codes = [kind.code for kind in KINDS.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]{2,8}", code) for code in codes)


def test_inspection_papers_name_a_department_and_plans_the_office():
    assert {kind.issuer for kind in FORMS.values() if kind.per == "case"} == {"department"}
    assert all(
        "department" in kind.fields or "groups[].department" in kind.fields
        for kind in FORMS.values()
        if kind.per == "case"
    )


def test_every_form_kind_has_example_data():
    assert set(every_kind()) == set(FORMS)


@pytest.mark.parametrize("report", check_templates(None), ids=lambda report: report.name)
def test_shipped_templates_fit_their_kinds(report):
    assert report.problems == ()
    assert report.used


def test_shipped_templates_are_what_the_script_makes(tmp_path):
    script = runpy.run_path(str(ROOT / "scripts" / "make-form-templates"))
    (tmp_path / "templates").mkdir()
    script["save"].__globals__["ROOT"] = tmp_path
    for part in (
        "notice",
        "record",
        "minutes",
        "order",
        "review",
        "approval",
        "inspection_notice",
        "feedback",
        "rosters",
        "summary",
    ):
        script[part]()
    made = list((tmp_path / "templates").iterdir())
    assert len(made) == 22
    for path in made:
        assert path.read_bytes() == (shipped_templates() / path.name).read_bytes(), path.name


@pytest.mark.parametrize("kind", FORMS)
def test_every_kind_prints_its_required_fields(kind):
    data = every_kind()[kind]
    text = words(make_form(kind, data))
    for value in _values({key: value for key, value in data.items() if key in _top(FORMS[kind])}):
        assert value in text
    assert make_form(kind, data) == make_form(kind, data)


def _top(kind):
    return {path.split(".")[0].removesuffix("[]") for path in kind.fields}


def _values(data):
    for key, value in data.items():
        if key in ("title", "case_number", "phone", "subject_type"):
            continue
        if isinstance(value, str) and key in data and value:
            yield value
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict):
                    yield from _values({k: v for k, v in entry.items() if isinstance(v, str)})
                elif isinstance(entry, str):
                    yield entry


def test_renditions_lack_the_restricted_columns():
    data = every_kind()["renyuanxinxi"]
    texts = {
        name: words(make_form("renyuanxinxi", data, rendition=name)) for name in ("restricted", "internal", "public")
    }
    assert "410822199001010011" in texts["restricted"] and "13900001111" in texts["restricted"]
    assert "410822199001010011" not in texts["internal"] and "13900001111" in texts["internal"]
    for secret in ("410822199001010011", "13900001111", "身份证", "手机", "*"):
        assert secret not in texts["public"]
    assert "16080012345" in texts["public"]
    for kind in ("tongjibiao", "duixiangminglu", "renyuanminglu"):
        assert "13900001111" not in words(make_form(kind, every_kind()[kind], rendition="public"))


def test_an_own_public_template_cannot_print_what_was_dropped(tmp_path):
    source = (shipped_templates() / "renyuanxinxi.docx").read_bytes()
    (tmp_path / "renyuanxinxi-gongkai.docx").write_bytes(source)
    with pytest.raises(DataError, match="phone"):
        make_form("renyuanxinxi", every_kind()["renyuanxinxi"], rendition="public", office_templates=tmp_path)
    _, problems = check_template(source, KINDS["renyuanxinxi"], "public")
    assert {problem.field for problem in problems if problem.severity == "error"} == {
        "rows[].phone",
        "rows[].id_number",
    }


def test_missing_fields_are_all_named():
    data = record()
    del data["title"], data["subject_name"]
    with pytest.raises(DataError) as caught:
        make_form("jilubiao", data)
    assert {problem.field for problem in caught.value.problems} == {"title", "subject_name"}
    assert "标题" in caught.value.message


def test_unnamed_fields_never_reach_a_template():
    context = form_context(KINDS["jilubiao"], record(id_number="410822199001010011"))
    assert "id_number" not in context


def test_own_template_and_catalogue_win(tmp_path):
    document = Document()
    document.add_paragraph("本局样式 {{ subject_name }}")
    document.save(tmp_path / "jilubiao.docx")
    (tmp_path / "catalogue.toml").write_text('[jilubiao]\ntitle = "检查记录"\n', encoding="utf-8")
    assert words(make_form("jilubiao", record(), office_templates=tmp_path)).startswith("本局样式")
    assert load_kinds(tmp_path).find("检查记录").code == "JLB"


def test_check_reports_unknown_names_with_their_text(tmp_path):
    document = Document()
    document.add_paragraph(
        "名称 {{ subjct_name }} {% for g in groups %}{% for i in g['items'] %}{{ i.nam }}{% endfor %}{% endfor %}"
    )
    document.save(tmp_path / "jilubiao.docx")
    (report,) = check_templates(tmp_path, ["jilubiao"])
    assert report.own
    errors = {problem.field for problem in report.problems if problem.severity == "error"}
    assert errors == {"subjct_name", "groups[].items[].nam"}
    assert any(problem.code == "template.margin" for problem in report.problems)


def test_commands(tmp_path):
    run = CliRunner()
    made = run.invoke(ssj, ["init", str(tmp_path / "w")])
    assert made.exit_code == 0, made.output
    work = ["--workspace", str(tmp_path / "w")]
    assert run.invoke(ssj, ["templates", "export", "jilubiao", *work]).exit_code == 0
    assert (tmp_path / "w" / "templates" / "jilubiao.docx").is_file()
    again = run.invoke(ssj, ["templates", "export", "jilubiao", *work])
    assert isinstance(again.exception, DataError) or again.exit_code == 3
    checked = run.invoke(ssj, ["templates", "check", *work])
    assert checked.exit_code == 0, checked.output
    assert "jilubiao.docx（本单位）：相符" in checked.output


def test_unknown_kind():
    with pytest.raises(NotFoundError, match="没有"):
        make_form("nope", {})


def test_the_summary_heads_its_count_as_it_was_counted():
    data = every_kind()["huizongbiao"]
    assert "抽查户数" in words(make_form("huizongbiao", data))
    counted = words(make_form("huizongbiao", data | {"counted": "抽查户次"}))
    assert "抽查户次" in counted and "抽查户数" not in counted
