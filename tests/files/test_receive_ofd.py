"""OFD files: taken in, kept, their text read and found; one made to harm its reader is kept and named."""

import pytest
from ofd_paper import content, ofd
from office import case_id, make_office
from page_rows import page_rows

from archive.cases import receipts
from archive.cases.case_file import read_item
from archive.cases.catalogue import load_items
from archive.files.ofd_reader import read_ofd
from archive.receiving.receive import receive
from archive.text.read_and_index import read_and_index
from ssj_docs.ground.errors import DataError

PAGES = [
    [("当事人：", 20, 40), ("青禾县第2加油站有限公司", 40, 40), ("证照齐全，未发现问题。", 20, 60)],
    [("第二页：", 20, 40), ("以上属实。", 40, 40)],
]
BOMB = b'<?xml version="1.0"?>' + b" " * (40 << 20)
ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.fixture
def office(tmp_path):
    return make_office(tmp_path / "w", 2)


def test_text_stands_in_lines_with_its_places_template_first(tmp_path):
    place = tmp_path / "a.ofd"
    place.write_bytes(ofd(PAGES, signed=True))
    found = read_ofd(place)
    assert found.signed
    assert [page.text for page in found.pages] == [
        "青禾县市场监督管理局\n当事人：青禾县第2加油站有限公司\n证照齐全，未发现问题。",
        "青禾县市场监督管理局\n第二页：以上属实。",
    ]
    words, x0, y0, x1, y1 = found.pages[0].boxes[2]
    assert words == "青禾县第2加油站有限公司"
    assert (x0, y0, x1, y1) == pytest.approx((113.4, 113.4, 283.5, 127.6), abs=0.1)
    assert (found.pages[0].width, found.pages[0].height) == pytest.approx((595.3, 841.9))


@pytest.mark.parametrize(
    ("name", "replaced"),
    [
        ("a bomb", {"Doc_0/Pages/Page_0/Content.xml": BOMB}),
        ("entities", {"Doc_0/Pages/Page_0/Content.xml": content([("&c;", 1, 1)], ENTITIES).replace("&amp;", "&")}),
        (
            "a page outside",
            {"Doc_0/Document.xml": '<D><Pages><Page ID="1" BaseLoc="../../../etc/passwd"/></Pages></D>'},
        ),
        ("nested without end", {"Doc_0/Pages/Page_0/Content.xml": "<P>" + "<L>" * 5000 + "</L>" * 5000 + "</P>"}),
        ("no pages", {"Doc_0/Document.xml": "<D/>"}),
        ("no XML", {"OFD.xml": b"\x00\xff torn"}),
    ],
)
def test_a_file_made_to_harm_is_refused_kept_and_named(tmp_path, office, name, replaced):
    data = ofd(PAGES, replaced=replaced)
    (tmp_path / "a.ofd").write_bytes(data)
    with pytest.raises(DataError):
        read_ofd(tmp_path / "a.ofd")
    (office.root / "inbox" / "公函.ofd").write_bytes(data)
    report = receive(office, inbox=True).files[0]
    assert (report.outcome, report.pages) == ("unfiled", 0)
    assert "broken" in {notice.code for notice in report.notices}
    assert not list((office.root / "inbox").glob("*.ofd"))


def test_an_ofd_waits_with_a_guess_is_filed_whole_and_its_text_is_read(office):
    data = ofd(PAGES, signed=True)
    (office.root / "inbox" / "公函").write_bytes(data)  # told by its bytes, not by its name
    report = receive(office, inbox=True).files[0]
    assert report.outcome == "unfiled"
    with office.read() as connection:
        ((receipt, (page,)),) = receipts.unfiled_pages(connection)
    assert (receipt.type, page.page) == ("ofd", 0)
    assert page.guesses[0]["case"] == case_id(2) and "名称" in page.guesses[0]["why"]
    (office.root / "inbox" / "公函.ofd").write_bytes(data)
    report = receive(office, inbox=True, case=case_id(2), kind="jilubiao").files[0]
    assert (report.outcome, report.items[0].verdict) == ("filed", "undetermined")
    with office.read() as connection:
        (item,) = load_items(connection, case_id(2))
        assert receipts.unfiled_pages(connection) == []
    assert read_item(office, item) == data
    assert item.pages == 2 and "SM2" in item.verdict_detail["reason"]
    assert read_and_index(office).read == 2
    with office.read() as connection:
        first, second = page_rows(connection, case_id(2), item.item)
    assert (first["state"], first["origin"]) == ("done", "text")
    assert "未发现问题" in first["text"] and "以上属实" in second["text"]
