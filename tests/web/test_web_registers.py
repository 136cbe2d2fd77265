"""The registers in the browser: searched and seen by right, one fact put right or an entry ended, with its reason."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from web_site import Site, csrf

from ssj_docs.database import registers, schema
from ssj_docs.model.people import Inspector

FIRM = "91419999MA0000015H"
PLACE = "/registers/subjects/entry"


@pytest.mark.parametrize(
    ("register", "words"),
    [("subjects", "恒泰机械"), ("inspectors", "钱春梅"), ("items", "污染防治设施"), ("cases", "2026-002-0001"), ("results", "2026-002-0001")],
)  # fmt: skip
def test_every_register_is_searched(register: str, words: str, site: Site) -> None:
    with site.client("clerk") as client:
        found = client.get(f"/registers/{register}", params={"q": words})
        assert found.status_code == 200
        assert words in found.text.split("<tbody>")[1]
        none = client.get(f"/registers/{register}", params={"q": "没有这样的词"})
        assert "0 条" in none.text
        assert client.get("/registers/secrets").status_code == 404
        assert 'href="/registers/subjects"' in client.get("/").text


def test_a_fact_is_put_right_with_its_reason_in_the_journal(site: Site) -> None:
    with site.client("clerk") as client:
        fields = {"csrf": csrf(client), "id": FIRM, "do": "correct", "field": "address", "value": "西岭镇新街8号"}
        assert client.post(PLACE, data=fields).status_code == 400  # no reason
        assert client.post(PLACE, data={**fields, "reason": "迁址"}).status_code == 303
        assert "西岭镇新街8号" in client.get(PLACE, params={"id": FIRM}).text
        wrong = {**fields, "field": "credit_code", "value": "91419999MA0000015X", "reason": "写错"}
        assert client.post(PLACE, data=wrong).status_code == 400
    t = schema.journal.c
    with site.workspace.read() as connection:
        rows = connection.execute(select(t.subject, t.who, t.detail).where(t.action == "register.correct")).all()
        assert registers.load_subject(connection, FIRM).credit_code == FIRM
    assert [(row.subject, row.who) for row in rows] == [(FIRM, "clerk")]
    detail = json.loads(rows[0].detail)
    assert (detail["field"], detail["after"], detail["reason"]) == ("address", "西岭镇新街8号", "迁址")


def test_an_entry_ends_on_a_day_and_stays(site: Site) -> None:
    other = "91419999MA0000170X"
    with site.client("clerk") as client:
        fields = {
            "csrf": csrf(client),
            "id": other,
            "do": "end",
            "status": "注销",
            "day": "2026-11-20",
            "reason": "已注销",
        }
        assert client.post(PLACE, data=fields).status_code == 303
        assert client.post(PLACE, data={**fields, "status": "随便"}).status_code == 400
    with site.workspace.read() as connection:
        subject = registers.load_subject(connection, other)
    assert subject.status == "注销（2026-11-20）" and subject.gone


def test_rights_and_personal_data(site: Site) -> None:
    with site.workspace.transaction() as connection:
        person = Inspector("ZZ-1", "申某", department="公安局", phone="13912345678", id_number="11010519491231002X")
        registers.save_inspectors(connection, [person])
    where = "/registers/inspectors/entry"
    for name in ("clerk", "confidant"):
        with site.client(name) as client:
            told = client.get(where, params={"id": "ZZ-1"}).text
            assert "申某" in told
            assert "13912345678" not in told and "11010519491231002X" not in told
    with site.client("fire") as client:
        assert client.get(where, params={"id": "ZZ-1"}).status_code == 404
        assert "钱春梅" not in client.get("/registers/inspectors").text
    with site.client("auditor") as client:
        assert client.get("/registers/subjects").status_code == 403
