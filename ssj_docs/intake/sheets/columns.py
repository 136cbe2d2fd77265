"""The columns of every kind of import: official name, other names in use, whether it must be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["plan", "items", "subjects", "inspectors", "draw", "results"]
KINDS: tuple[Kind, ...] = get_args(Kind)

KIND_NAMES: dict[Kind, str] = {
    "plan": "抽查计划表",
    "items": "抽查事项清单",
    "subjects": "检查对象名录",
    "inspectors": "执法检查人员名录",
    "draw": "抽取结果",
    "results": "检查结果",
}


@dataclass(frozen=True)
class Column:
    """A column an import knows.

    Attributes:
        key: name in code. title: official name, shown to people. aliases: other names in use.
        required: without it the file cannot come in. second_of: key of the column whose name this one repeats.
        offered: the blank workbook has it; the others are other ways to say the same.
        choices: values offered in the blank workbook. width: characters in the blank workbook. example: a value.
    """

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    second_of: str = ""
    choices: tuple[str, ...] = ()
    width: int = 14
    example: str = ""
    offered: bool = True


def _c(key: str, title: str, aliases: str = "", **more: object) -> Column:
    return Column(key, title, tuple(aliases.split()), **more)  # type: ignore[arg-type]


_SUBJECT_NAMES = (
    "检查对象名称 企业名称 单位名称 主体名称 对象名称 名称 检查对象 被检查单位 被检查对象 经营主体名称 当事人"
)
_CODE_NAMES = "信用代码 社会信用代码 统一信用代码 统一社会信用代码证号 统一社会信用代码（注册号） 统一社会信用代码/注册号 信用代码/注册号 代码"
_TASK_NAMES = "任务名称 抽查任务 任务编号 抽查任务编号 任务 检查任务 检查任务名称 任务ID"
_SERIAL_NAMES = "抽取编号 抽取号 编号 抽取顺序号 户号"

PLAN = (
    _c("serial", "序号", "编号 No NO.", width=6, example="1"),
    _c("plan", "抽查计划名称", "计划名称 抽查计划 年度计划名称 检查计划名称", width=24, example="春季农资市场监管"),
    _c(
        "name",
        "抽查任务名称",
        "任务名称 抽查任务 检查任务名称 任务 抽查项目 抽查项目名称 检查任务 联合抽查任务",
        required=True,
        width=24,
        example="春季农资经营单位联合抽查",
    ),
    _c("field", "抽查领域", "领域 检查领域 监管领域 抽查类别 所属领域 行业领域", example="农资市场"),
    _c(
        "items",
        "抽查事项",
        "检查事项 事项 抽查内容 检查内容 事项名称 抽查事项名称 发起部门抽查事项 牵头部门抽查事项 检查项目 联合抽查事项 联合检查事项 "
        "各部门抽查事项 抽查事项及内容 具体事项",
        required=True,
        width=40,
        example="1.种子质量监督检查\n2.农药质量监督检查",
    ),
    _c(
        "object",
        "检查对象",
        "抽查对象 对象 检查对象范围 抽查对象范围 检查对象类型 抽取范围 监管对象 检查对象名称",
        required=True,
        width=24,
        example="辖区农资店",
    ),
    _c(
        "category",
        "事项类别",
        "事项类别（重点/一般检查事项） 类别 检查类别 事项类型 事项分类",
        choices=("重点检查事项", "一般检查事项"),
        example="一般检查事项",
    ),
    _c(
        "type",
        "抽查类型",
        "类型 抽取类型 定向/不定向 抽取方式 抽查方式 检查类型",
        choices=("定向", "不定向"),
        example="不定向",
    ),
    _c(
        "initiators",
        "发起部门",
        "牵头部门 发起单位 牵头单位 主办部门 牵头（发起）部门 组织部门 责任部门 发起（牵头）部门",
        required=True,
        width=20,
        example="农业农村局",
    ),
    _c(
        "partners",
        "配合部门",
        "协同部门 参与部门 配合单位 协办部门 联合部门 参加部门 配合（协同）部门 联合抽查部门 协同单位",
        width=20,
        example="市场监督管理局",
    ),
    _c(
        "departments",
        "部门",
        "部门名称 单位 单位名称 实施部门 检查部门 抽查部门 参与抽查部门 检查单位 实施单位 牵头及配合部门 牵头和配合部门 "
        "牵头、配合部门 牵头部门及配合部门 牵头部门和配合部门 发起及配合部门",
        offered=False,
    ),
    _c(
        "role",
        "角色",
        "牵头/配合 发起/配合 牵头或配合 牵头配合 部门角色 部门职责 职责分工 分工 职责 任务分工 部门类型",
        offered=False,
    ),
    _c(
        "partner_items",
        "抽查事项2",
        "配合部门抽查事项 配合部门事项 协同部门抽查事项 参与部门抽查事项 配合部门检查事项",
        second_of="items",
        width=40,
    ),
    _c(
        "level",
        "检查主体",
        "检查主体（省/市/县级） 抽查层级 检查层级 层级 检查主体层级 主体",
        choices=("省级", "市级", "县级", "区级"),
        example="县级",
    ),
    _c(
        "ratio",
        "抽取比例",
        "抽查比例 比例 检查比例 抽查数量 抽取数量 抽查比例/数量 抽取比例（数量） 比例（户数） 抽查比例及频次 抽查比例/频次 抽取比例/频次",
        width=12,
        required=True,
        example="10%",
    ),
    _c("frequency", "频次", "抽查频次 检查频次 抽取频次 频率", example="1次/年"),
    _c(
        "window",
        "检查时间",
        "抽查时间 时间 检查时限 实施时间 检查时段 抽查时段 检查期限 完成时限 检查起止时间 抽查日期 时间安排 起止时间 时间节点 完成时间",
        width=24,
        example="2026-03-01至2026-06-30",
    ),
    _c("window_start", "开始时间", "检查开始时间 开始日期 起始时间 起始日期 抽查开始时间", offered=False),
    _c(
        "window_end",
        "结束时间",
        "检查结束时间 结束日期 截止时间 截止日期 终止时间 抽查结束时间 完成日期",
        offered=False,
    ),
    _c("note", "备注", "说明"),
)
ITEMS = (
    _c("serial", "序号", "No NO.", width=6),
    _c("id", "事项编号", "编号 事项编码 编码 事项代码 代码", example="GA-01"),
    _c(
        "department",
        "部门",
        "实施部门 检查部门 单位 抽查部门 责任部门 发起部门 牵头部门 检查单位 实施主体 执法主体",
        required=True,
        width=20,
        example="公安局",
    ),
    _c("partners", "配合部门", "协同部门 参与部门 配合单位 协办部门 联合部门", offered=False),
    _c("field", "抽查类别", "抽查领域 领域 类别 抽查项目 检查类别 抽查项目类别", example="旅馆业"),
    _c(
        "name",
        "抽查事项",
        "事项名称 检查事项 事项 子项名称 抽查内容 检查内容 抽查事项名称",
        required=True,
        width=36,
        example="旅馆治安管理检查",
    ),
    _c("object", "检查对象", "抽查对象 对象", width=24, example="旅馆"),
    _c(
        "category",
        "事项类别",
        "事项类型 检查事项类别 重点/一般",
        choices=("重点检查事项", "一般检查事项"),
        example="一般检查事项",
    ),
    _c("method", "检查方式", "抽查方式 检查方法 方式", width=20, example="现场检查"),
    _c("basis", "检查依据", "抽查依据 依据 法律依据 设定依据 法律法规依据", width=40),
    _c(
        "level",
        "检查主体",
        "抽查层级 检查层级 层级 检查主体层级 检查主体（省/市/县级） 主体 抽查主体 监管主体",
        choices=("省级", "市级", "县级", "区级"),
    ),
)
SUBJECTS = (
    _c("serial", "序号", "No NO.", width=6),
    _c("name", "市场主体名称", _SUBJECT_NAMES, required=True, width=32, example="青禾县丰田里农资店"),
    _c("credit_code", "统一社会信用代码", _CODE_NAMES, width=22),
    _c("registration", "注册号", "工商注册号 营业执照注册号 登记注册号", width=18),
    _c(
        "representative",
        "法定代表人",
        "法人 法人代表 负责人 经营者 法定代表人（负责人） 法定代表人/负责人 投资人 法定代表人姓名",
    ),
    _c(
        "address",
        "地址",
        "经营地址 住所 经营场所 注册地址 住所（经营场所） 经营场所地址 企业地址 单位地址 详细地址",
        width=32,
    ),
    _c("phone", "电话", "联系电话 联系方式 手机号码 手机 手机号 电话号码"),
    _c("district", "行政区划", "区划 所在区划 乡镇 镇办 所在乡镇 街道 所属区域 辖区"),
    _c("jurisdiction", "管辖单位", "管辖机关 监管单位 所属监管所 管辖所 日常监管单位 监管部门"),
    _c("registrar", "登记单位", "登记机关 发照机关"),
    _c(
        "type",
        "市场主体类型",
        "主体类型 企业类型 类型 经济类型 市场主体类别 单位类型",
        choices=("企业", "个体工商户", "农民专业合作社", "其他"),
    ),
    _c("industry", "行业", "所属行业 行业类别 行业分类 行业门类"),
    _c("scope", "经营范围", "业务范围", width=30),
    _c("founded", "成立日期", "成立时间 注册日期 登记日期"),
    _c(
        "grade",
        "风险等级",
        "信用风险等级 风险分级 等级 信用等级 风险类别 企业信用风险等级",
        choices=("A", "B", "C", "D"),
    ),
    _c("tags", "标签", "名单 分类标签 标记 分组 特殊名单"),
)
INSPECTORS = (
    _c("serial", "序号", "No NO.", width=6),
    _c("name", "姓名", "人员姓名 执法人员姓名 检查人员 执法人员 检查人员姓名", required=True, example="林知远"),
    _c("sex", "性别", choices=("男", "女"), width=6),
    _c(
        "department",
        "单位",
        "部门 所在单位 工作单位 执法单位 所属部门 单位名称 所在部门 执法部门 所属单位",
        required=True,
        width=20,
        example="公安局",
    ),
    _c("post", "职务", "职务（岗位） 岗位 职位 职级"),
    _c(
        "id",
        "执法证号",
        "执法证编号 证号 行政执法证号 执法证件号 执法证号码 执法证件编号 执法证",
        required=True,
        width=18,
        example="QH-GA-001",
    ),
    _c("phone", "手机号码", "手机 手机号 联系电话 电话 联系方式 移动电话", width=16),
    _c("id_number", "身份证号", "身份证 身份证号码 公民身份号码 身份证件号码", width=22),
    _c("fields", "执法领域", "领域 执法类别 专业领域 专长 执法范围"),
    _c("valid_until", "有效期至", "有效期 证件有效期 执法证有效期 有效期限 证件有效期至"),
    _c("recuse", "回避对象", "回避 需回避对象 回避单位"),
)
DRAW = (
    _c("task", "抽查任务名称", _TASK_NAMES, width=24),
    _c("serial", "抽取序号", f"{_SERIAL_NAMES} 序号", width=8),
    _c("subject", "市场主体名称", _SUBJECT_NAMES, required=True, width=32),
    _c("credit_code", "统一社会信用代码", _CODE_NAMES, width=22),
    _c("registration", "注册号", "工商注册号 营业执照注册号"),
    _c(
        "inspectors",
        "检查人员",
        "执法人员 执法检查人员 检查组成员 匹配人员 检查组 抽取人员 检查人员姓名 执法检查人员姓名",
        width=24,
    ),
    _c("certificates", "执法证号", "执法证编号 证号 检查人员执法证号", width=24),
    _c("departments", "检查单位", "检查部门 执法单位 单位 部门"),
    _c("drawn", "抽取日期", "抽取时间 抽查日期 随机抽取时间"),
    _c("round", "抽取批次", "批次 轮次 抽取轮次"),
)
RESULTS = (
    _c("task", "抽查任务名称", _TASK_NAMES, width=24),
    _c("case", "案件编号", "案号 案卷编号 案件号"),
    _c("serial", "抽取序号", f"{_SERIAL_NAMES} 序号", width=8),
    _c("subject", "市场主体名称", _SUBJECT_NAMES, width=32),
    _c("credit_code", "统一社会信用代码", _CODE_NAMES, width=22),
    _c("registration", "注册号", "工商注册号 营业执照注册号"),
    _c("department", "检查单位", "检查部门 部门 单位 执法单位 抽查部门", width=20),
    _c("item", "抽查事项", "检查事项 事项 检查内容 抽查内容 检查项目", width=30),
    _c("result", "抽查结果", "检查结果 结果 检查情况 抽查检查结果", required=True, width=30),
    _c("handling", "处理结果", "处理意见 处置结果 处理情况 处理方式 处理", width=16),
    _c("note", "备注", "情况说明 检查情况说明 说明 问题描述", width=30),
    _c("inspectors", "检查人员", "执法人员 检查人员签字 执法检查人员", width=20),
    _c("certificates", "执法证号", "执法证编号 证号 检查人员执法证号", offered=False),
    _c("notified", "告知日期", "告知时间"),
    _c("inspected", "检查日期", "检查结束日期 检查时间 检查完成日期 检查结束时间 现场检查日期 实地检查日期", width=14),
    _c("found", "结果形成日期", "形成检查结果日期 结果日期 形成结果日期 检查结果形成日期 结果产生日期"),
    _c("records_submitted", "记录表报送日期", "报送日期 记录报送日期"),
    _c("recorded", "录入日期", "录入时间 平台录入日期 录入平台日期"),
    _c("disclosed", "公示日期", "公示时间 结果公示日期 公开日期"),
    _c("is_disclosed", "是否公示", "公示情况 公示状态 是否已公示", choices=("是", "否")),
    _c("handled", "处理日期", "处置日期 处理时间"),
    _c("transferred", "移送日期", "移送（转办）日期 转办日期 移送时间"),
    _c("transfer_letter", "移交函日期", "发出移交函日期"),
    _c("confirmed", "审核认定日期", "认定日期"),
    _c("filed", "立案日期", "立案时间"),
    _c("replied", "回复日期", "书面回复日期 回复时间"),
    _c("rectified", "整改复查日期", "复查日期 整改日期 整改完成日期"),
    _c("closed", "结案日期", "结案时间"),
    _c("closure_notified", "结案告知日期", "案件结果告知日期"),
    _c("penalty_disclosed", "处罚公示日期", "处罚信息公示日期"),
)
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    "plan": PLAN,
    "items": ITEMS,
    "subjects": SUBJECTS,
    "inspectors": INSPECTORS,
    "draw": DRAW,
    "results": RESULTS,
}
