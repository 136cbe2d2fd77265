"""What kinds of values a column holds, seen from its cells alone: codes, people, departments, dates, ratios, marks …"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from stdnum.cn import ric, uscc

from ssj_docs.intake.tables.register import Register
from ssj_docs.intake.values.department_names import DepartmentNames, split_names
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.identity import read_date
from ssj_docs.intake.values.ratio import read_ratio
from ssj_docs.intake.values.result_labels import ResultLabels
from ssj_docs.intake.values.vocabulary import read_grade
from ssj_docs.intake.values.window import read_window
from ssj_docs.model.office import Office

#: kinds of values that leave no doubt: a column full of them cannot hold anything else
STRONG = frozenset(
    {
        "code",
        "id_number",
        "mobile",
        "date",
        "span",
        "percent",
        "department",
        "sex",
        "result",
        "company",
        "subject",
        "person",
        "inspector",
        "inspector_number",
        "law",
    }
)
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍"
    "余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓"
    "郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索"
    "咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔"
    "隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公仉督岳帅缑亢况郈有琴商牟佘佴伯赏墨哈谯笪年爱阳佟言福肖闫付代"
)
_COMPANY = re.compile(
    r".{3,}(公司|厂|店|[商经营]部|中心|合作社|超市|商行|[酒饭]店|宾馆|旅馆|旅社|医院|诊所|药房|学校|幼儿园|加油站|加气站|影[院城]|网吧|商场|市场|门诊部?|"
    r"事务所|养老院|敬老院|[分支]行|工作室|服务[部站]|[饭菜面]馆|[酒茶]楼|基地|农场|林场|煤矿|矿|俱乐部|[KＫ][TＴ][VＶ]|会所|公寓|民宿|烟酒行|经营户|门市|[车修]行|园|站|馆|社|行|城|坊|铺|部|所|场|吧|院|户)([(（][^()（）]*[)）])?"
)
_ADDRESS = re.compile(
    r"(?=.{4,}).*(路|街|巷|号|村|组|镇|乡|大道|社区|园区|小区|交叉口|国道|省道|楼|室|广场|[东西南北]侧?|米)"
)
_TOWN = re.compile(r"[\u4e00-\u9fff]{1,8}(镇|乡|街道|街道办|街道办事处|办事处|新区|开发区|示范区|区|县|市|管委会)")
_STATION = re.compile(r".{2,}(所|分局|监管所|站|中队|大队|局|办|股|科|管理所|[东西南北]城?区)")
_POST = re.compile(
    r".{0,8}(科员|办事员|局长|主任|科长|股长|所长|队长|参谋|处长|调研员|主管|负责人|干部|职员|专干|监督员|督导员|工程师|队员|书记|秘书|助理|执法员|指导员|政委|组员|[一二三四]级警[长员督]|警[员司督]|主任科员|会计师|医师|农艺师|兽医师|技术员|监察员|检查员|协管员)([(（].*[)）])?"
)
_ENTITY = re.compile(
    r".{0,24}(有限责任公司|股份有限公司|有限公司|个体工商户|个体|个体户|合作社|合伙企业|个人独资企业|全民所有制|集体所有制|分公司|企业|事业单位|社会团体|民办非企业.*|农民专业合作社.*)([(（].*[)）])?"
)
_STATUS = re.compile(
    r"(存续|在营|开业|在册|正常|注销|吊销|迁出|迁入|失联|歇业|停业|停产|异常|撤销|清算|已?关闭|搬迁|筹建|在建|营业中?|关停|查无.*|经营异常.*|长期停业.*|拟注销|正常经营|存续.*|吊销.*|已注销|除名|在业|注吊销)([(（].*[)）])?"
)
_DUTY = re.compile(
    r"(在岗|在职|在编|离岗|离职|调离|调出|调走|退休|借调.*|病休|停职|注销|有效|正常|辞职|长期病假|产假|挂职.*|已?退休|外借|过期|失效|吊销|转岗|暂停.*|启用|停用|脱岗.*|离岗.*|抽调.*)([(（].*[)）])?"
)
_MARK = re.compile(r"[√✓✔☑●○◎■□△▲★☆×✗xX╳vV*]|是|否|有|无|/|-|—")
_COUNT = re.compile(r"[约共]?\d+(户次|户|家|个|名|人|处|所|批次|批|组|台|辆|件|宗)")
_GRADE = re.compile(
    r"[ABCD]{1}[级类]?|(低|一般|中|中高|较高|较低|高|重大|较大)(风险)?(等?级)?|[红橙黄蓝绿]色?|[一二三四ⅠⅡⅢⅣ]级|[ABCD][级类(（].*"
)
_LEVEL = re.compile(r"(国家|省|市|县|区|县区|乡镇|县[(（]区[)）])级?([、/](省|市|县|区)级?)*")
_FREQUENCY = re.compile(
    r"(每?[一1]?(年|季度?|半年|月)\D{0,3}\d+次|\d+次?[/／每](年|季度?|半年|月)|每?(年|季度?|半年|月)[一两二三1-9]次|[一两]年[一两二三]次|[一二两三四\d]+次)"
)
_LAW = re.compile(r"《[^》]{3,}》")
_NAME_ONLY = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,8}·[\u4e00-\u9fff]{1,8}")
_COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "夏侯",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "宇文",
    "长孙",
    "司徒",
    "端木",
    "东方",
    "南宫",
    "呼延",
)


def looks_like_name(text: str) -> bool:
    """Two to four characters that begin with a surname; one with a digit for made-up people (钱一, 李1)."""
    body = re.sub(r"[(（][^()（）]*[)）]$", "", squeeze(text))
    if re.fullmatch(r"[\u4e00-\u9fff][\u4e00-\u9fff]?\d{1,2}", body):
        return body[0] in _SURNAMES
    if not _NAME_ONLY.fullmatch(body):
        return False
    return body[:2] in _COMPOUND or (body[0] in _SURNAMES and len(body) <= 3) or "·" in body


@dataclass(frozen=True)
class Profile:
    """A column's contents: ``filled`` cells looked at, share of each kind of value, texts for samples.

    ``running``: whole numbers 1, 2, 3 … ; ``distinct``: share of different texts; ``length``: mean number of characters.
    """

    filled: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)
    running: bool = False
    distinct: float = 0.0
    length: float = 0.0
    samples: tuple[str, ...] = ()

    def share(self, *kinds: str) -> float:
        """The largest share among these kinds."""
        return max((self.shares.get(kind, 0.0) for kind in kinds), default=0.0)

    @property
    def strong(self) -> str:
        """The kind of value without doubt, if at least two thirds of the cells are of one."""
        found = [(share, kind) for kind, share in self.shares.items() if kind in STRONG and share >= 0.66]
        return max(found)[1] if found else ""


class CellKinds:
    """Tells the kinds of values of one cell, with an office's words and registers; remembers what it saw."""

    def __init__(self, office: Office, register: Register | None = None) -> None:
        self.office = office
        self.register = register or Register()
        self.names = DepartmentNames(office)
        self._labels = ResultLabels(office)
        self.known_headings: frozenset[str] = frozenset()  # that a mapping file names
        self._seen: dict[str, frozenset[str]] = {}

    def kinds(self, text: str) -> frozenset[str]:
        """All kinds of values that the text may be; empty for a blank."""
        key = text[:120]
        if key not in self._seen:
            self._seen[key] = self._look(key)
            if len(self._seen) > 50_000:
                self._seen.clear()
                return self._look(key)
        return self._seen[key]

    def is_clean(self, text: str) -> bool:
        """True for a blank, for a result that says that nothing was found, and for what was not inspected."""
        return self._labels.is_clean(text)

    def profile(self, texts: Iterable[str]) -> Profile:
        """The profile of a column's cells."""
        filled = [text for text in texts if squeeze(text)]
        if not filled:
            return Profile()
        counts: dict[str, int] = {}
        for text in filled:
            for kind in self.kinds(text):
                counts[kind] = counts.get(kind, 0) + 1
        numbers = [int(body) for text in filled if re.fullmatch(r"\d{1,5}", body := squeeze(text).rstrip("、."))]
        steps = sum(1 for a, b in itertools.pairwise(numbers) if b == a + 1)
        return Profile(
            len(filled),
            {kind: count / len(filled) for kind, count in counts.items()},
            len(numbers) == len(filled) and (steps >= max(1, (len(numbers) - 1) * 0.7) or (numbers == [1])),
            len({squeeze(text) for text in filled}) / len(filled),
            sum(len(text) for text in filled) / len(filled),
            tuple(dict.fromkeys(text.strip() for text in filled))[:3],
        )

    def _look(self, text: str) -> frozenset[str]:
        body = squeeze(text)
        if not body:
            return frozenset()
        found = set(_plain_kinds(body))
        if self._names_departments(text):
            found.add("department")
        if self._labels.knows_result(body):
            found.add("result")
        if self._labels.knows_handling(body):
            found.add("handling")
        if body in self.register.task_words:
            found.add("task")
        if body in self.register.subjects:
            found.add("subject_number" if body.isascii() else "subject")
        if people := self.register.people_in(text):
            found.add("inspector_number" if all(person.name.isascii() for person in people) else "inspector")
        return frozenset(found)

    def _names_departments(self, text: str) -> bool:
        if len(text) > 80:
            return False
        parts = split_names(text)
        return bool(parts) and all(self.names.canonical(re.sub(r"[(（][^()（）]*[)）]$", "", part)) for part in parts)


