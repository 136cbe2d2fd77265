"""Made-up pages, and a small office with archived items whose pages have been read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from search_office import CREDIT_CODE, ID_NUMBER, PAGES, PHONE, Enter

from archive.cases.case_file import NewItem, add_item
from archive.search.fields.fields import PageRecord
from benchmarks.search_corpus import make_pages
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.model.case import Case, Finding
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.workspace import Workspace


@pytest.fixture(scope="session")
def made_pages() -> list[PageRecord]:
    """Some hundred pages of inspection text."""
    return list(make_pages(600, seed=7))


@pytest.fixture
def enter_texts() -> Enter:
    """Put texts of an item's pages where the reader of pages puts them."""

    def enter(workspace: Workspace, case: str, item: str, texts: list[str], origin: str = "ocr", at: str = "1") -> None:
        rows: list[dict[str, Any]] = [
            {
                "case": case,
                "item": item,
                "page": page,
                "state": "done",
                "origin": origin,
                "confidence": 0.97,
                "text": text,
                "boxes": [],
                "width": 595.0,
                "height": 842.0,
                "comparison": None,
                "source": "0" * 64,
                "note": "",
                "read_at": at,
            }
            for page, text in enumerate(texts, 1)
        ]
        with workspace.transaction() as connection:
            connection.execute(page_texts.delete().where(page_texts.c.case == case, page_texts.c.item == item))
            connection.execute(page_texts.insert(), rows)
            workspace.log(connection, "read", f"{case}/{item}")

    return enter


@pytest.fixture
def office(workspace: Workspace, enter_texts: Enter) -> Workspace:
    """One task, two cases; the first with a record form read by OCR and a rectification notice not read yet."""
    departments = [d.name for d in workspace.office.departments]
    task = InspectionTask(
        "2026-003",
        2026,
        5,
        "3",
        "年度计划",
        "食品企业联合抽查",
        "食品",
        ("许可检查",),
        (),
        "食品厂",
        "重点",
        "不定向",
        (departments[0],),
        (departments[1],),
        "县级",
        Ratio("10%"),
        Frequency(),
        Window(""),
    )
    codes = {r.label: r.code for r in workspace.office.results}
    with workspace.transaction() as connection:
        registers.save_tasks(connection, [task])
        registers.save_subjects(
            connection,
            [
                Subject("S1", "青禾县丰登食品加工厂", credit_code=CREDIT_CODE, representative="苗有粮", phone=PHONE),
                Subject("S2", "柳溪镇晨光超市", representative="柏小满"),
            ],
        )
        registers.save_inspectors(connection, [Inspector("SA01", "戚守正", id_number=ID_NUMBER, phone=PHONE)])
        registers.save_cases(
            connection, [Case(f"2026-003-000{n}", "2026-003", n, f"S{n}", ("SA01",), date(2026, 3, 2)) for n in (1, 2)]
        )
        found = Finding(
            "2026-003-0001", departments[0], "许可检查", (next(iter(codes.values())),), found=date(2026, 4, 8)
        )
        registers.save_findings(connection, [found])
        add_item(
            workspace,
            connection,
            "2026-003-0001",
            NewItem(
                "jilubiao",
                "联合抽查记录表",
                {"记录表.pdf": b"%PDF-1.7 one"},
                date=date(2026, 4, 8),
                pages=2,
                origin="scan",
            ),
        )
        add_item(
            workspace,
            connection,
            "2026-003-0001",
            NewItem(
                "zeling",
                "责令改正通知书",
                {"责令.pdf": b"%PDF-1.7 two"},
                number="青双随机办〔2026〕5号",
                date=date(2026, 4, 9),
                pages=1,
                origin="digital",
            ),
        )
    enter_texts(workspace, "2026-003-0001", "0001", PAGES)
    return workspace
