"""Made-up papers of 青禾县 in every layout, and ways to spoil them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from ssj_docs.documents.text.wording import parse_body
from ssj_docs.model.document import Attachment, OfficialDocument, Table

SENTENCE = "为规范涉企检查行为，提高监管效能，减轻企业负担，请结合工作实际抓好落实。"


def prose(length: int) -> str:
    """A paragraph of so many characters."""
    return (SENTENCE * 20)[: length - 1] + "。"


LONG = "\n".join(
    [
        prose(70),
        "一、总体要求",
        prose(200),
        "二、重点任务",
        "（一）提高认识。" + prose(120),
        "（二）加强协作。" + prose(90),
        "1. 按照“谁检查、谁录入、谁公开”的原则，" + prose(60),
        "2. 对A(低风险)等级的对象，比例不低于1%；",
        "（1）第一项；",
        "（2）第二项。",
        "三、工作要求",
        prose(150),
        prose(100),
    ]
)
PLAN = Table(
    (
        "序号",
        "抽查计划\n名称",
        "抽查任务\n名称",
        "抽查领域",
        "抽查事项",
        "检查对象",
        "事项类别（重点/一般检查事项）",
        "抽查\n类型",
        "发起\n部门",
        "配合\n部门",
        "抽查\n事项",
        "检查主体（省/市/县级）",
        "抽取\n比例",
        "检查时间",
    ),
    tuple(
        (
            str(n),
            "2026年度部门联合抽查计划",
            f"对第{n}类餐饮单位的联合抽查",
            "食品安全",
            "餐饮服务食品安全监督检查",
            "辖区内餐饮服务单位",
            "一般检查事项",
            "不定向",
            "县市场监督管理局",
            "县卫生健康委员会、县消防救援大队",
            "公共场所卫生检查",
            "县级",
            "5%",
            "2026年3月-6月",
        )
        for n in range(1, 26)
    ),
    landscape=True,
    note="填表说明：抽查类型填写定向或不定向。",
)
NOTICE = OfficialDocument(
    "tongzhi",
    "通知",
    ("青禾县部门联合“双随机、一公开”", "监管工作联席会议办公室文件"),
    "青双随机办〔2026〕5号",
    ("关于印发《青禾县2026年度部门联合“双随机、一公开”抽查计划》的通知",),
    tuple(parse_body(LONG)),
    addressees="各乡镇人民政府，县部门联合“双随机、一公开”监管工作联席会议各成员单位",
    attachments=(
        Attachment("青禾县2026年度部门联合抽查实施方案", tuple(parse_body(LONG))),
        Attachment("青禾县2026年度部门联合抽查计划表", table=PLAN),
    ),
    signature=("青禾县部门联合“双随机、一公开”", "监管工作联席会议办公室"),
    seal_for="青禾县市场监督管理局",
    date="2026年3月5日",
    note="此件公开发布",
    cc="县委办公室，县人大常委会办公室，县政协办公室，县法院，县检察院。",
    printer="青禾县部门联合“双随机、一公开”监管工作联席会议办公室",
    print_date="2026年3月6日印发",
)
PLAIN = replace(
    NOTICE,
    attachments=(),
    seal_for="",
    note="",
    signature=("青禾县应急管理局",),
    red_header=("青禾县应急管理局文件",),
    number="青应急〔2026〕12号",
    title=("关于开展工贸企业联合检查的通知",),
    addressees="各有关单位",
    printer="青禾县应急管理局办公室",
)
SHORT = replace(PLAIN, blocks=tuple(parse_body(prose(60) + "\n" + prose(80))))
LONG_PROSE = replace(PLAIN, blocks=tuple(parse_body("\n".join([prose(700)] * 3))))
ONE_PARAGRAPH = replace(PLAIN, blocks=tuple(parse_body(prose(200))))
UNSEALED = replace(PLAIN, sealed=False)
UNSEALED_LONG_DATE = replace(PLAIN, sealed=False, signature=("县双随机办",), date="2026年11月15日")
LETTER = replace(
    PLAIN,
    kind="han",
    genre="函",
    format="letter",
    red_header=("青禾县市场监督管理局",),
    number="青市监函〔2026〕3号",
    title=("关于移交双随机抽查有关问题的函",),
    addressees="县应急管理局",
    cc="县司法局。",
    printer="",
    print_date="",
)
JOINT = replace(
    PLAIN,
    kind="baogao",
    genre="报告",
    title=("关于2026年上半年部门联合抽查工作情况的报告",),
    addressees="县人民政府",
    red_header=("青禾县应急管理局", "青禾县市场监督管理局", "青禾县卫生健康委员会", "文件"),
    signers=("陈望舒", "林一禾", "周景行"),
    signature=("青禾县应急管理局", "青禾县市场监督管理局", "青禾县卫生健康委员会"),
    copy_number="000012",
    classification="秘密★1年",
    urgency="特急",
)
TABLE_UPRIGHT = replace(
    PLAIN,
    attachments=(
        Attachment(
            "随机抽取执法检查人员名单",
            table=Table(
                ("序号", "姓名", "单位", "执法证号"),
                tuple((str(n), "林一禾", "青禾县应急管理局", f"QH{n:04}") for n in range(1, 60)),
            ),
        ),
    ),
)
OFFICES = (
    "青禾县市场监督管理局",
    "青禾县应急管理局",
    "青禾县卫生健康委员会",
    "青禾县消防救援大队",
    "青禾县住房和城乡建设局",
    "青禾县人力资源和社会保障局",
    "青禾县农业农村局",
    "青禾县生态环境局",
    "青禾县公安局",
    "青禾县交通运输局",
)


def jointly(offices: int, length: int) -> OfficialDocument:
    """A short paper of many offices, all sealed: their names fill the first page, their seals the next."""
    return replace(
        PLAIN,
        red_header=(*OFFICES[:offices], "文件"),
        signature=OFFICES[:offices],
        blocks=tuple(parse_body(prose(length))),
    )


MANY_SIGNERS = {
    f"joint_{offices}_{length}": jointly(offices, length)
    for offices, length in ((2, 45), (3, 22), (5, 45), (6, 75), (8, 45), (10, 75))
}
PAPERS = {
    "notice": NOTICE,
    "plain": PLAIN,
    "short": SHORT,
    "long_prose": LONG_PROSE,
    "one_paragraph": ONE_PARAGRAPH,
    "unsealed": UNSEALED,
    "unsealed_long_date": UNSEALED_LONG_DATE,
    "letter": LETTER,
    "joint": JOINT,
    "table_upright": TABLE_UPRIGHT,
    **MANY_SIGNERS,
}


def spoiled(docx: bytes, part: str, *changes: tuple[str, str]) -> bytes:
    """The docx with text of one part replaced; each text must be there."""
    source = zipfile.ZipFile(io.BytesIO(docx))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                text = content.decode("utf-8")
                for old, new in changes:
                    assert old in text, (part, old)
                    text = text.replace(old, new)
                content = text.encode("utf-8")
            made.writestr(name, content)
    return target.getvalue()
