"""What the made-up office of the search tests holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Enter = Callable[..., None]
Ssj = Callable[..., tuple[int, Any]]

PHONE = "13800001234"
ID_NUMBER = "11010519491231002X"
CREDIT_CODE = "91410100MA0000001R"

PAGES = [
    "联合抽查记录表\n市场主体名称：青禾县丰登食品加工厂\n住所：青禾县柳溪路１２号　检查结果：未发现问题",
    "检查 意见：仓库内货物堆\n放过高，责令改 正。联系电话 " + PHONE + "，身份证号 " + ID_NUMBER,
]
