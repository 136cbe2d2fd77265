"""Made-up pages of inspection text, any number of them, the same for the same seed.

Boilerplate recurs as it does in offices; names, numbers, addresses and remarks vary. Nothing is taken from real papers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from archive.search.fields.fields import PageRecord

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鹏红梅鑫波斌莉宇浩凯健俊帆雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞"
)
_PLACES = [
    "青禾",
    "柳溪",
    "东川",
    "石桥",
    "北苑",
    "南塘",
    "白沙",
    "云岭",
    "清河湾",
    "长堤",
    "双井",
    "槐树",
    "望湖",
    "古渡",
    "新集",
    "杏林",
]
_WORDS = "宏达瑞丰盛安泰恒通永昌信诚金华源润佳和兴隆鼎立天成百川汇聚晨光旭日顺发启航卓越远景明德惠民利群广济康宁"
_TRADES = [
    "商贸有限公司",
    "机械制造有限公司",
    "食品加工厂",
    "烟花爆竹经营部",
    "化工有限公司",
    "加油站",
    "餐饮服务有限公司",
    "物流有限公司",
    "建材有限公司",
    "医疗器械经营部",
    "大药房",
    "幼儿园",
    "商务宾馆",
    "网吧",
    "木业有限公司",
    "纺织有限公司",
    "农资经营部",
    "超市",
]
_DEPARTMENTS = [
    "应急管理局",
    "市场监督管理局",
    "生态环境局",
    "住房和城乡建设局",
    "消防救援大队",
    "卫生健康委员会",
    "农业农村局",
    "文化广电和旅游局",
]
_KINDS = [
    ("record_form", "联合抽查记录表"),
    ("notice", "部门联合检查告知书"),
    ("rectify", "责令限期改正通知书"),
    ("transcript", "现场检查笔录"),
    ("transfer", "移送函"),
    ("summary", "抽查工作总结"),
]
_RESULTS = [
    ("R01", "未发现问题"),
    ("R02", "未按规定公示信息"),
    ("R03", "公示信息隐瞒真实情况"),
    ("R04", "登记的住所无法联系"),
    ("R05", "发现问题已责令改正"),
    ("R06", "不配合检查情节严重"),
    ("R07", "未开展经营活动"),
    ("R08", "发现问题待后续处理"),
]
_ITEMS = [
    "安全生产责任制落实情况",
    "特种作业人员持证情况",
    "危险化学品储存条件",
    "消防通道和疏散标志",
    "登记事项与实际是否一致",
    "年度报告公示信息",
    "食品经营许可和进货查验",
    "计量器具检定情况",
    "污染防治设施运行记录",
    "从业人员健康证明",
    "价格公示和收费行为",
    "广告发布内容",
    "应急预案编制与演练",
    "有限空间作业审批",
    "职业病危害告知",
    "粉尘防爆措施",
    "合同格式条款",
    "商标使用行为",
    "用电线路敷设",
    "产品质量检验报告",
]
_REMARKS = [
    "现场查阅了{item}的台账，{month}月{day}日的记录由{who}签字确认。",
    "经核对，{item}与提交的材料相符，未见异常。",
    "仓库东侧第{n}排货架堆放过高，距顶棚不足零点{m}米，已当场要求整理。",
    "{who}陪同检查，并提供了编号为{code}的登记簿。",
    "配电箱缺少警示标识，要求在{n}日内补齐并报送照片。",
    "该单位在{place}路{n}号另设经营点，面积约{m}{n}平方米。",
    "抽取{n}批次产品进行核对，其中{m}批次标签不规范。",
    "负责人称上一次演练在{year}年{month}月进行，参加人员{n}名。",
    "检查人员{who}和{who2}出示了执法证件，说明了检查内容和依据。",
    "对{item}的问题，下达书面意见，限{n}个工作日内改正。",
    "电话0{m}71-6{code}无法接通，登记住所的邻居反映该处已空置{n}个月。",
    "灭火器压力不足的有{n}具，过期的有{m}具，均已登记。",
    "提供的检测报告由{place}检测中心出具，编号{code}，有效期至{year}年{month}月。",
    "车间{m}号设备的防护罩松动，操作工{who}未戴护目镜。",
    "比对平台数据，{year}年度报告填报的从业人数为{n}人，现场为{m}人。",
    "复查时{item}已按要求完成，附照片{m}张。",
]
_BOILER = [
    "本次检查按照随机抽取检查对象、随机选派执法检查人员的办法进行，检查情况和结果依法向社会公开。",
    "检查组由牵头部门和配合部门的执法检查人员组成，人数不少于两名，检查前均已核对回避事项。",
    "被检查单位对上述记录核对无误，如有异议可在收到之日起三个工作日内书面提出。",
    "检查结果自形成之日起二十个工作日内录入监管平台，并通过企业信用信息公示系统向社会公示。",
    "检查中发现的问题涉及其他部门职责的，由牵头部门填写移送函，随附证据材料一并移送。",
    "执法检查人员应当如实填写本表，一式两份，一份归档，一份交被检查单位留存。",
]


def _person(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2))))


def _company(rng: random.Random) -> str:
    return rng.choice(_PLACES) + "".join(rng.choice(_WORDS) for _ in range(rng.choice((2, 2, 3)))) + rng.choice(_TRADES)


def _credit_code(rng: random.Random) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = (
        "91410"
        + "".join(rng.choice("0123456789") for _ in range(3))
        + "MA"
        + "".join(rng.choice(alphabet) for _ in range(7))
    )
    total = sum(alphabet.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]


def _remark(rng: random.Random, item: str) -> str:
    return rng.choice(_REMARKS).format(
        item=item,
        month=rng.randint(1, 12),
        day=rng.randint(1, 28),
        who=_person(rng),
        who2=_person(rng),
        n=rng.randint(2, 99),
        m=rng.randint(2, 9),
        code=f"{rng.randint(0, 9999999):07d}",
        place=rng.choice(_PLACES),
        year=rng.randint(2018, 2026),
    )


def make_pages(count: int, seed: int = 1) -> Iterator[PageRecord]:
    """Yield ``count`` page records of about 700 characters, three or so pages an item, two or so items a case.

    Cases come in the order of time, from 2018 to 2026, as an office files them and as a rebuild gives them.
    """
    rng = random.Random(seed)
    made = serial = 0
    while made < count:
        serial += 1
        year = 2018 + min(8, made * 9 // count)
        task, case = f"{year}-{serial % 60 + 1:03d}", f"{year}-{serial % 60 + 1:03d}-{serial:06d}"
        company, code = _company(rng), _credit_code(rng)
        departments = tuple(rng.sample(_DEPARTMENTS, rng.choice((1, 2, 2, 3))))
        people = tuple(_person(rng) for _ in range(3))
        result = rng.choice(_RESULTS)
        for item in range(rng.randint(1, 3)):
            kind, label = rng.choice(_KINDS)
            number = f"青双随机办〔{year}〕{serial % 3000 + 1}号" if kind in ("transfer", "summary") else ""
            day = date(year, 1, 1) + timedelta(days=rng.randint(0, 364))
            origin = rng.choice(("text", "ocr", "issued"))
            for page in range(1, rng.randint(1, 4) + 1):
                if made >= count:
                    return
                made += 1
                lines = [f"{label}", f"{company} 统一社会信用代码 {code}"] if page == 1 else [f"第 {page} 页 {company}"]
                if number and page == 1:
                    lines.insert(1, number)
                lines += rng.sample(_BOILER, 3)
                while sum(map(len, lines)) < 640:
                    what = rng.choice(_ITEMS)
                    lines.append(f"{rng.choice(departments)} {what}：{rng.choice(_RESULTS)[1]}。{_remark(rng, what)}")
                yield PageRecord(
                    case,
                    f"{item + 1:04d}",
                    page,
                    kind=kind,
                    kind_label=label,
                    title=f"{company}{label}",
                    number=number,
                    year=year,
                    departments=departments,
                    task=task,
                    task_name="部门联合抽查",
                    company=company,
                    credit_code=code,
                    people=people,
                    results=(result[0],),
                    result_labels=(result[1],),
                    origin=origin,  # type: ignore[arg-type]
                    text="\n".join(lines),
                    path=f"archive/{case}/{item + 1:04d}.pdf",
                    date=day,
                    stamp="1",
                )
