"""Printed pages with a known text: a record form with a ruled table, and a page of running text.

Drawn straight into a PDF with embedded fonts, so that a test can change one word of a page and have
both in well under a second. The words are made up.
"""

from __future__ import annotations

import ctypes
import functools
import io
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

A4 = (595.28, 841.89)
NOT_FIRST = "，。、；：）”》"


@dataclass(frozen=True)
class Line:
    """One printed line: its left edge and baseline in points from the top left corner."""

    x: float
    baseline: float
    text: str
    size: float = 12.0


@dataclass(frozen=True)
class Sheet:
    """A page: lines of text and ruled strokes (x0, y0, x1, y1), in reading order."""

    lines: tuple[Line, ...]
    strokes: tuple[tuple[float, float, float, float], ...] = ()

    @property
    def text(self) -> str:
        """The page's text as a person reads it, a line each."""
        return "\n".join(line.text for line in self.lines)

    def with_change(self, old: str, new: str) -> Sheet:
        """The same page with one piece of text changed; it must occur."""
        changed = tuple(replace(line, text=line.text.replace(old, new)) for line in self.lines)
        if changed == self.lines:
            raise ValueError(f"{old!r} does not stand on one line of the page")
        return replace(self, lines=changed)

    def without_line(self, part: str) -> Sheet:
        """The same page without the lines that hold `part`."""
        return replace(self, lines=tuple(line for line in self.lines if part not in line.text))


