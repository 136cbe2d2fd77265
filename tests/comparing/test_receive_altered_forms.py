"""Five forms of the example office altered after issue and sent in as signed: all five found, no other accused.

The altered papers bear the codes of the papers issued, so they are filed where they claim to belong, and told.
"""

import io
import zipfile
from datetime import UTC, datetime

import docx
import pytest
from page_rows import page_rows
from paper import join

from archive.cases.catalogue import load_items
from archive.demonstration import open_example
from archive.receiving.receive import receive
from archive.text.read_and_index import read_and_index
from examples.scanner import Writing, make_scan
from ssj_docs.documents.batch import convert_issued, form_orders
from ssj_docs.documents.issue import issue_forms
from ssj_docs.documents.pdf.convert import convert_to_pdf

TASK = "2026-001"
PICTURE = "word/media/picture1.png"


def case(number):
    return f"{TASK}-{number:04d}"


def replaced(old, new):
    """Words put in place of others, wherever they stand, their look kept."""

    def alter(data):
        document = docx.Document(io.BytesIO(data))
        cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
        paragraphs = [*document.paragraphs, *(p for cell in cells for p in cell.paragraphs)]
        runs = [run for paragraph in paragraphs for run in paragraph.runs if old in run.text]
        assert runs, old
        runs[0].text = runs[0].text.replace(old, new, 1)
        return saved(document)

    return alter


def without_line(beginning):
    def alter(data):
        document = docx.Document(io.BytesIO(data))
        (line,) = [paragraph for paragraph in document.paragraphs if paragraph.text.startswith(beginning)]
        line._p.getparent().remove(line._p)
        return saved(document)

    return alter


def saved(document):
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_code_of(mine, other):
    """Another paper under the code of this one: the page was swapped."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(mine)) as own,
        zipfile.ZipFile(io.BytesIO(other)) as page,
        zipfile.ZipFile(out, "w") as made,
    ):
        for name in page.namelist():
            made.writestr(name, (own if name == PICTURE else page).read(name))
    return out.getvalue()


@pytest.fixture(scope="module")
def sent_in(tmp_path_factory):
    """The office, and what was altered on which paper; everything scanned, received and read."""
    root = tmp_path_factory.mktemp("altered")
    office = open_example(root / "w", now=datetime(2026, 11, 20, 9, tzinfo=UTC))
    chosen = [
        order
        for order in form_orders(office, TASK, ["jilubiao", "gaozhishu", "fankui"])
        if order.case in {case(number) for number in range(1, 5)}
    ]
    made = convert_issued(office, list(issue_forms(office, chosen)))
    papers = {(one.document.case, one.document.kind): one.document for one in made}
    words = {key: office.path(document.path).read_bytes() for key, document in papers.items()}
    alterations = {
        (case(1), "jilubiao"): replaced("2010年6月18日", "2016年6月18日"),
        (case(2), "jilubiao"): replaced("有限公司", "有限公同"),
        (case(1), "fankui"): replaced("未发现问题", "发现问题"),
        (case(1), "gaozhishu"): without_line("检查时间："),
        (case(3), "jilubiao"): lambda data: with_code_of(data, words[case(4), "jilubiao"]),
    }
    folder = root / "altered"
    folder.mkdir()
    for number, (key, alter) in enumerate(alterations.items()):
        (folder / f"{number}.docx").write_bytes(alter(words[key]))
    forged = convert_to_pdf(sorted(folder.glob("*.docx")), folder)
    pdfs = {key: office.path(document.pdf_path).read_bytes() for key, document in papers.items()}
    pdfs |= {key: path.read_bytes() for key, path in zip(alterations, sorted(forged), strict=True)}
    scans = [
        make_scan(
            pdf,
            seed=number,
            dpi=(150, 200)[number % 2],
            tilt=(-3.5, -1.0, 0.0, 1.5, 4.0)[number % 5],
            upside_down=number % 4 == 3,
            stamp="青禾县应急管理局",
            stamp_at=(430, 690),
            colour=number % 3 == 0,
            handwriting=[Writing(0, 180, 700, "", 18)],
        )
        for number, pdf in enumerate(pdfs.values())
    ]
    (office.root / "inbox" / "扫描.pdf").write_bytes(join(scans))
    report = receive(office, inbox=True)
    assert len(report.files[0].items) == len(papers) and not report.files[0].left
    return office, set(alterations), set(papers), read_and_index(office)


def kinds(office, places):
    found = set()
    with office.read() as connection:
        for owner, item, _page in places:
            found.add((owner, next(i.kind for i in load_items(connection, owner) if i.item == item)))
    return found


def test_all_five_alterations_are_found_and_nobody_else_is_accused(sent_in):
    office, altered, papers, report = sent_in
    assert len(altered) == 5 and len(papers) >= 10
    assert kinds(office, report.altered) == altered
    assert report.failed == 0


def test_each_alteration_is_told_with_its_words_and_place(sent_in):
    office, altered, papers, _ = sent_in
    told, confirmed = {}, 0
    with office.read() as connection:
        for owner in {case for case, _ in papers}:
            for item in load_items(connection, owner):
                for row in page_rows(connection, owner, item.item):
                    marks = row["comparison"]["altered"] + row["comparison"]["missing"]
                    told.setdefault((owner, item.kind), []).extend((mark[1], mark[2]) for mark in marks)
                    confirmed += row["comparison"]["confirmed"] is True
                    assert all(0 <= mark[3][0] <= row["width"] and 0 <= mark[3][1] <= row["height"] for mark in marks)
    assert ("2010", "2016") in told[case(1), "jilubiao"]
    assert ("司", "同") in told[case(2), "jilubiao"]
    assert any("未" in issued and "未" not in found for issued, found in told[case(1), "fankui"])
    assert any("检查时间" in issued or "检查方式" in issued for issued, _ in told[case(1), "gaozhishu"])
    assert told[case(3), "jilubiao"]
    assert all(not marks for key, marks in told.items() if key not in altered)
    assert confirmed >= len(papers) - len(altered)
