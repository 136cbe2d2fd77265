"""Restoring from what is no backup: told in Chinese, nothing left behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from places import NOW

from archive.preservation.restore import restore
from ssj_docs.ground.errors import FixityError, NotFoundError


def test_a_text_file_is_no_backup(tmp_path: Path) -> None:
    source = tmp_path / "备份.txt"
    source.write_text("这不是备份", encoding="utf-8")
    with pytest.raises(FixityError, match="不是备份") as caught:
        restore(source, tmp_path / "新", now=NOW)
    assert not re.search("[A-Za-z]{4}", caught.value.message)
    assert list(tmp_path.iterdir()) == [source]


def test_a_backup_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="没有备份文件"):
        restore(tmp_path / "没有.tar", tmp_path / "新", now=NOW)
