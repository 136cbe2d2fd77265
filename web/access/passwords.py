"""What a new password must be: long enough, and not one of those that everybody tries first."""

from __future__ import annotations

import re

from ssj_docs.ground.errors import UsageError

_SHORTEST, _LONGEST = 10, 200
#: words that passwords are commonly made of, the longest first where one begins another
_COMMON = re.compile(
    "administrator|password|passw0rd|p@ssw0rd|p@ssword|passwd|welcome|dragon|monkey|sunshine|princess|football|"
    "iloveyou|woaini|letmein|master|shadow|superman|michael|charlie|default|changeme|secret|system|manager|operator|"
    "shuangsuiji|shichang|jianguan|woaiwojia|zhongguo|beijing|shanghai|admin|guest|login|root|test|user|asdf|qwer|"
    "zxcv|qaz|wsx|edc|abc|aaa|公司|管理员|密码|口令"
)
#: rows of the keyboard, and what is counted or spelled in order
_ORDERS = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb")
_RUN = 4
_LEFT = 4


def check_password(password: str, name: str) -> None:
    """Check a new password. Raises: UsageError if it is too short, too simple, common, or contains the name."""
    if len(password) < _SHORTEST or len(set(password)) < 5 or name.lower() in password.lower():
        raise UsageError(f"口令太弱：至少 {_SHORTEST} 个字符，不含用户名，不要只用几个相同的字符", "可用几个词连成一句")
    if len(password) > _LONGEST:
        raise UsageError("口令太长", f"不超过 {_LONGEST} 个字符")
    if is_common(password):
        raise UsageError("口令太常见：只是常用词、年份、键盘上相邻或依次的字符", "可用几个不相干的词连成一句")


def is_common(password: str) -> bool:
    """Return whether little is left without common words, years, orders and signs."""
    text = _without_orders(password.lower())
    text = _COMMON.sub("", text)
    return len(set(re.sub(r"[\d\W_]", "", text))) < _LEFT


def _without_orders(text: str) -> str:
    """The text without runs of at least four characters in an order of the keyboard, forwards or backwards."""
    orders = [order for one in _ORDERS for order in (one, one[::-1])]
    kept, place = "", 0
    while place < len(text):
        length = next(
            (
                n
                for n in range(len(text) - place, _RUN - 1, -1)
                if any(text[place : place + n] in one for one in orders)
            ),
            0,
        )
        kept += "" if length else text[place]
        place += length or 1
    return kept
