"""Files that are not what they should be: no words of a library reach the clerk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssj_docs.ground.errors import DataError
from ssj_docs.intake.tables.mapping_file import load_mapping
from ssj_docs.planning.draw.drawing import verify_file


def test_a_mapping_with_a_slip_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "列.toml"
    path.write_text('kind = "plan"\n[columns]\n抽查对象 = "对象"\n', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_mapping(path, "plan")
    assert caught.value.message == "列.toml：第 3 行写法有误，不是合格的 TOML"


def test_a_mapping_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "列.toml"
    path.write_bytes("# 列对应".encode("gb18030"))
    with pytest.raises(DataError) as caught:
        load_mapping(path, "plan")
    assert caught.value.message == "列.toml：不是 UTF-8 文本"


def test_a_record_of_a_draw_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "记录.json"
    path.write_text("{抽取", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        verify_file(path)
    assert caught.value.message == "记录.json 不是抽取记录（读不出 JSON）"
