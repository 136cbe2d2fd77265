"""The gate before a number: each fault of a paper is told with its line and remedy, and no number is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import pytest
from filling import departments_number_letters, fill
from places import NOW, TODAY
from sqlalchemy import select

from archive.demonstration import open_example
from ssj_docs.database import registers, schema
from ssj_docs.documents.batch import form_orders
from ssj_docs.documents.drafts.draft_file import read_draft
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import Issued, examine_draft, issue_draft, issue_forms
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.ground.errors import DataError, NumberConflictError, UsageError
from ssj_docs.ground.problems import Problem
from ssj_docs.model.case import CaseEvent
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

HEAD = "标题: 关于开展联合抽查的通知\n主送: 各成员单位\n成文日期: 2026-03-05\n"
BODY = "请按计划实施。\n"
#: of the example: only 责令改正; 函告许可部门 and transferred; closed by a department
ORDERED, HANDED_ON, CLOSED = "2026-001-0003", "2026-001-0005", "2026-003-0003"


def write(workspace: Workspace, head: str = HEAD, body: str = BODY, name: str = "a.md") -> Path:
    path = workspace.root / "drafts" / name
    path.write_text(f"---\n{head}---\n{body}", encoding="utf-8")
    return path


def numbers(workspace: Workspace) -> list[str]:
    with workspace.read() as connection:
        return [row.number for row in number_ledger.register(connection)]


def text_of(path: Path) -> str:
    name = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
    return "".join(node.text or "" for node in docx.Document(str(path)).element.body.iter(name))


def refused(workspace: Workspace, path: Path, reason: str = "") -> Sequence[Problem]:
    """The problems for which a draft gets no number."""
    before = numbers(workspace)
    with pytest.raises(DataError) as caught:
        issue_draft(workspace, path, check_fonts=False, reason=reason)
    assert caught.value.exit_code == 3
    assert numbers(workspace) == before
    assert all(problem.remedy for problem in caught.value.problems)
    return caught.value.problems


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("gate") / "office"
    init_workspace(root, example=True)
    departments_number_letters(root)
    return open_example(root, now=NOW)


# --- places left open ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "cell"),
    [
        ("请按（请填写期限）前报送。\n", "第 6 行"),
        ("一、要求\n（请结合实际填写）\n", "第 7 行"),
        ("联系人：（待填）。\n", "第 6 行"),
    ],
)
def test_an_open_place_stops_the_paper_whatever_the_reason(workspace: Workspace, body: str, cell: str) -> None:
    (problem,) = refused(workspace, write(workspace, body=body), reason="照发")
    assert (problem.code, problem.cell) == ("gate.unfilled", cell)


@pytest.mark.parametrize("body", ["请于____年前报送。\n", "请××局牵头。\n", "根据青安〔 〕5号要求。\n"])
def test_a_gap_is_asked_about_and_the_reason_is_in_the_journal(workspace: Workspace, body: str) -> None:
    path = write(workspace, body=body)
    (problem,) = refused(workspace, path)
    assert problem.code == "gate.unfilled"
    issued = issue_draft(workspace, path, check_fonts=False, reason="空格是留给各单位手填的").document
    with workspace.read() as connection:
        row = connection.execute(select(schema.journal).where(schema.journal.c.subject == issued.id)).one()
    assert '"reason":"空格是留给各单位手填的"' in row.detail.replace(": ", ":")
    assert "unfilled" in row.detail


def test_an_open_place_in_an_attached_file_is_told_with_its_file(workspace: Workspace) -> None:
    (workspace.root / "drafts" / "方案.md").write_text("一、范围\n（请填写范围）\n姓名____\n", encoding="utf-8")
    path = write(workspace, HEAD + "附件:\n  - 标题: 方案\n    文件: 方案.md\n")
    (problem,) = refused(workspace, path)
    assert (problem.source, problem.cell) == ("方案.md", "第 2 行")


def test_a_letter_says_to_whom(workspace: Workspace) -> None:
    (problem,) = refused(workspace, write(workspace, HEAD.replace("主送: 各成员单位\n", "格式: 信函\n")))
    assert problem.field == "主送"


# --- settings nobody edited ---------------------------------------------------------------------------------------------
def test_the_invented_office_gets_no_number_outside_the_example(tmp_path: Path) -> None:
    init_workspace(tmp_path / "new")
    new = open_workspace(tmp_path / "new", today=TODAY, now=NOW)
    found = refused(new, write(new), reason="试试")
    assert {problem.field for problem in found} == {"office.name", "office.red_header", "office.signature", "series"}
    assert not list((new.root / "issued").rglob("*.docx"))


def test_an_office_that_changed_only_its_name_is_told_what_is_left(tmp_path: Path) -> None:
    init_workspace(tmp_path / "half")
    settings = tmp_path / "half" / "office.toml"
    lines = settings.read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("name = "))
    lines[place] = 'name = "临江县双随机办"'
    settings.write_text("\n".join(lines), "utf-8")
    half = open_workspace(tmp_path / "half", today=TODAY, now=NOW)
    assert {p.field for p in refused(half, write(half))} == {"office.red_header", "office.signature", "series"}


# --- the case -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "told"),
    [("jiean", "没有登记结案"), ("yijiaohan", "没有要移送"), ("gaozhihan", "没有要移送"), ("fuhan", "没有登记移送")],
)
def test_no_paper_says_what_the_registers_deny(example: Workspace, kind: str, told: str) -> None:
    with pytest.raises(DataError, match=told) as caught:
        make_draft(example, kind, case=ORDERED)
    assert caught.value.exit_code == 3
    assert not (example.root / "drafts" / f"{kind}-{ORDERED}.md").exists()
    head = f"文种: {kind}\n标题: 关于有关情况的函\n主送: 青禾县人民法院\n案件: {ORDERED}\n"
    found = refused(example, write(example, head, name=f"自拟-{kind}.md"), reason="照发")
    assert any(told in problem.message for problem in found)


def test_a_transfer_letter_needs_a_receiver(example: Workspace) -> None:
    path = make_draft(example, "yijiaohan", case=HANDED_ON)[0]
    (problem,) = refused(example, path)
    assert problem.value == "（请填写接收单位）"
    assert issue_draft(example, fill(path), check_fonts=False).document.number.startswith("青双随机办函〔2026〕")


def test_a_letter_that_names_another_firm_is_asked_about(example: Workspace) -> None:
    head = f"文种: yijiaohan\n标题: 关于移交有关问题的函\n主送: 青禾县人民法院\n案件: {HANDED_ON}\n"
    (problem,) = refused(example, write(example, head, "青禾县远山矿业有限公司有下列问题。\n", "别家.md"))
    assert problem.code == "gate.case"


# --- author, series, addressee ------------------------------------------------------------------------------------------
def test_an_answer_is_signed_and_numbered_by_the_department_that_gives_it(example: Workspace) -> None:
    path = fill(make_draft(example, "jiean", case=CLOSED)[0])
    issued: Issued = issue_draft(example, path, check_fonts=False)
    assert issued.document.number.startswith(("青市监函", "青消函"))
    assert issued.document.department in ("市场监督管理局", "消防救援大队")


def test_a_department_does_not_take_the_offices_number(example: Workspace) -> None:
    head = f"{HEAD}文种: yijiaohan\n代字: 青双随机办函\n案件: {HANDED_ON}\n部门: 应急管理局\n"
    found = refused(example, write(example, head, "青禾县盛达建材有限公司。\n", "部门.md"), reason="照发")
    assert "gate.author" in {problem.code for problem in found}


def test_the_office_does_not_take_a_departments_number(workspace: Workspace) -> None:
    (problem,) = refused(workspace, write(workspace, HEAD + "代字: 青应急责改\n"), reason="照发")
    assert problem.code == "gate.author"


def test_nobody_writes_to_himself(workspace: Workspace) -> None:
    (problem,) = refused(workspace, write(workspace, HEAD.replace("各成员单位", workspace.office.name)))
    assert "自己" in problem.message


# --- dates --------------------------------------------------------------------------------------------------------------
def test_a_day_to_come_is_asked_about(workspace: Workspace) -> None:
    (problem,) = refused(workspace, write(workspace, HEAD.replace("2026-03-05", "2027-03-05")))
    assert (problem.code, problem.cell) == ("gate.dates", "第 4 行")


def test_a_letter_is_not_older_than_the_inspection_it_tells_of(example: Workspace) -> None:
    path = fill(make_draft(example, "gaozhihan", case=HANDED_ON)[0])
    path.write_text(path.read_text("utf-8").replace("2026-11-20", "2026-01-05"), "utf-8")
    (problem,) = refused(example, path, reason="照发")
    assert "早于检查结束" in problem.message


def test_a_review_before_its_order_is_refused(example: Workspace) -> None:
    (order,) = issue_forms(example, form_orders(example, ORDERED[:8], ["zeling"], ORDERED), check_fonts=False)
    with example.transaction() as connection:
        registers.save_events(connection, [CaseEvent(ORDERED, "rectified", date(2026, 3, 1), "应急管理局")])
    before = numbers(example)
    with pytest.raises(DataError) as caught:
        list(issue_forms(example, form_orders(example, ORDERED[:8], ["fucha"], ORDERED), check_fonts=False))
    assert order.document.number in caught.value.problems[0].message
    assert numbers(example) == before


def test_a_review_without_an_order_needs_a_reason(example: Workspace) -> None:
    case = "2026-004-0002"
    with pytest.raises(DataError, match="要核对"):
        list(issue_forms(example, form_orders(example, case[:8], ["fucha"], case), check_fonts=False))
    orders = form_orders(example, case[:8], ["fucha"], case)
    (made,) = issue_forms(example, orders, check_fonts=False, reason="现场口头责令")
    assert made.document.number


def test_order_and_review_print_the_day_the_register_has(example: Workspace) -> None:
    """D3: the order was dated on the day of the inspection, and the review told another day of it."""
    case = "2026-005-0006"
    ordered = replace(example, today=date(2026, 8, 12))
    (order,) = issue_forms(ordered, form_orders(ordered, case[:8], ["zeling"], case), check_fonts=False)
    (again,) = issue_forms(example, form_orders(example, case[:8], ["zeling"], case), check_fonts=False)
    assert (again.fresh, again.document.number) == (False, order.document.number)  # another day is no other paper
    (review,) = issue_forms(example, form_orders(example, case[:8], ["fucha"], case), check_fonts=False)
    first, second = (text_of(example.root / one.document.path) for one in (order, review))
    assert order.document.date == date(2026, 8, 12)
    assert "2026年8月12日" in first
    assert "2026年8月12日" in second
    assert order.document.number in second
    assert "2026年11月20日" in second
    for part in ("依据", "整改期限：", "复查", "行政复议"):
        assert part in first, part


def test_a_second_number_for_the_same_order_needs_a_reason(example: Workspace) -> None:
    case = "2026-002-0004"
    (order,) = issue_forms(example, form_orders(example, case[:8], ["zeling"], case), check_fonts=False)
    (changed,) = form_orders(example, case[:8], ["zeling"], case)
    changed = replace(changed, data={**changed.data, "address": "青禾县新址路1号"})
    with pytest.raises(DataError, match="要核对") as caught:
        list(issue_forms(example, [changed], check_fonts=False))
    assert order.document.number in caught.value.problems[0].message
    (second,) = issue_forms(example, [changed], check_fonts=False, reason="地址更正")
    assert second.document.number != order.document.number


# --- duplicates and void numbers ----------------------------------------------------------------------------------------
def test_a_second_paper_of_the_same_title_and_day_is_asked_about(workspace: Workspace) -> None:
    issue_draft(workspace, write(workspace), check_fonts=False)
    second = write(workspace, name="b.md")
    (problem,) = refused(workspace, second)
    assert (problem.code, problem.cell) == ("gate.duplicates", "第 2 行")
    assert "青双随机办〔2026〕1号" in problem.message
    assert issue_draft(workspace, second, check_fonts=False, reason="补发").document.number.endswith("〕2号")


def test_a_void_paper_says_so_when_it_is_asked_for_again(workspace: Workspace) -> None:
    path = write(workspace)
    number = issue_draft(workspace, path, check_fonts=False).document.number
    with workspace.transaction() as connection:
        number_ledger.void(connection, number, "印错")
    with pytest.raises(NumberConflictError, match="已经作废（印错）"):
        issue_draft(workspace, path, check_fonts=False)
    anew = write(workspace, name="b.md")  # the void one is no duplicate
    assert issue_draft(workspace, anew, check_fonts=False).document.number.endswith("〕2号")


def test_a_number_of_one_year_is_not_recorded_with_a_day_of_another(workspace: Workspace) -> None:
    with workspace.transaction() as connection, pytest.raises(UsageError, match="2026 年的文号"):
        number_ledger.record(
            connection, workspace.office, "青双随机办〔2026〕43号", title="通知", day=date(2027, 3, 6), now=NOW
        )


# --- personal data, names, numbers, sums --------------------------------------------------------------------------------
PUBLIC = HEAD + "附注: 此件主动公开\n"


def test_personal_data_does_not_go_out_in_a_public_paper(workspace: Workspace) -> None:
    body = "联系人王某，身份证号11010519491231002X。\n"
    (problem,) = refused(workspace, write(workspace, PUBLIC, body), reason="照发")
    assert (problem.code, problem.cell) == ("gate.personal", "第 7 行")
    assert "110105" not in str(problem)
    assert issue_draft(workspace, write(workspace, HEAD, body, "b.md"), check_fonts=False).document.number


def test_a_mobile_number_in_a_public_paper_needs_a_reason(workspace: Workspace) -> None:
    path = write(workspace, PUBLIC, "联系人王某，19900000001。\n")
    (problem,) = refused(workspace, path)
    assert problem.code == "gate.personal"
    assert issue_draft(workspace, path, check_fonts=False, reason="值班手机").document.number


def test_a_code_and_its_firm_agree_with_the_register(example: Workspace) -> None:
    wrong = write(example, HEAD, "对青禾县盛达建材公司（91419999MA0000066R）检查。\n", "名.md")
    (problem,) = refused(example, wrong)
    assert "青禾县盛达建材有限公司" in problem.message
    (problem,) = refused(example, write(example, HEAD, "代码91419999MA00000661的单位。\n", "码.md"))
    assert "校验位" in problem.message


def test_a_cited_number_is_in_the_register_and_in_force(workspace: Workspace) -> None:
    with workspace.transaction() as connection:
        number_ledger.record(
            connection, workspace.office, "青双随机办〔2026〕3号", title="关于抽查的通知", day=date(2026, 2, 2), now=NOW
        )
    (problem,) = refused(workspace, write(workspace, body="根据青双随机办〔2026〕9号通知。\n"))
    assert (problem.value, problem.cell) == ("青双随机办〔2026〕9号", "第 6 行")
    for number in ("青双随机办〔2026〕2号", "青双随机办〔2025〕9号"):  # from before the register: told, and no more
        path = write(workspace, body=f"根据{number}通知。\n")
        (told,) = examine_draft(workspace, read_draft(path))
        assert (told.value, told.severity) == (number, "warning")


def test_a_total_is_the_sum_of_its_rows(workspace: Workspace) -> None:
    (workspace.root / "drafts" / "表.md").write_text("单位\t户数\n甲局\t3\n乙局\t4\n合计\t8\n", encoding="utf-8")
    path = write(workspace, HEAD + "附件:\n  - 标题: 汇总表\n    文件: 表.md\n")
    (problem,) = refused(workspace, path, reason="照发")
    assert (problem.source, problem.cell, problem.field) == ("表.md", "第 4 行", "户数")
    assert "相加是 7" in problem.message


# --- the whole ----------------------------------------------------------------------------------------------------------
def test_all_faults_are_told_at_once_and_checking_writes_nothing(workspace: Workspace) -> None:
    path = write(workspace, HEAD.replace("2026-03-05", "2027-03-05"), "（请填写）请××局办理。\n请××局办理。\n")
    found = examine_draft(workspace, read_draft(path))
    assert [problem.code for problem in found] == ["gate.unfilled", "gate.unfilled", "gate.dates"]
    assert numbers(workspace) == []


def test_a_paper_without_faults_passes_without_a_word(workspace: Workspace) -> None:
    path = write(workspace)
    assert examine_draft(workspace, read_draft(path)) == []
    assert issue_draft(replace(workspace), path, check_fonts=False).problems == ()