@dataclass
class Table:
    """Lays a table out: columns by width, rows by the highest cell."""

    left: float
    top: float
    size: float
    lines: list[Line] = field(default_factory=list)
    strokes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def row(self, cells: Sequence[str], widths: Sequence[float], *, least: float = 0.0) -> None:
        """One row; each cell's text is broken to its width."""
        broken = [wrap(cell, width - 8, self.size) for cell, width in zip(cells, widths, strict=True)]
        step = self.size * 1.35
        height = max(max(len(cell) for cell in broken) * step + 8, least)
        x = self.left
        for cell, width in zip(broken, widths, strict=True):
            y = self.top + (height - len(cell) * step) / 2 + self.size
            for text in cell:
                self.lines.append(Line(x + 4, y, text, self.size))
                y += step
            self.strokes.append((x, self.top, x, self.top + height))
            x += width
        self.strokes.append((x, self.top, x, self.top + height))
        self.strokes.append((self.left, self.top, x, self.top))
        self.strokes.append((self.left, self.top + height, x, self.top + height))
        self.top += height

    def span(self, label: Sequence[str], width: float, rows: Sequence[tuple[Sequence[str], Sequence[float]]]) -> None:
        """Rows beside one merged cell, whose text has a line for each part of ``label``."""
        top, first = self.top, len(self.lines)
        self.left += width
        for cells, widths in rows:
            self.row(cells, widths)
        self.left -= width
        step = self.size * 1.35
        y = (top + self.top - len(label) * step) / 2 + self.size
        x = self.left + (width - self.size) / 2
        self.lines[first:first] = [Line(x, y + step * n, part, self.size) for n, part in enumerate(label)]
        right = self.left + width
        self.strokes += [(self.left, top, right, top), (self.left, self.top, right, self.top)]
        self.strokes.append((self.left, top, self.left, self.top))


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break at the last character that fits; Latin letters count half, closing marks hang over."""
    lines, line, used = [], "", 0.0
    for character in text:
        advance = size * (0.55 if ord(character) < 0x2E80 else 1.0)
        if line and used + advance > width and character not in NOT_FIRST:
            lines.append(line)
            line, used = "", 0.0
        line += character
        used += advance
    return [*lines, line] if line else lines


def record_form(
    *,
    number: str = "青双随机查〔2024〕37号",
    company: str = "青禾县云栖谷食品有限公司",
    date: str = "2024年6月18日",
    result: str = "发现问题已责令改正",
) -> Sheet:
    """A record form: heading, particulars, a table of items with wrapped cells, opinions, signatures."""
    heading = [Line(150, 70, "“双随机、一公开”联合抽查记录表", 18), Line(56, 100, f"编号：{number}", 11)]
    heading.append(Line(400, 100, f"检查日期：{date}", 11))
    table = Table(left=50, top=112, size=10.5)
    table.row(["检查对象名称", company, "法定代表人", "沈青岚"], [90, 225, 90, 90])
    table.row(["统一社会信用代码", "91410999MA9K3T7X2H", "联系电话", "见限制件"], [90, 225, 90, 90])
    table.row(["住所", "青禾县云栖镇柳溪路十八号院二号楼三层东侧"], [90, 405])
    table.row(["序号", "抽查事项", "检查内容", "检查结果", "备注"], [36, 110, 200, 90, 59])
    items = [
        ("登记事项检查", "营业执照是否置于住所醒目位置，登记的住所与实际经营场所是否一致", "未发现问题", ""),
        (
            "公示信息检查",
            "年度报告中通信地址、从业人数、股东出资信息是否真实，即时信息是否按规定时限公示",
            result,
            "限十五日",
        ),
        (
            "食品生产监督检查",
            "进货查验记录、生产过程控制记录和出厂检验记录是否完整，保存期限是否符合规定",
            "未发现问题",
            "",
        ),
        ("特种设备使用检查", "使用登记证、定期检验报告和作业人员证书是否在有效期内", "未发现问题", "叉车两台"),
        ("计量器具检查", "强制检定的工作计量器具是否登记造册并按周期申请检定", "不适用", ""),
        ("消防安全检查", "疏散通道是否畅通，灭火器压力是否正常，员工是否掌握报警和初起火灾处置方法", "未发现问题", ""),
    ]
    for serial, (item, content, outcome, note) in enumerate(items, 1):
        table.row([str(serial), item, content, outcome, note], [36, 110, 200, 90, 59])
    opinion = (
        "经现场检查，公示信息检查一项存在从业人数填报与实际不符的情形，"
        "当事人对上述事实无异议，已当场告知改正的内容和期限。"
    )
    table.row(["检查意见", opinion], [90, 405], least=64)
    table.row(["检查人员签名", "", "执法证号", ""], [90, 225, 90, 90], least=44)
    table.row(["被检查单位签名盖章", "", "日期", ""], [90, 225, 90, 90], least=44)
    foot = [Line(56, table.top + 22, "本表一式三份，当事人、检查单位、县双随机办各存一份。", 10)]
    return Sheet((*heading, *table.lines, *foot), tuple(table.strokes))


def notice(*, date: str = "2024年3月5日") -> Sheet:
    """A page of running text in the official measure: 28 characters a line, levels, signature block."""
    paragraphs = [
        "各乡镇人民政府，县联席会议各成员单位：",
        (
            "　　为进一步规范部门联合抽查工作，减少对市场主体正常生产经营活动的干扰，"
            "根据本年度抽查计划，现就有关事项通知如下。"
        ),
        "　　一、抽查任务",
        (
            "　　本次联合抽查由县市场监督管理局牵头，会同县应急管理局、县消防救援大队实施，"
            "抽取比例为百分之三，抽取检查对象四十六户，检查人员二十四名。"
        ),
        "　　二、工作要求",
        "　　（一）统一时间。检查于4月10日至5月31日进行，每户由两名以上持证人员同时到场。",
        "　　（二）统一表格。检查结果当场填写记录表，由检查人员和当事人签字确认，五个工作日内交县双随机办归档。",
        (
            "　　（三）统一公示。检查结果自完成之日起二十个工作日内向社会公示，发现问题的按照各自职责依法处理，"
            "并做好后续监管衔接。"
        ),
        "　　三、联系方式",
        "　　联系人：罗清和，办公地点设在县行政服务中心四楼408室。",
    ]
    lines = [Line(120, 96, "关于开展食品生产企业联合抽查的通知", 20)]
    baseline = 150.0
    for paragraph in paragraphs:
        for text in wrap(paragraph, 28 * 15.8 + 0.1, 15.8):
            indent = len(text) - len(text.lstrip("　"))
            lines.append(Line(79 + indent * 15.8, baseline, text.lstrip("　"), 15.8))
            baseline += 29.6
    lines.append(Line(250, baseline + 40, "青禾县双随机抽查工作联席会议办公室", 15.8))
    lines.append(Line(340, baseline + 70, date, 15.8))
    return Sheet(tuple(lines))


def print_pdf(sheets: Sequence[Sheet], *, family: str = "Noto Serif CJK SC") -> bytes:
    """Print the sheets as one PDF with a text layer."""
    text = "".join(line.text for sheet in sheets for line in sheet.lines)
    data = _font_for(family, "".join(sorted(set(text))))
    with pdfium.PdfDocument.new() as document:
        buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        font = raw.FPDFText_LoadFont(document, buffer, len(data), raw.FPDF_FONT_TRUETYPE, True)
        for sheet in sheets:
            page = document.new_page(*A4)
            _print(document, page, font, sheet)
            page.gen_content()
            page.close()
        raw.FPDFFont_Close(font)
        target = io.BytesIO()
        document.save(target)
    return target.getvalue()


def _print(document: pdfium.PdfDocument, page: pdfium.PdfPage, font: object, sheet: Sheet) -> None:
    height = A4[1]
    for line in sheet.lines:
        item = raw.FPDFPageObj_CreateTextObj(document, font, line.size)
        encoded = line.text.encode("utf-16-le") + b"\0\0"
        wide = ctypes.cast(ctypes.create_string_buffer(encoded, len(encoded)), ctypes.POINTER(ctypes.c_ushort))
        raw.FPDFText_SetText(item, wide)
        raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, line.x, height - line.baseline)
        raw.FPDFPage_InsertObject(page, item)
    for x0, y0, x1, y1 in sheet.strokes:
        path = raw.FPDFPageObj_CreateNewPath(x0, height - y0)
        raw.FPDFPath_LineTo(path, x1, height - y1)
        raw.FPDFPageObj_SetStrokeColor(path, 0, 0, 0, 255)
        raw.FPDFPageObj_SetStrokeWidth(path, 0.6)
        raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_NONE, True)
        raw.FPDFPage_InsertObject(page, path)


@functools.lru_cache(maxsize=64)
def _font_for(family: str, characters: str) -> bytes:
    answer = subprocess.run(
        ["fc-match", "-f", "%{file}\n%{index}", family], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    font = TTFont(answer[0], fontNumber=int(answer[1]) & 0xFFFF if answer[0].endswith(".ttc") else -1)
    options = Options(layout_features=[], notdef_outline=True, hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    target = io.BytesIO()
    font.save(target, reorderTables=False)
    return target.getvalue()
