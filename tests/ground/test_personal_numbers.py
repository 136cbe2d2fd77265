"""400 numbers in their contexts: 200 restricted ones in every spelling, 200 that may be published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ssj_docs.ground.personal_data import HIDDEN, cut_restricted

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    """The texts of a file of the set."""
    text = (HERE / name).read_text("utf-8")
    return [line.replace("\\n", "\n") for line in text.splitlines() if not line.startswith("#")]


def test_no_restricted_number_leaks() -> None:
    texts = lines("numbers_to_cut.txt")
    leaks = []
    for marked in texts:
        inside = re.search("⟦(.*)⟧", marked, re.DOTALL)
        assert inside
        text = marked.replace("⟦", "").replace("⟧", "")
        if set(cut_restricted(text)[inside.start() : inside.start() + len(inside[1])]) != {HIDDEN}:
            leaks.append(marked)
    assert (len(texts), leaks) == (200, [])


def test_other_numbers_are_cut_wrongly_in_one_of_a_hundred_at_most() -> None:
    texts = lines("numbers_to_keep.txt")
    wrong = [text for text in texts if cut_restricted(text) != text]
    assert len(texts) == 200 and len(wrong) <= 2, wrong


@pytest.mark.parametrize("name", ["numbers_to_cut.txt", "numbers_to_keep.txt"])
def test_what_stands_round_a_number_stays(name: str) -> None:
    for marked in lines(name):
        before, _, rest = marked.partition("⟦")
        after = rest.partition("⟧")[2]
        cut = cut_restricted(marked.replace("⟦", "").replace("⟧", ""))
        assert cut.startswith(before) and cut.endswith(after)
