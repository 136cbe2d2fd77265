"""Papers as other offices lay them out, with a known text: two columns, dense ledgers, merged cells, underlined blanks.

None follows a template of ours; every word is made up. Text stands in `Sheet.text` in the order a person reads it:
column by column, and cell by cell in rows from the top, a merged cell where it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.printed_pages import Line, Sheet, Table, wrap


def bulletin() -> Sheet:
    """A bulletin: heading across, two columns of running text, a page number."""
    left = [
        "本期导读：上半年全市抽查工作完成过半，十二个县区中有九个按计划推进，三个因人员调整延后。",
        "　　一、总体进度",
        "　　截至六月末，全市共抽取经营主体一千八百六十四户，已完成现场检查一千二百零三户，完成率百分之六十四点五，"
        "其中跨部门联合检查七百一十八户，占已检查户数的六成。与去年同期相比，重复上门次数下降两成以上。",
        "　　二、发现的问题",
        "　　住所与登记不符的一百零六户，年度报告信息不实的八十九户，特种设备超期未检的十四户，"
        "消防通道堵塞的三十一户。上述问题均已告知当事人，责令限期改正二百二十户，移送有管辖权的机关立案六户。",
    ]
    right = [
        "　　三、经验做法",
        "　　湖城区把检查事项并成一张清单，企业扫码即可看到检查依据和结果；青禾县由牵头单位统一约定日期，"
        "各部门同一天进门，平均用时由三个半小时缩到一小时四十分。",
        "　　四、存在的不足",
        "　　个别部门抽查结果录入不及时，最长的拖延了二十六天；部分记录表填写潦草，执法证号漏填；"
        "公示链接失效的有四处，群众查询不到结果。",
        "　　五、下一步安排",
        "　　七月底前补齐未公示的结果，八月组织交叉互查，九月汇总案卷评查情况，十月起准备下一年度计划的编制。",
    ]
    lines = [
        Line(150, 78, "抽查工作简报", 30),
        Line(64, 112, "2025年第7期（总第43期）", 11),
        Line(392, 112, "湖城市抽查工作专班编", 11),
    ]
    strokes = [(60.0, 120.0, 535.0, 120.0)]
    for x, paragraphs in ((62.0, left), (310.0, right)):
        lines += running(paragraphs, x=x, top=146, width=21 * 10.6, size=10.5, step=18.5)
    lines.append(Line(278, 806, "— 3 —", 10.5))
    return Sheet(tuple(lines), tuple(strokes))


def ledger() -> Sheet:
    """A dense ledger: small type, seven columns, many rows, a wrapped cell here and there."""
    names = (
        "松溪粮油",
        "白鹭照明器材",
        "远帆物流",
        "青砚文具",
        "禾田农资",
        "望岳酒店管理",
        "云麓药房",
        "桐花幼儿园后勤",
        "石渠建材",
        "星澜网络科技",
        "晴川水处理",
        "柳岸餐饮",
        "安阜燃气",
        "竹溪茶业",
        "朗月珠宝",
        "锦程汽车修理",
        "苇塘水产",
        "东篱花卉",
        "鹿鸣印务",
        "九曲电梯维保",
        "半亩书店",
        "砺石机械",
        "海棠美容",
        "平川运输",
    )
    people = ("贺岚", "闻一舟", "钟离雪", "石敬之", "陶然", "邬小满", "车云帆", "祝青")
    results = ("未发现问题", "未发现问题", "责令改正", "未发现问题", "不配合检查", "未发现问题", "失联", "未发现问题")
    table = Table(left=40, top=96, size=8.5)
    widths = [26, 128, 112, 46, 62, 66, 75]
    table.row(["序号", "经营主体名称", "统一社会信用代码", "联系人", "检查日期", "检查结果", "备注"], widths)
    for number, name in enumerate(names):
        code = f"91{410900 + 37 * number}MA{40000000 + 7654321 * number % 59999999}X"[:18]
        note = ("", "已复查", "", "", "三次上门均无人配合", "", "按住所无法联系", "")[number % 8]
        cells = [
            str(number + 1),
            f"湖城市{name}有限公司",
            code,
            people[number % 8],
            f"2025-{number % 6 + 1:02}-{number * 5 % 27 + 1:02}",
            results[number % 8],
            note,
        ]
        table.row(cells, widths)
    head = [
        Line(186, 62, "湖城市抽查工作台账", 20),
        Line(42, 86, "填报单位：湖城市抽查工作专班", 9),
        Line(440, 86, "单位：户", 9),
    ]
    ends = ("填表人：陶然", "审核人：石敬之", "填报日期：2025年6月30日")
    foot = [Line(42 + 110 * number, table.top + 18, text, 9) for number, text in enumerate(ends)]
    return Sheet((*head, *table.lines, *foot), tuple(table.strokes))


def inquiry() -> Sheet:
    """A record of questions: underlined particulars, questions and answers in large type, signatures at the foot."""
    lines = [Line(222, 80, "询问记录", 26)]
    strokes: list[tuple[float, float, float, float]] = []
    rows = [
        [("时间：", "2025年5月14日9时20分至10时05分", 300), ("第", "1", 24), ("次", "", 0)],
        [("地点：", "湖城市望岳酒店管理有限公司三楼会议室", 430)],
        [("询问人：", "石敬之、贺岚", 150), ("记录人：", "陶然", 120)],
        [("被询问人：", "闻一舟", 100), ("性别：", "男", 40), ("年龄：", "46", 40), ("职务：", "店长", 60)],
        [("单位：", "望岳酒店管理有限公司", 220), ("电话：", "见附页", 110)],
    ]
    y = 124.0
    for row in rows:
        x = 72.0
        for label, value, width in row:
            lines.append(Line(x, y, label + value, 14))
            start = x + len(label) * 14
            if width:
                strokes.append((start, y + 3, start + width, y + 3))
            x = start + width + 8
        y += 27
    talk = [
        "问：我们是湖城市检查人员，这是我们的证件，请你确认。",
        "答：看清楚了，没有异议。",
        "问：你单位客房的灭火器最近一次检查是什么时候？",
        "答：今年三月二日由维保公司检查过，有记录，二楼东侧两具压力不足，当天就换了。",
        "问：餐厅从业人员的健康证明是否齐全？",
        "答：一共十七人，十五人的在有效期内，另外两人四月底到期，已经去体检，证明还没有拿到。",
        "问：价格公示牌上的早餐价格与收银系统不一致，请说明原因。",
        "答：五一期间调过价，公示牌没有及时更换，我们今天就改过来。",
        "问：你还有什么要补充的？",
        "答：没有。以上记录我看过，与我说的一致。",
    ]
    lines += running(talk, x=72, top=y + 8, width=32 * 14.05, size=14, step=25)
    for number, label in enumerate(("被询问人（签名）：", "询问人（签名）：")):
        lines.append(Line(72 + 250 * number, 760, label, 14))
        strokes.append((72 + 250 * number + 9 * 14 - 10, 763, 72 + 250 * number + 9 * 14 + 90, 763))
    return Sheet(tuple(lines), tuple(strokes))


def approval() -> Sheet:
    """An application form: labels down the side over several rows, opinions with a date at the foot of the cell."""
    table = Table(left=60, top=118, size=11)
    side, rest = 34.0, 441.0
    table.span(
        ["申", "请", "单", "位"],
        side,
        [
            (["单位名称", "湖城市晴川水处理有限责任公司"], [90, rest - 90]),
            (["注册地址", "湖城市湖滨新区学府大道与梅溪路交叉口向北三百米路东"], [90, rest - 90]),
            (["法定代表人", "钟离雪", "联系电话", "0399-6620158"], [90, 130, 90, rest - 310]),
            (["成立日期", "2011年8月3日", "注册资本", "伍佰万元整"], [90, 130, 90, rest - 310]),
        ],
    )
    table.span(
        ["申", "请", "事", "项"],
        side,
        [
            (["事项名称", "排水许可证有效期延续"], [90, rest - 90]),
            (
                [
                    "申请理由",
                    "原许可证将于2025年9月30日到期，本单位生产工艺、排水口位置和日排水量均无变化，"
                    "近三年水质检测结果全部达标，现申请延续五年。",
                ],
                [90, rest - 90],
            ),
            (["附送材料", "□原许可证复印件，☑水质检测报告三份，□排水口位置图，□委托书"], [90, rest - 90]),
        ],
    )
    for label, opinion, day in (
        ("受理意见", "材料齐全，符合受理条件，准予受理。", "2025年7月11日"),
        ("勘验意见", "经现场勘验，两个排水口均已安装计量设备，隔油池定期清理，建议准予延续。", "2025年7月18日"),
        ("审批意见", "同意延续，有效期五年，自原许可期满之次日起算。", "2025年7月22日"),
    ):
        top = table.top
        table.row([label, ""], [90, rest + side - 90], least=86)
        table.lines += running([opinion], x=158, top=top + 22, width=rest - 80, size=11, step=16)
        table.lines.append(Line(420, top + 76, day, 11))
    head = [Line(190, 76, "行政许可延续申请表", 22), Line(62, 108, "受理编号：湖水许〔2025〕0719号", 10.5)]
    foot = [Line(62, table.top + 20, "说明：本表由申请单位填写一式两份，字迹应当清楚，不得涂改。", 9.5)]
    return Sheet((*head, *table.lines, *foot), tuple(table.strokes))


def circular() -> Sheet:
    """A circular with a table of three rules only: no upright lines, columns told apart by white space."""
    intro = [
        "各县（区）抽查工作专班：",
        "　　现将第二季度抽查结果录入情况通报如下。全市应录入结果六百四十二条，按期录入六百零九条，"
        "逾期录入二十七条，至今未录入六条。未录入的请于七月八日前补录，并书面说明原因。",
    ]
    lines = [Line(96, 84, "关于第二季度抽查结果录入情况的通报", 22)]
    lines += running(intro, x=76, top=126, width=28 * 15.85, size=15.8, step=28)
    top, xs = 296.0, (84, 190, 280, 370, 460)
    rows = [
        ("县区", "应录入", "按期录入", "逾期录入", "未录入"),
        ("湖城区", "118", "112", "6", "0"),
        ("青禾县", "96", "96", "0", "0"),
        ("松溪县", "87", "79", "7", "1"),
        ("白鹭县", "74", "70", "4", "0"),
        ("石渠县", "69", "63", "3", "3"),
        ("望岳区", "105", "102", "2", "1"),
        ("云麓县", "93", "87", "5", "1"),
        ("合计", "642", "609", "27", "6"),
    ]
    for number, row in enumerate(rows):
        lines += [Line(x, top + 24 * number, cell, 12) for x, cell in zip(xs, row, strict=True)]
    foot = top + 24 * len(rows) - 12
    strokes = ((76.0, top - 18, 520.0, top - 18), (76.0, top + 8, 520.0, top + 8), (76.0, foot, 520.0, foot))
    lines += running(
        ["　　请各地举一反三，完善台账，明确专人逐日核对，确保结果自检查完成之日起二十个工作日内公示。"],
        x=76,
        top=foot + 40,
        width=28 * 15.85,
        size=15.8,
        step=28,
    )
    lines += [Line(300, foot + 150, "湖城市抽查工作专班", 15.8), Line(330, foot + 180, "2025年7月2日", 15.8)]
    return Sheet(tuple(lines), strokes)


def slip() -> Sheet:
    """A letter in a frame, and below a cut line its return slip with a small table."""
    body = [
        "竹溪茶业有限公司：",
        "　　经随机抽取，你单位被列为本次联合检查的对象。检查人员将于2025年6月17日上午到你单位，"
        "请准备营业执照、食品生产许可证、近两年进货台账和计量器具检定证书，并安排熟悉情况的人员配合。",
        "　　检查不收取任何费用。如需改期，请在收到本函两日内与我们联系，联系人祝青，电话0399-6613047。",
    ]
    lines = [Line(226, 92, "检查告知函", 28), Line(196, 120, "湖抽查告〔2025〕第128号", 12)]
    lines += running(body, x=86, top=160, width=26 * 16.05, size=16, step=29)
    lines += [Line(316, 446, "湖城市抽查工作专班", 16), Line(350, 474, "2025年6月12日", 16)]
    strokes = [
        (64.0, 54.0, 531.0, 54.0),
        (64.0, 500.0, 531.0, 500.0),
        (64.0, 54.0, 64.0, 500.0),
        (531.0, 54.0, 531.0, 500.0),
    ]
    lines.append(Line(216, 540, "（沿此线裁下寄回）", 11))
    strokes += [(60.0 + 12 * n, 550.0, 66.0 + 12 * n, 550.0) for n in range(39)]
    lines.append(Line(262, 584, "送达回证", 18))
    table = Table(left=64, top=598, size=11)
    table.row(["文书名称", "检查告知函", "文书编号", "湖抽查告〔2025〕第128号"], [80, 140, 80, 167])
    table.row(["送达地点", "湖城市竹溪镇采茶路九号", "送达方式", "直接送达"], [80, 140, 80, 167])
    table.row(["收件人", "", "收件时间", "年月日"], [80, 140, 80, 167], least=34)
    table.row(["备注", "受送达人拒收的，由见证人签名并注明情况。"], [80, 387], least=34)
    return Sheet((*lines, *table.lines), (*strokes, *table.strokes))


def running(paragraphs: Sequence[str], *, x: float, top: float, width: float, size: float, step: float) -> list[Line]:
    """Paragraphs broken to ``width`` points, one `Line` a line; blanks at the start of a paragraph indent it."""
    lines: list[Line] = []
    baseline = top
    for paragraph in paragraphs:
        for text in wrap(paragraph, width, size):
            indent = len(text) - len(text.lstrip("　"))
            lines.append(Line(x + indent * size, baseline, text.lstrip("　"), size))
            baseline += step
    return lines


#: kind of paper: its page and the font it is printed in
FOREIGN_FORMS: dict[str, tuple[Callable[[], Sheet], str]] = {
    "两栏简报": (bulletin, "FandolSong:style=Regular"),
    "密排台账": (ledger, "Noto Sans CJK SC"),
    "询问记录": (inquiry, "FandolFang"),
    "合并格申请表": (approval, "LXGW WenKai"),
    "三线表通报": (circular, "Noto Serif CJK SC"),
    "告知函附回证": (slip, "FandolKai"),
}
