"""What each row of a table is: data, heading again, section, total, note, signature, void or hidden."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ssj_docs.intake.sheets.workbook import Row
from ssj_docs.intake.tables.blocks import Block
from ssj_docs.intake.tables.data_rows import NOTE, OUTLINE, TOTAL, plain_rows
from ssj_docs.intake.tables.dimensions import Dimensions
from ssj_docs.intake.tables.facts import FACTS
from ssj_docs.intake.tables.labels import EXACT, label_score
from ssj_docs.intake.tables.matching import Match
from ssj_docs.intake.values.folding import squeeze

_DITTO = frozenset(("同上", "〃", "″", "“", "”", '"', "''", "同前", "”“", "仝上"))
#: a cell that says that its row does not count
_VOID = re.compile(
    r"[(（【]?\s*(本项|此项|该项|本行|已)?\s*(取消|作废|删除|撤销|停止实施|不再实施|备选|候补|备用)(任务|对象|项目)?\s*[)）】]?"
)
_SIGNED = re.compile(
    r"(制表|填表|填报|审核|复核|经办|负责|联系|分管|签发|批准|统计|校对|录入|签字|签名|签收)[^:：]{0,8}[:：]|^[\u4e00-\u9fff]{0,8}(签字|签名|签章)$|(单位|部门)?(盖章|公章)|^第\s*\d+\s*页|共\s*\d+\s*页"
)
#: what pages carry beside their table
_PAGE = re.compile(
    r"[-—–·\s]*第?\d{1,3}页?[-—–·\s]*((,|，)?共\d+页)?|[(（]?(转|接|续)[上下](页|表)[)）]?|[(（]?续表[\d一二三四五六]*[)）]?"
)
#: facts that an outline says once for the rows below
_GROUPING = frozenset(
    ("department", "initiators", "field", "plan", "category", "major", "task", "district", "industry", "jurisdiction")
)
#: facts that are numbers of somebody: a row that holds one alone is a row with gaps, no heading
_NUMBERS = frozenset(("credit_code", "registration", "phone", "id", "id_number", "certificates"))
_LIST_KEYS = frozenset(
    (
        "items",
        "partner_items",
        "partners",
        "initiators",
        "departments",
        "inspectors",
        "certificates",
        "object",
        "basis",
        "tags",
        "fields",
    )
)


def ticked(text: str) -> str:
    """Of boxes to tick (■重点 □一般) the ticked ones."""
    if "□" not in text or not re.search("[■☑√✓]", text):
        return text
    return "、".join(re.findall(r"[■☑√✓]\s*([^■□☑√✓\s]+)", text))


class Rows:
    """The rows of a block: what each is, and the text of its cells with merges and outlines filled."""

    def __init__(self, block: Block, matches: Sequence[Match], dims: Dimensions) -> None:
        self.block, self.matches, self.dims = block, matches, dims
        self.columns: dict[str, int] = {}
        for match in matches:
            self.columns.setdefault(match.key, match.column)
        self._parts = {squeeze(part) for parts in block.parts.values() for part in parts}
        self._by_number: dict[int, Row] = {}
        self._merged = self._merges()
        self._apart = {row for row, _ in self._merged} | set(block.sheet.hidden_rows)
        self._heads = {part for parts in block.parts.values() for part in parts}
        self._previous: dict[int, str] = {}
        counts = sorted(
            sum(1 for column in block.columns if row.text(column).strip())
            for _, row in zip(range(40), plain_rows(block), strict=False)
        )
        self._usual = counts[len(counts) // 2] if counts else 0
        self._down = self._filled_down()

    def _merges(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Cell covered by a merge in the data → the cell that carries its text."""
        found = {}
        texts = {row.number for row in self.block.sheet.rows}
        for r1, c1, r2, c2 in self.block.sheet.merged:
            if r1 <= self.block.last or r1 not in texts or r2 - r1 > 5000 or c2 - c1 > 60:
                continue
            for row in range(r1, r2 + 1):
                for column in range(c1, c2 + 1):
                    if (row, column) != (r1, c1) and (r2 > r1 or c2 - c1 <= 2):
                        found[row, column] = (r1, c1)
        return found

    def _role(self, row: Row, body: Sequence[Row], index: int, ended: bool) -> str:
        if self._is_plainly_data(row):
            return "data"
        own = [(column, row.text(column)) for column in self.block.columns if squeeze(row.text(column))]
        covered = any((row.number, column) in self._merged for column in self.columns.values())
        if not own:
            outside = [text for text in row.texts if squeeze(text)]
            return "outside" if outside and not covered else "blank"
        if row.number in self.block.sheet.hidden_rows:
            return "hidden"
        texts = [squeeze(text) for _, text in own]
        if len(own) == 1 and _PAGE.fullmatch(texts[0]) and self.columns.get("serial") != own[0][0]:
            return "page"
        covering = [
            squeeze(self._text(row, column)[0]) for column in self.block.columns if (row.number, column) in self._merged
        ]
        if any(_VOID.fullmatch(text) for text in (*texts, *covering)):
            return "void"
        same = sum(1 for column, text in own if squeeze(text) in self._parts)
        if same >= 2 and same * 3 >= len(own) * 2:
            return "heading"
        data_keys = {match.key for match in self.matches if match.column in {column for column, _ in own}} - {
            "serial",
            "note",
        }
        if self._is_form_line(own):
            return "form"
        if any(TOTAL.match(text) for text in texts[:2]) and len(texts[0]) < 30:
            return "total"
        if texts[0] == "图例":
            return "note"
        if (
            NOTE.match(texts[0])
            and (len(set(texts)) <= 2 or texts[0] in ("说明", "备注", "注"))
            and not data_keys - {"department", "field"} - self._weak(own)
        ):
            return "note"
        if ended and len(own) * 10 < 6 * self._usual:
            return "note"
        if (
            any(_SIGNED.search(text) for text in texts)
            and len(own) <= max(4, len(self.matches) // 2)
            and (len(data_keys) < 3 or all(re.search("[:：章页]", t) for t in texts))
        ):
            return "signature"
        if (
            len(own) == 2
            and re.fullmatch(r"[(（]?[一二三四五六七八九十]+[)）]?[、.]?", texts[0])
            and not re.search(r"\d", texts[1])
        ):
            return "section"
        if len(set(texts)) == 1:
            return self._lone(row, own, body, index, covered, ended)
        if ended and len(data_keys) < 2:
            return "note"
        if not data_keys and not self.dims.columns & {column for column, _ in own}:
            return "note"
        return "data"

    def _is_form_line(self, own: Sequence[tuple[int, str]]) -> bool:
        """True for a line below a record form that says something of the whole form: 处理意见 | 责令改正."""
        if self.block.kind != "results" or len(own) > 4:
            return False
        label, column = squeeze(own[0][1]).rstrip(":："), own[0][0]
        here = next((match.key for match in self.matches if match.column == column), "")
        return any(
            fact.key != here and label_score(label, fact, "results") >= EXACT - 1.0
            for fact in FACTS["results"]
            if fact.key in ("handling", "note", "result")
        )

    def _is_plainly_data(self, row: Row) -> bool:
        """A quick look that is enough for most rows of a long list: well filled, no merge, no word that sets it apart."""
        if row.number in self._apart or self._usual < 3:
            return False
        texts = [text for column in self.block.columns if (text := row.text(column).strip())]
        if len(texts) * 10 < 7 * self._usual or texts[0] in self._heads or texts[1] in self._heads:
            return False
        if TOTAL.match(texts[0]) or TOTAL.match(texts[1]) or NOTE.match(texts[0]) or _SIGNED.search(texts[0]):
            return False
        return not any(len(text) <= 10 and _VOID.fullmatch(text) for text in texts)

    def _weak(self, own: Sequence[tuple[int, str]]) -> set[str]:
        """Keys of the cells of a row that may be a note: all of them where it holds few."""
        few = len(own) * 2 <= self._usual
        return {match.key for match in self.matches if match.column in {column for column, _ in own}} if few else set()

    def _lone(
        self, row: Row, own: Sequence[tuple[int, str]], body: Sequence[Row], index: int, covered: bool, ended: bool
    ) -> str:
        """A row with one text: a section heading, a note, or what goes on from the row above."""
        column, text = own[0]
        key = next((match.key for match in self.matches if match.column == column), "")
        wide = any(
            r1 == row.number and c1 <= column and c2 - c1 >= max(2, len(self.block.columns) // 3)
            for r1, c1, _r2, c2 in self.block.sheet.merged
        )
        following = body[index + 1 :]
        more = any(sum(1 for c in self.block.columns if r.text(c).strip()) > 2 for r in following[:8])
        if key in _NUMBERS and re.search(r"\d{6}", squeeze(text)):
            return "data"
        if re.fullmatch(r"[\d.、]+", squeeze(text)) or _PAGE.fullmatch(squeeze(text)):
            return "page"
        if key == "serial" and not more:
            return "note"
        if len(self.block.columns) <= 2 or (len(self.matches) <= 2 and not wide):
            return "data"
        if wide and more and re.search(r"[:：]", text):
            return "section"
        if len(squeeze(text)) > 40 or (ended and not more):
            return "note"
        first_columns = self.block.columns[:2]
        if (
            wide
            or (column in first_columns and not covered and key not in ("name", "items"))
            or (column in first_columns and OUTLINE.match(text.strip()) and not covered)
        ):
            if more:
                return "section"
            return "note" if re.search(r"[。；:：]|^第.*页|\d{4}年", text) or not covered else "data"
        if covered or key in _LIST_KEYS:
            return "data"
        return "data" if key and key not in ("note", "serial") else "note"

    def _text(self, row: Row, column: int) -> tuple[str, tuple[int, int], bool]:
        """A cell's text, where it stands, and whether it was said in a row above."""
        text = row.text(column)
        place = (row.number, column)
        if not squeeze(text) and place in self._merged:
            place = self._merged[place]
            source = self._row(place[0])
            return (source.text(place[1]) if source else ""), place, place[0] < row.number
        if not squeeze(text) and column in self._down and column in self._previous:
            return self._previous[column], (row.number - 1, column), True
        if squeeze(text) in _DITTO and column in self._previous:
            return self._previous[column], place, False
        if squeeze(text):
            self._previous[column] = text
        return ticked(text), place, False

    def _row(self, number: int) -> Row | None:
        if not self._by_number:
            self._by_number = {row.number: row for row in self.block.sheet.rows}
        return self._by_number.get(number)

    def _filled_down(self) -> frozenset[int]:
        """Columns before the first that is always filled, in a sheet without merges: blank means as above (an outline)."""
        rows = [row for _, row in zip(range(60), plain_rows(self.block), strict=False)]
        if any(r1 > self.block.last for r1, *_ in self.block.sheet.merged):
            return frozenset()
        found = []
        keys = {match.column: match.key for match in self.matches}
        for column in self.block.columns:
            filled = [bool(row.text(column).strip()) for row in rows]
            if not filled or all(filled):
                continue
            if (
                not filled[0]
                or keys.get(column) not in _GROUPING
                or column > self.block.columns[min(2, len(self.block.columns) - 1)]
            ):
                break
            found.append(column)
        return frozenset(found)
