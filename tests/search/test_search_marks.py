"""Words marked on the picture of a page."""

from __future__ import annotations

import pytest

from archive.search.marks import mark_words, page_marks
from archive.search.query.parser import Word
from ssj_docs.database.schema import page_texts
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.office.workspace import Workspace

BOXES = [
    ("检查结果：责令", 100.0, 50.0, 170.0, 60.0),
    ("改正", 100.0, 65.0, 120.0, 75.0),
    ("住 所", 10.0, 80.0, 40.0, 90.0),
    ("竖排文字", 500.0, 100.0, 510.0, 140.0),
]


@pytest.mark.parametrize(
    ("word", "rectangles"),
    [
        ("检查", [(100.0, 50.0, 120.0, 60.0)]),
        ("责令改正", [(150.0, 50.0, 170.0, 60.0), (100.0, 65.0, 120.0, 75.0)]),
        ("住所", [(10.0, 80.0, 40.0, 90.0)]),
        ("排文", [(500.0, 110.0, 510.0, 130.0)]),
        ("没有", []),
    ],
)
def test_a_word_gives_a_rectangle_a_line(word: str, rectangles: list[tuple[float, ...]]) -> None:
    assert mark_words([Word(word)], BOXES) == rectangles


def test_misread_words_and_words_of_fields() -> None:
    assert mark_words([Word("结杲:责", fuzzy=True)], BOXES, misread=True) == [(120.0, 50.0, 160.0, 60.0)]
    assert mark_words([Word("结杲:责", fuzzy=True)], BOXES) == []
    assert mark_words([Word("检查", "title")], BOXES) == []
    assert mark_words([Word("检查")], []) == []


def test_marks_of_an_archived_page(office: Workspace) -> None:
    with office.transaction() as connection:
        connection.execute(page_texts.update().where(page_texts.c.page == 2).values(boxes=[list(box) for box in BOXES]))
    marks = page_marks(office, "2026-003-0001", "0001", 2, "住所 OR 检查 -别的")
    assert (marks.width, marks.height) == (595.0, 842.0) and len(marks.rectangles) == 2
    with pytest.raises(NotFoundError, match="还没有读取"):
        page_marks(office, "2026-003-0001", "0002", 1, "住所")
