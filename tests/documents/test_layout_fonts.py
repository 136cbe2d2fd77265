"""The fonts at hand are known, and characters that they lack are told before issue."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from layout_papers import PLAIN, TABLE_UPRIGHT
from places import ROOT

from ssj_docs.documents.paging.fonts import (
    document_glyphs,
    missing_glyphs,
)
from ssj_docs.ground.errors import MissingProgramError
from ssj_docs.model.document import Block

#: fonts that GB/T 9704-2012 names, as the templates call them
OFFICIAL_FONTS = ("方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体")


@pytest.mark.parametrize("font", OFFICIAL_FONTS)
def test_each_official_font_has_a_chinese_font_here(font: str) -> None:
    assert missing_glyphs("中华人民共和国", font) == []


def test_common_text_lacks_nothing() -> None:
    assert missing_glyphs("关于印发《青禾县2026年度部门联合“双随机、一公开”抽查计划》的通知①—…％〔〕") == []


def test_a_rare_character_is_named_once_with_what_prints_it() -> None:
    problems = missing_glyphs("林堃、张堃", source="检查人员.xlsx", field="姓名")
    assert [problem.value for problem in problems] in ([], ["堃"])  # an official font may hold it
    for problem in problems:
        assert problem.severity == "warning" and "U+5803" in problem.message and problem.source == "检查人员.xlsx"


def test_a_character_in_no_font_is_an_error() -> None:
    (problem,) = missing_glyphs("王\U0010fffd")
    assert problem.severity == "error" and "U+10FFFD" in problem.message and problem.remedy


def test_a_document_is_looked_through_element_by_element() -> None:
    assert document_glyphs(PLAIN) == []
    odd = "\U0010fffd"
    document = replace(PLAIN, title=(odd,), signers=(odd,), blocks=(Block(0, odd),), cc=odd)
    fields = {problem.field for problem in document_glyphs(document, "拟稿.md")}
    assert fields == {"标题", "签发人", "正文", "其他要素"}
    attachment = TABLE_UPRIGHT.attachments[0]
    assert attachment.table is not None
    table = replace(attachment.table, note=odd)
    document = replace(TABLE_UPRIGHT, attachments=(replace(attachment, table=table),))
    assert [problem.field for problem in document_glyphs(document)] == [f"附件《{attachment.title}》"]


def test_without_fontconfig_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgramError, match="fontconfig") as caught:
        missing_glyphs("字", "没有用过的字体名")
    assert "install-fonts" in caught.value.remedy


def test_the_alias_file_maps_every_official_font() -> None:
    tree = ElementTree.parse(ROOT / "scripts" / "fonts.conf")
    aliases = {alias.findtext("family"): [f.text for f in alias.iter("family")][1:] for alias in tree.iter("alias")}
    for name in OFFICIAL_FONTS:
        assert aliases[name], name
        assert any(str(other).startswith(("Fandol", "Noto")) for other in aliases[name])


def test_the_install_script_is_sound_and_may_run_again() -> None:
    script = ROOT / "scripts" / "install-fonts"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert script.stat().st_mode & 0o111