@lru_cache(20_000)
def _plain_kinds(body: str) -> frozenset[str]:
    """Kinds that need no register."""
    found: set[str] = set()
    upper = body.upper().strip("'`")
    if re.fullmatch(r"[0-9A-Z]{18}", upper):
        person = re.fullmatch(r"[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX]", upper)
        if person and (not uscc.is_valid(upper) or ric.calc_check_digit(upper) == upper[17]):
            found.add("id_number")
        else:
            found.add("code")
    elif re.fullmatch(r"[0-9A-Z]{17}|[0-9A-Z]{19}", upper) and upper[:2] in ("91", "92", "93", "12", "11", "52"):
        found.add("code")
    if re.fullmatch(r"(?!1[0-9]\d{11}$)\d{13}|\d{15}", body):
        found.add("registration")
    if re.fullmatch(r"(\+?86-?)?(13\d|14[5-9]|15[0-35-9]|16[2567]|17[0-8]|18\d|19[0-35-9])-?\d{4}-?\d{4}", body):
        found |= {"mobile", "phone"}
    if re.fullmatch(r"(\(?0\d{2,3}\)?-?)?[2-8]\d{6,7}(-\d{1,5}|转\d{1,5})?", body) and (
        "-" in body or body[0] != "2" or len(body) < 8
    ):
        found.add("phone")
    found |= _time_kinds(body)
    found |= _amount_kinds(body)
    found |= _word_kinds(body)
    return frozenset(found)


