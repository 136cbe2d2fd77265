"""A table that is refused at first comes in through the page alone, in few steps, also with the keyboard alone."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect
from web_browser import Watched

from ssj_docs.database import registers


def refused_table(folder: Path) -> Path:
    """Inspectors of a department the office does not know, with a column whose heading says nothing."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["执法人员登记"],
        ["姓名", "所在单位", "执法证号", "代号甲"],
        ["林知远", "青禾县粮食和物资储备局", "LS9001", "科员"],
        ["王禾", "青禾县粮食和物资储备局", "LS9002", "科员"],
    ):
        sheet.append(row)
    path = folder / "粮食局人员.xlsx"
    book.save(path)
    return path


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is on what is wanted."""
    for _ in range(120):
        if page.evaluate("wanted => !!document.activeElement && document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"never reached {wanted}")


def pick(page: Page, wanted: str, text: str) -> None:
    """Choose an option with the arrow keys."""
    tab_to(page, wanted)
    options = page.locator(f"{wanted} option").all_inner_texts()
    for _ in range(next(place for place, option in enumerate(options) if option.startswith(text))):
        page.keyboard.press("ArrowDown")


def test_a_refused_table_comes_in_with_the_keyboard_alone(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    watched.log_in("clerk")
    page.goto(watched.site.url + "/import?kind=inspectors")
    page.locator("#file").set_input_files(refused_table(tmp_path))  # the dialogue of the system is not the page's
    tab_to(page, "main button.main")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("有 1 个问题要回答")
    assert page.locator("tr.r-header").inner_text().split()[:3] == ["2", "表头", "姓名"]
    assert page.locator("tr.r-data").count() == 2
    watched.looked("import-sheet")
    pick(page, "#answer_1", "增加为新部门“粮")
    pick(page, "#as_D", "不读这一列")
    tab_to(page, "main section.box button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("新增 2")
    assert page.locator("td.c-left").count() == 2
    watched.looked()
    tab_to(page, "main button.main")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("导入 2 条")
    with watched.site.workspace.read() as connection:
        people = {one.id: one for one in registers.load_inspectors(connection)}
    assert (people["LS9001"].department, people["LS9001"].post) == ("粮食和物资储备局", "")
    assert watched.site.server.workspace.office.department("粮食和物资储备局") is not None


def test_six_clicks_bring_a_refused_table_in(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    watched.be("clerk")
    book = openpyxl.load_workbook(refused_table(tmp_path))
    sheet = book.active
    assert sheet is not None
    for row in (3, 4):
        sheet.cell(row, 2, "青禾县供销合作社联合会")
        sheet.cell(row, 3, f"GX900{row}")
    path = tmp_path / "供销社人员.xlsx"
    book.save(path)
    page.goto(watched.site.url + "/import?kind=inspectors")
    page.locator("#file").set_input_files(path)  # clicks 1 and 2: the dialogue
    watched.press(page.get_by_role("button", name="试读"))  # 3
    page.locator("#answer_1").select_option("new")  # 4
    watched.press(page.get_by_role("button", name="按此再试读").first)  # 5
    watched.press(page.get_by_role("button", name="确认导入"))  # 6
    expect(page.locator("body")).to_contain_text("导入 2 条")
    page.goto(watched.site.url + "/import?kind=inspectors")
    page.locator("#file").set_input_files(path)
    watched.press(page.get_by_role("button", name="试读"))
    expect(page.get_by_role("status")).to_contain_text("未变 2")
