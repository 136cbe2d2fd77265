"""What a template cannot do, however it is written: use up memory, run without end, or end the program."""

import pytest
from jinja2 import TemplateError

from ssj_docs.documents.templates.plain_text import PlainText
from ssj_docs.documents.templates.safety import make_harmless
from ssj_docs.ground.errors import DataError

NESTED = "{% set a = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'] %}" + "".join(
    f"{{% set {new} = [{', '.join([old] * 10)}] %}}" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "body",
    [
        "{{ rows|batch(1000000000, 'x')|list|length }}",
        "{{ rows|slice(1000000000)|list|length }}",
        "{{ rows|batch(-1)|list }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        NESTED + "{{ j|string|length }}",
        NESTED + "{{ j }}",
        NESTED + "{{ j ~ '' }}",
        NESTED + "{{ [j]|join('、') }}",
    ],
)
def test_no_template_uses_up_the_machine(body):
    with pytest.raises(TemplateError):
        PlainText(body).fill({"rows": [1, 2, 3]})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{{ rows|batch(2, '—')|list }}", "[[1, 2], [3, '—']]"),
        ("{{ rows|batch(3)|list }}", "[[1, 2, 3]]"),
        ("{{ rows|slice(2)|list }}", "[[1, 2], [3]]"),
        ("{{ rows|slice(2, 0)|list }}", "[[1, 2], [3, 0]]"),
        ("{{ rows|slice(5)|list }}", "[[1], [2], [3], [], []]"),
        ("{{ 7|string ~ '户' }}", "7户"),
    ],
)
def test_what_the_bounded_filters_give_is_what_they_gave(body, text):
    assert PlainText(body).fill({"rows": [1, 2, 3]}) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_found_in_any_encoding(encoding):
    xml = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(DataError, match="文档类型声明"):
        make_harmless({"word/document.xml": xml.encode(encoding)}, "通知")
