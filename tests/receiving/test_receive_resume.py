"""Cut off at each step of the work on a file: the next run goes on, nothing is lost, nothing is there twice."""

import pytest
from office import case_id, form_of, make_office, open_office
from paper import join, paper

from archive.cases import catalogue, receipts
from archive.cases.case_file import stored_items
from archive.preservation.fixity import verify
from archive.receiving.receive import receive
from archive.store.opening import store_of
from ssj_docs.database import journal

STEPS = ("_begin", "examine", "keep_file", "take_out_parts", "file_items", "_finish")


class Cut(BaseException):
    """Stands for a power cut: no handler of ours catches it."""


def cut_before(monkeypatch, name):
    import archive.receiving.receive as module

    def power_cut(*_, **__):
        raise Cut

    monkeypatch.setattr(module, name, power_cut)


def cut_after(monkeypatch, name):
    import archive.receiving.receive as module

    real = getattr(module, name)

    def power_cut(*arguments, **named):
        real(*arguments, **named)
        raise Cut

    monkeypatch.setattr(module, name, power_cut)


@pytest.mark.parametrize(
    ("cut", "step"), [*((cut_before, step) for step in STEPS), (cut_after, "file_items"), (cut_after, "_finish")]
)
def test_cut_off_at(tmp_path, monkeypatch, cut, step):
    office = make_office(tmp_path / "w", 2)
    letter = paper([(["a letter"], "")])
    data = join([*form_of(office, 2), letter, *form_of(office, 1)])
    path = office.root / "inbox" / "stack.pdf"
    path.write_bytes(data)
    cut(monkeypatch, step)
    with pytest.raises(Cut):
        receive(office, inbox=True)
    assert path.read_bytes() == data
    monkeypatch.undo()
    office = open_office(office.root)
    receive(office, inbox=True)
    assert not path.exists()
    with office.read() as connection:
        items = catalogue.load_items(connection)
        waiting = receipts.unfiled_pages(connection)
        assert receipts.staged_receipts(connection) == []
        assert journal.verify(connection).state == "intact"
    assert [item.case for item in items] == [case_id(1), case_id(2)]
    assert [len(stored_items(store_of(office), case_id(n))) for n in (1, 2)] == [1, 1]
    assert [[page.page for page in pages] for _, pages in waiting] == [[3]]
    assert store_of(office).read(waiting[0][0].object, "original/stack.pdf") == data
    assert verify(office).faults == ()
    assert [entry.name for entry in (office.root / "inbox" / ".receiving").iterdir()] == [".lock"]