def _time_kinds(body: str) -> set[str]:
    found: set[str] = set()
    plain_number = re.fullmatch(r"\d+(\.\d+)?", body)
    if re.fullmatch(r"(19|20)\d{2}年?度?", body):
        found.add("year")
    if not plain_number or re.fullmatch(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", body):
        if read_date(re.sub(r"[上下]午.*$|\d{1,2}[时点:：].*$", "", body), 2026).value is not None and not re.fullmatch(
            r"\d{1,2}\.\d{1,2}", body
        ):
            found.add("date")
        elif re.search(r"\d|[一二三四上下全年季]", body) and len(body) <= 40:
            window = read_window(body, 2026)
            if window.value.start or window.value.end:
                found.add("span")
                if window.value.start and window.value.end and not re.search(r"[-至到~—–]", body):
                    found.add("month")
    elif re.fullmatch(r"[34]\d{4}(\.0)?", body):
        found.add("serial_date")
    elif re.fullmatch(r"1\d{12}", body) or re.fullmatch(r"1[0-9]\d{8}", body):
        found.add("epoch")
    if re.fullmatch(r"\d{4}[-./年]\d{1,2}月?", body) or body in ("长期", "长期有效", "永久"):
        found.add("until")
    return found


def _amount_kinds(body: str) -> set[str]:
    found: set[str] = set()
    if re.fullmatch(r"\d{1,6}", body):
        found.add("whole")
    if re.fullmatch(r"0\.\d+|[1-9]\d?(\.\d+)?|100", body):
        found.add("figure")
    if re.search(r"\d", body) and not re.fullmatch(r"\d+(\.\d+)?", body) and len(body) <= 40:
        ratio = read_ratio(body).value[0]
        if ratio.form != "text" and re.search(r"[%‰]|分之", body):
            found.add("percent")
        elif ratio.form != "text":
            found.add("count")
    if body in ("全覆盖", "全部", "全数", "100%"):
        found.add("percent")
    if _COUNT.fullmatch(body):
        found.add("count")
    if _FREQUENCY.fullmatch(body):
        found.add("frequency")
    if re.fullmatch(r"(?=.*\d)[A-Z\d一-龥()（）〔〕\[\]-]{5,24}号?", body, re.IGNORECASE) and not found & {
        "date",
        "percent",
        "count",
    }:
        found.add("certificate")
    return found


def _word_kinds(body: str) -> set[str]:
    found: set[str] = set()
    tests = (
        ("town", _TOWN),
        ("station", _STATION),
        ("post", _POST),
        ("entity", _ENTITY),
        ("status", _STATUS),
        ("duty", _DUTY),
        ("mark", _MARK),
        ("grade", _GRADE),
        ("level", _LEVEL),
    )
    found |= {kind for kind, pattern in tests if pattern.fullmatch(body)}
    if len(body) <= 12 and read_grade(body).value:
        found.add("grade")
    if body in ("男", "女", "男性", "女性"):
        found.add("sex")
    if body in ("是", "否", "已公示", "未公示", "Y", "N", "是（已公示）"):
        found.add("yes")
    if re.fullmatch(r"(重点|一般)(检查|抽查|监管)?(事项|类|项目)?", body):
        found.add("category")
    if re.fullmatch(r"按?(比例|户数|数量|家数)(下限|上限)?", body):
        found.add("amount_form")
    if re.fullmatch(r"不?定[向项](抽查|抽取|检查)?", body):
        found.add("draw_type")
    if looks_like_name(body):
        found.add("person")
    parts = [
        part
        for part in re.split(r"[、，,;；/]|\s+|(?<=[)）])", re.sub(r"[^、，,;；：:(（]{2,12}[:：]", "、", body))
        if part
    ]
    if (len(parts) > 1 and sum(looks_like_name(part) for part in parts) * 3 >= len(parts) * 2) or (
        "person" in found and body not in ("正常", "高")
    ):
        found.add("people")
    if _COMPANY.fullmatch(body) and len(body) <= 60 and not re.search(r"[，。；;]|检查|情况|\d[户家个处所]$", body):
        found.add("company")
    if _ADDRESS.fullmatch(body) and len(body) <= 80 and not re.search(r"[《。；;]|检查|情况", body):
        found.add("address")
    if _LAW.search(body):
        found.add("law")
    if (
        re.search(
            r"(检查|抽查|监督|监管|情况|核查|行为|资质|许可|质量|管理|安全|公示|制度|落实|合法性|规范|措施|执行)([；;、。.)）]|$)|^[①1][.、]?[\u4e00-\u9fff]",
            body,
        )
        and len(body) > 3
        and not found
        & {"date", "percent", "count", "code", "phone", "address", "company", "law", "category", "draw_type"}
    ):
        found.add("matter")
    if re.fullmatch(
        r"[^\d]{0,2}(现场|书面|网络|实地|抽样|双随机|核查|检测|专业机构|查阅|询问|线上|线下|委托)[^《。]{0,40}", body
    ):
        found.add("method")
    if len(body) >= 30:
        found.add("long")
    return found
