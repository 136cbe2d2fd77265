"""Made-up data for every form kind."""

from __future__ import annotations

from typing import Any

RESULTS = (
    "未发现问题",
    "未按规定公示应当公示的信息",
    "公示信息隐瞒真实情况弄虚作假",
    "通过登记的住所（经营场所）无法联系",
    "发现问题已责令改正",
    "不配合检查情节严重",
    "未发现开展本次抽查涉及的经营活动",
    "发现问题待后续处理",
)
HANDLINGS = ("责令改正", "立案处理", "函告许可部门", "移送司法机关")
NAME = "青禾县长风精密铸造有限责任公司"
ADDRESS = "青禾县城关镇长风路与创业大道交叉口向东三百米路南工业园区二号厂房"
CREDIT = "91410822MA9K3XQ27P"
SUBJECT = {
    "subject_name": NAME,
    "subject_type": "有限责任公司",
    "credit_code": CREDIT,
    "registration": "410822000012345",
    "representative": "柳成荫",
    "phone": "0391-5550123",
    "founded": "2016年4月8日",
    "district": "青禾县",
    "address": ADDRESS,
    "scope": "黑色金属铸造；通用零部件制造；金属表面处理及热处理加工；货物进出口",
}
SAFETY = [
    "风险分级管控和隐患排查治理制度的建立与实施",
    "安全设备的维护、保养和定期检测",
    "全员安全生产责任制的落实",
    "安全生产管理机构和人员的配备",
]
EQUIPMENT = [
    "特种设备安全管理人员的配备",
    "安全管理制度和岗位责任制",
    "应急预案和演练记录",
    "设备技术档案",
    "定期检验有效期",
    "日常维护保养和自行检查记录",
    "作业人员证件有效期",
    "作业人员培训记录",
]
PEOPLE = [
    {"name": "钱守正", "id": "16080012345", "department": "青禾县应急管理局"},
    {"name": "孟知行", "id": "16080012346", "department": "青禾县市场监督管理局"},
]
_CASE = {"case_number": "2026-003-0012", "task_name": "工贸企业安全生产和特种设备联合抽查"}
_LETTER = {"signature": "青禾县应急管理局", "date": "2026年6月12日", "department": "青禾县应急管理局"}


def record(copies: int = 1, **changes: Any) -> dict[str, Any]:
    """联合抽查记录表 with 12 items, or as many times 12."""
    groups = [
        {
            "department": department,
            "items": [{"name": f"{name}{'' if i == 0 else i}"} for i in range(copies) for name in names],
        }
        for department, names in (("应急管理局", SAFETY), ("市场监管局", EQUIPMENT))
    ]
    title = "工贸企业安全生产“双随机、一公开”联合抽查记录表"
    return {"title": title, **_CASE, **SUBJECT, "groups": groups, "results": RESULTS} | changes


def _rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"serial": number, **fields} for number in range(1, count + 1)]


def every_kind() -> dict[str, dict[str, Any]]:
    """Data by kind, for all kinds with fields."""
    window = "2026年6月1日至6月30日"
    basis = "《中华人民共和国安全生产法》第六十五条"
    return {
        "jilubiao": record(),
        "gaozhishu": _CASE
        | _LETTER
        | {
            "subject_name": NAME,
            "basis": basis,
            "plan_name": "青禾县2026年度部门联合抽查计划",
            "window": window,
            "method": "实地检查",
            "contact": "钱守正 0391-5550111",
            "departments": [
                {"name": "青禾县应急管理局", "inspectors": "钱守正（16080012345）", "items": SAFETY},
                {"name": "青禾县市场监督管理局", "inspectors": "孟知行（16080012346）", "items": EQUIPMENT},
            ],
        },
        "bilu": _CASE
        | SUBJECT
        | {
            "department": "青禾县应急管理局",
            "inspectors": PEOPLE,
            "place": "二号厂房",
            "started": "2026年6月12日9时10分",
            "ended": "11时30分",
            "found": ["检查人员出示执法证件，说明来意。", "浇注区未设置安全警示标志。"],
        },
        "zeling": _CASE
        | _LETTER
        | {
            "number": "青应急责改〔2026〕7号",
            "subject_name": NAME,
            "inspected": "2026年6月12日",
            "problems": [{"text": "浇注区未设置安全警示标志", "basis": "有关规定", "deadline": "2026年6月26日前"}],
        },
        "fucha": _CASE
        | _LETTER
        | {
            "number": "青应急复查〔2026〕7号",
            "subject_name": NAME,
            "order_number": "青应急责改〔2026〕7号",
            "reviewed": "2026年6月28日",
            "problems": [{"text": "浇注区未设置安全警示标志", "outcome": "已设置"}],
            "opinion": "整改合格。",
            "inspectors": PEOPLE,
        },
        "shenpibiao": _CASE
        | {
            "subject_name": NAME,
            "department": "青禾县应急管理局",
            "basis": basis,
            "items": SAFETY,
            "method": "实地检查",
            "window": window,
            "inspectors": PEOPLE,
        },
        "jianchatongzhi": _CASE
        | _LETTER
        | {
            "subject_name": NAME,
            "basis": basis,
            "items": SAFETY,
            "window": window,
            "method": "实地检查",
            "inspectors": PEOPLE,
        },
        "fankui": _CASE
        | _LETTER
        | {
            "subject_name": NAME,
            "inspected": "2026年6月12日",
            "results": [{"item": item, "result": RESULTS[0]} for item in SAFETY],
        },
        "renyuanxinxi": {
            "title": "随机抽取执法检查人员信息表",
            "rows": _rows(
                6,
                name="钱守正",
                sex="男",
                department="青禾县应急管理局",
                post="科员",
                id="16080012345",
                phone="13900001111",
                id_number="410822199001010011",
            ),
        },
        "mingdan": {
            "title": "抽取结果名单",
            "drawn": "2026年5月20日",
            "rows": _rows(40, subject=NAME, address=ADDRESS),
        },
        "tongjibiao": {
            "title": "联合抽查统计表",
            "rows": _rows(
                20, subject=NAME, credit_code=CREDIT, address=ADDRESS, phone="13900001111", result=RESULTS[1]
            ),
        },
        "huizongbiao": {
            "title": "联合抽查汇总表",
            "results": RESULTS,
            "handlings": HANDLINGS,
            "rows": [
                {"unit": "应急管理局", "inspected": 12, "results": [5, 1, 1, 1, 1, 1, 1, 1], "handlings": [2, 1, 0, 0]}
            ],
        },
        "shixiangqingdan": {"title": "随机抽查事项清单", "rows": _rows(3, name=SAFETY[0], department="应急管理局")},
        "duixiangminglu": {"title": "检查对象名录", "rows": _rows(3, name=NAME, phone="13900001111")},
        "renyuanminglu": {
            "title": "执法检查人员名录",
            "rows": _rows(3, name="钱守正", department="应急管理局", id="16080012345", phone="13900001111"),
        },
        "gongshibiao": {"title": "抽查结果公示表", "rows": _rows(3, subject=NAME, result=RESULTS[0])},
        "jihuabiao": {
            "title": "抽查计划表",
            "rows": _rows(3, task="工贸企业安全生产联合抽查", items="安全生产", ratio="5%"),
        },
    }
