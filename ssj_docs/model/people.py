"""检查对象 and 执法检查人员: the two registers (两库)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_GONE = re.compile(r"(?<![未拟])(注销|吊销|撤销|除名|迁出|失联|关闭)|查无")
_AWAY = re.compile(
    r"(?<![未拟])(调离|调出|调走|转岗|离岗|离职|辞职|辞退|脱岗|退休|停职|停用|注销|吊销|失效|过期|病休|长期病假|产假|借调|抽调|挂职)"
)


@dataclass(frozen=True)
class Subject:
    """检查对象 (检查对象名录库).

    Attributes:
        id: 统一社会信用代码, or 注册号 where there is none, or ``S`` and a serial for a project or place.
        name: 市场主体名称. credit_code: 统一社会信用代码 (GB 32100). registration: 注册号.
        representative: 法定代表人. address: 地址. phone: 电话 (restricted if a mobile number).
        district: 行政区划. jurisdiction: 管辖单位. registrar: 登记单位. type: 市场主体类型.
        industry: 行业. scope: 经营范围. founded: 成立日期. grade: risk grade ``A``-``D`` or empty.
        tags: groups such as 黑名单, 工贸, 异常名录. status: 登记状态 as written (存续, 注销, 吊销 …), empty if not told.
    """

    id: str
    name: str
    credit_code: str = ""
    registration: str = ""
    representative: str = ""
    address: str = ""
    phone: str = ""
    district: str = ""
    jurisdiction: str = ""
    registrar: str = ""
    type: str = ""
    industry: str = ""
    scope: str = ""
    founded: date | None = None
    grade: str = ""
    tags: tuple[str, ...] = ()
    status: str = ""

    @property
    def gone(self) -> bool:
        """Return whether the status says that nothing is there to be inspected."""
        return bool(_GONE.search(self.status))


@dataclass(frozen=True)
class Inspector:
    """执法检查人员 (执法检查人员名录库).

    Attributes:
        id: 执法证号. name, sex, department (canonical), post: 姓名 性别 单位 职务.
        phone, id_number: 手机号码, 身份证号: restricted, never in the index, logs or the public rendition.
        fields: 执法领域. valid_from, valid_until: first and last day of the certificate, None if not given.
        status: 在岗, 调离, 退休 … as written, empty if not told.
        recuse: subject ids or names from which the inspector keeps away (回避).
    """

    id: str
    name: str
    sex: str = ""
    department: str = ""
    post: str = ""
    phone: str = ""
    id_number: str = ""
    fields: tuple[str, ...] = ()
    valid_until: date | None = None
    recuse: tuple[str, ...] = ()
    valid_from: date | None = None
    status: str = ""

    @property
    def away(self) -> bool:
        """Return whether the status says that the inspector cannot be sent."""
        return bool(_AWAY.search(self.status))
