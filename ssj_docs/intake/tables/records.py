"""Rows of a block → records: sections, merged cells, columns of departments, months and options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ssj_docs.intake.sheets.workbook import Row
from ssj_docs.intake.tables.around import Said, group_facts, rank_of, said_in_lines, section_of
from ssj_docs.intake.tables.blocks import INACTIVE, Block
from ssj_docs.intake.tables.data_rows import plain_rows
from ssj_docs.intake.tables.deciding import decoded
from ssj_docs.intake.tables.dimensions import Dimensions, marked
from ssj_docs.intake.tables.facts import FACTS, titles
from ssj_docs.intake.tables.inquiry import Inquiry
from ssj_docs.intake.tables.labels import EXACT, label_score
from ssj_docs.intake.tables.legends import Legend
from ssj_docs.intake.tables.matching import Match
from ssj_docs.intake.tables.row_roles import Rows
from ssj_docs.intake.tables.table import Choice, Left, TableRow
from ssj_docs.intake.values.folding import squeeze

#: what programs write where there is nothing
NOTHING = frozenset(("", "null", "(null)", "none", "n/a", "#n/a", "nan", "undefined"))
_CANCELLED = re.compile(r"取消|作废|删除|撤销|停用|不再|暂缓")


class Assembler(Rows):
    """Puts the records of one block together; what gives no value is left by name."""

    def __init__(
        self,
        block: Block,
        matches: Sequence[Match],
        dims: Dimensions,
        said: Mapping[str, Said],
        legend: tuple[Legend, Mapping[int, str]],
        reader: Inquiry,
    ) -> None:
        super().__init__(block, matches, dims)
        self.said, self.reader = said, reader
        self.legend, self.coded = legend
        self.left: list[Left] = []
        self._sections: list[tuple[int, Said, str]] = []
        self._inactive = False
        self._yes = self._yes_columns()
        self._dates = self._dates_in_parts()

    def records(self) -> list[TableRow]:
        """All records in order."""
        found: list[TableRow] = []
        hidden: list[Row] = []
        ended = False
        body = list(self.block.body())
        for index, row in enumerate(body):
            role = self._role(row, body, index, ended)
            if role == "note" and not ended:
                role = self._doubted(row, body[index + 1 : index + 4])
            if role == "hidden":
                hidden.append(row)
            elif role == "section":
                self._section(row)
            elif role == "heading":
                ended = False
            elif role == "data" and self._inactive:
                self._leave(row, "备选或未抽中")
            elif role == "data":
                ended = False
                found += self._of(row)
            elif role == "form":
                found = self._form_line(row, found)
            elif role == "void":
                cell = self.block.sheet.address(row.number, self.block.columns[0])
                message = f"第 {row.number} 行写明已取消或只是备选，没有读入"
                self.reader.warn(self.block.sheet.name, cell, message, "如应读入，请删去这个字样", "row.void")
                self._leave(row, "写明已取消或备选")
            elif role in ("total", "note", "signature", "outside", "page"):
                ended = ended or role in ("note", "signature")
                why = {
                    "total": "合计行",
                    "note": "说明",
                    "signature": "落款",
                    "outside": "表格之外的内容",
                    "page": "页码",
                }[role]
                self._leave(row, why)
        self._ask_hidden(hidden, found)
        return found

    def _doubted(self, row: Row, following: Sequence[Row]) -> str:
        """What a row among the data is that looks like a note: asked, if it may be a heading or a record."""
        sheet, columns = self.block.sheet, self.block.columns
        filled = [(column, row.text(column).strip()) for column in columns if squeeze(row.text(column))]
        if not filled or not any(sum(1 for c in columns if r.text(c).strip()) * 2 > self._usual for r in following):
            return "note"
        cell, text = sheet.address(row.number, filled[0][0]), filled[0][1]
        if len(filled) * 2 >= self._usual > 2:
            question = f"第 {row.number} 行（{text[:20]}……）不像一条记录，要读入吗？"
            answer = self.reader.ask(sheet.name, cell, "row", question, (Choice("yes", "读入"), Choice("no", "不读")))
            return "data" if answer == "yes" else "note"
        if len(filled) == 1 and len(text) <= 24 and not re.search(r"[。；;:：]|\d{4}", text):
            keys = [key for key in group_facts(self.reader.kind) if key not in self.columns]
            choices = [*(Choice(key, titles(self.reader.kind).get(key, key)) for key in keys), Choice("-", "不用")]
            question = f"第 {row.number} 行“{text}”是下面各行的什么？"
            answer = self.reader.ask(sheet.name, cell, "row", question, choices)
            if answer in keys:
                said = section_of(text, self.reader.kind, self.reader.cells, frozenset(self.columns))
                self._sections.append((rank_of(text), Said(answer, said.text if said else text, 0, 0), cell))
                return "section.said"
        return "note"

    def _form_line(self, row: Row, found: list[TableRow]) -> list[TableRow]:
        """A line below a record form (处理意见 | 责令改正) belongs to what was not in order, or to the item it names."""
        own = [(column, row.text(column).strip()) for column in self.block.columns if squeeze(row.text(column))]
        clean = self.reader.cells.is_clean
        for (_, label), (column, text) in pairwise(own):
            scores = {
                fact.key: label_score(label.rstrip(":："), fact, "results")
                for fact in FACTS["results"]
                if fact.key in ("handling", "note")
            }
            key = max(scores, key=lambda one: scores[one])
            is_label = max(label_score(text, fact, "results") for fact in FACTS["results"]) >= EXACT - 1.0
            if scores[key] < EXACT - 1.0 or is_label:
                continue
            faulty = [one for one in found if not clean(one.text("result"))]
            named = [one for one in faulty if one.text("item") and squeeze(one.text("item")) in squeeze(text)] or faulty
            cell = self.block.sheet.address(row.number, column)
            if not named:
                self.left.append(Left(self.block.sheet.name, cell, text, "没有发现问题的事项可归"))
                continue
            body = re.sub(r"[(（][^()（）]*[)）]$", "", text) if key == "handling" else text
            found = [
                replace(one, texts={**one.texts, key: body}, cells={**one.cells, key: cell})
                if one in named and not one.text(key)
                else one
                for one in found
            ]
        return found

    def _section(self, row: Row) -> None:
        filled = [(c, row.text(c).strip()) for c in self.block.columns if squeeze(row.text(c))]
        column, text = filled[0][0], "、".join(dict.fromkeys(part for _, part in filled))
        self._inactive = bool(INACTIVE.search(text))
        cell = self.block.sheet.address(row.number, column)
        if self._inactive:
            self.left.append(Left(self.block.sheet.name, cell, text.strip(), "以下为备选或未抽中"))
            return
        several = said_in_lines([(text, row.number, column)], self.reader.kind, self.reader.cells)
        said = section_of(text, self.reader.kind, self.reader.cells, frozenset(self.columns))
        rank = rank_of(text)
        while self._sections and self._sections[-1][0] >= rank:
            self._sections.pop()
        for one in several:
            if one.key not in self.columns:
                self._sections.append((rank, one, cell))
        if several:
            return
        if said is None or (said.key in self.columns and self._column_filled(said.key)):
            if said is None:
                self.left.append(Left(self.block.sheet.name, cell, text.strip(), "小标题，没有对应的登记项"))
            return
        self._sections.append((rank, said, cell))

    def _column_filled(self, key: str) -> bool:
        rows = [row for _, row in zip(range(50), plain_rows(self.block), strict=False)]
        return any(row.text(self.columns[key]).strip() for row in rows)

    def _leave(self, row: Row, why: str) -> None:
        for column, text in enumerate(row.texts, 1):
            if squeeze(text):
                self.left.append(
                    Left(self.block.sheet.name, self.block.sheet.address(row.number, column), text.strip(), why)
                )

    def _ask_hidden(self, hidden: Sequence[Row], found: list[TableRow]) -> None:
        """Hidden rows are not read; where they do not look cancelled, the clerk decides."""
        if not hidden:
            return
        sheet = self.block.sheet
        numbers = "、".join(str(row.number) for row in hidden[:10])
        cell = sheet.address(hidden[0].number, self.block.columns[0])
        if all(_CANCELLED.search("".join(row.texts)) for row in hidden):
            self.reader.warn(
                sheet.name,
                cell,
                f"第 {numbers} 行是隐藏行，写明已取消，没有读入",
                "如应读入，请取消隐藏后再导入",
                "row.hidden",
            )
            answer = "no"
        else:
            answer = self.reader.ask(
                sheet.name,
                cell,
                "hidden",
                f"第 {numbers} 行是隐藏的（共 {len(hidden)} 行），要读入吗？",
                (Choice("yes", "读入"), Choice("no", "不读")),
            )
        for row in hidden:
            if answer == "yes":
                found += self._of(row)
            else:
                self._leave(row, "隐藏的行")
        found.sort(key=lambda record: record.number)

    def _yes_columns(self) -> dict[int, str]:
        """Columns of a list that hold 是 or 否: the list they are about (是否黑名单 → 黑名单)."""
        found = {}
        for match in self.matches:
            if match.key == "tags":
                texts = [
                    squeeze(row.text(match.column)) for _, row in zip(range(60), plain_rows(self.block), strict=False)
                ]
                filled = [text for text in texts if text]
                if filled and all(text in ("是", "否", "√", "×", "有", "无", "Y", "N") for text in filled):
                    found[match.column] = re.sub(
                        r"^是否|列入|纳入|属于|被|企业$|[(（].*[)）]", "", squeeze(match.label)
                    )
        return found

    def _dates_in_parts(self) -> dict[int, tuple[int, int]]:
        """Column of years → the columns of months and of days beside it (成立日期 over 年 | 月 | 日)."""
        ends = {column: squeeze(self.block.parts[column][-1])[-1:] for column in self.block.columns}
        return {c: (c + 1, c + 2) for c in ends if [ends.get(c + n) for n in range(3)] == ["年", "月", "日"]}

    def _of(self, row: Row) -> list[TableRow]:
        """The records of a row of data."""
        texts: dict[str, str] = {}
        cells: dict[str, str] = {}
        inherited: set[str] = set()
        for match in self.matches:
            text, place, above = self._text(row, match.column)
            if squeeze(text).lower() in NOTHING:
                continue
            text = decoded(text, self.coded, self.legend, match.column)
            if match.column in self._dates:
                text = "-".join((text, *(self._text(row, column)[0] for column in self._dates[match.column])))
            if match.column in self._yes:
                if squeeze(text) not in ("是", "√", "有", "Y"):
                    continue
                text = self._yes[match.column]
            if match.key in texts:
                texts[match.key] += f"{'、' if match.key not in ('items', 'partner_items') else chr(10)}{text}"
                continue
            texts[match.key] = text
            if place != (row.number, match.column):
                cells[match.key] = self.block.sheet.address(*place)
            if above:
                inherited.add(match.key)
        if texts and set(texts) <= inherited and not self.dims.columns:
            self._leave_rest(row)
            return []
        self._colour(row, texts)
        self._options(row, texts)
        self._constants(texts, cells, inherited)
        period = self._period(row)
        if period and "window" not in texts:
            texts["window"] = period
        return [
            TableRow(row.number, one, self.columns, frozenset(inherited), cells, self.block.sheet.address)
            for one in self._variants(row, texts)
        ]

    def _leave_rest(self, row: Row) -> None:
        """What a row says beyond the record that it goes on with."""
        taken = {match.column for match in self.matches}
        sheet = self.block.sheet
        for column in self.block.columns:
            if column not in taken and squeeze(row.text(column)):
                cell = sheet.address(row.number, column)
                self.left.append(Left(sheet.name, cell, row.text(column).strip(), "没有对应的登记项"))

    def _options(self, row: Row, texts: dict[str, str]) -> None:
        """Values whose column carries a mark; figures under risk grades."""
        for one in self.dims.options:
            if marked(self._text(row, one.column)[0]):
                joined = [part for part in texts.get(one.key, "").split("、") if part]
                texts[one.key] = "、".join([*joined, one.value])
        if not self.dims.levels or "ratio" in texts:
            return
        said = {column: self._text(row, column) for column in self.dims.levels}
        places = {place for text, place, _ in said.values() if squeeze(text)}
        filled = [
            (level, squeeze(said[column][0]).rstrip("%"))
            for column, level in self.dims.levels.items()
            if squeeze(said[column][0])
        ]
        if len(places) == 1 and filled:
            texts["ratio"] = f"{filled[0][1]}%"
        elif filled:
            texts["ratio"] = "，".join(f"{level}{'级' if len(level) == 1 else ''}{figure}%" for level, figure in filled)

    def _colour(self, row: Row, texts: dict[str, str]) -> None:
        """A grade that is only a colour, where a legend explains the colours."""
        if self.reader.kind != "subjects" or texts.get("grade"):
            return
        for column in self.block.columns:
            colour = self.block.sheet.fills.get((row.number, column))
            meaning = self.legend.colour(colour) if colour else ""
            if meaning:
                texts["grade"] = meaning
                return

    def _constants(self, texts: dict[str, str], cells: dict[str, str], inherited: set[str]) -> None:
        for _, said, cell in self._sections:
            if not texts.get(said.key):
                texts[said.key] = said.text
                cells[said.key] = cell
                inherited.add(said.key)
        for key, one in self.said.items():
            if not texts.get(key):
                texts[key] = one.text
                cells[key] = (
                    self.block.sheet.address(one.row, one.column) if one.row else f"工作表“{self.block.sheet.name}”"
                )
                inherited.add(key)

    def _period(self, row: Row) -> str:
        """The months under which a mark stands."""
        spans = [span for column, span in self.dims.periods.items() if marked(self._text(row, column)[0])]
        if not spans:
            return ""
        first, last = min(a for a, _ in spans), max(b for _, b in spans)
        return f"{first}月-{last}月" if first != last else f"{first}月"

    def _variants(self, row: Row, base: Mapping[str, str]) -> list[dict[str, str]]:
        """One record for each department or item that has columns of its own; roles of a plan go into one record."""
        if not self.dims.rows:
            return [dict(base)]
        if self.reader.kind in ("plan", "items"):
            return [self._roles(row, base)]
        groups: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        for one in self.dims.rows:
            text = self._text(row, one.column)[0]
            if not squeeze(text):
                continue
            text = self.legend.meaning(text, self.block.label(one.column)) or text
            fixed = tuple(sorted(one.fixed.items()))
            values = groups.setdefault(fixed, {**base, **one.fixed})
            values[one.key] = text
        if not groups:
            return [dict(base)]
        records = list(groups.values())
        faulty = [found for found in records if not self.reader.cells.is_clean(found.get("result", ""))]
        for record in records if faulty else ():
            if record not in faulty:  # what was found, and what was done, belongs to what was not in order
                for key in ("note", "handling"):
                    if key in base and record.get(key) == base[key]:
                        del record[key]
        return records

    def _roles(self, row: Row, base: Mapping[str, str]) -> dict[str, str]:
        """Marks under departments: who leads and who joins."""
        found = dict(base)
        lead: list[str] = []
        join: list[str] = []
        leading = self._leading_marks()
        for one in self.dims.rows:
            text = squeeze(self._text(row, one.column)[0])
            if not marked(text):
                continue
            (lead if text in leading or re.search("牵头|发起|主办", text) else join).append(one.fixed["department"])
        first = "initiators" if self.reader.kind == "plan" else "department"
        if lead and not found.get(first):
            found[first] = "、".join(lead)
        if join:
            found["partners"] = "、".join(filter(None, [found.get("partners", ""), *join]))
        return found

    def _leading_marks(self) -> frozenset[str]:
        """The marks that the legend explains as leading, or ● and ★ where it explains none."""
        explained = {one.code for one in self.legend.codes if re.search("牵头|发起|主办", one.meaning)}
        return frozenset(explained) or frozenset("●★■▲◎")
