"""Numbers that identify: 统一社会信用代码 (GB 32100), 身份证号 (GB 11643), 注册号, telephone; and dates."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from ssj_docs.intake.values.folding import arabic, fold, squeeze
from ssj_docs.intake.values.reading import Note, Reading


def read_credit_code(text: str) -> Reading[str]:
    """统一社会信用代码, upper case without spaces; a wrong check digit is an error, never repaired."""
    code = re.sub(r"[-_.'`]", "", squeeze(text)).upper()
    if not code or code in ("无", "/"):
        return Reading("")
    if len(code) != 18:
        message = f"统一社会信用代码应为18位，这里是{len(code)}位"
        return Reading("", (Note("subject.credit_code", message, "请对照营业执照改正", "error"),))
    wrong = sorted(set(re.sub(r"[0-9A-HJ-NP-RTUW-Y]", "", code)))
    if wrong:
        message = f"统一社会信用代码不含“{'、'.join(wrong)}”（GB 32100 不用 I、O、S、V、Z）"
        return Reading("", (Note("subject.credit_code", message, "请看是否把 1 写成 I、把 0 写成 O", "error"),))
    if not uscc.is_valid(code):
        message = "统一社会信用代码校验位不符（GB 32100-2015）"
        return Reading("", (Note("subject.credit_code", message, "请对照营业执照逐位核对", "error"),))
    return Reading(code)


def read_registration(text: str) -> Reading[str]:
    """注册号: 15 digits with a check digit (ISO 7064 mod 11,10) or 13 digits of the old form; else kept with a note."""
    number = squeeze(text).upper()
    if not number or number in ("无", "/"):
        return Reading("")
    if re.fullmatch(r"\d{15}", number) and not mod_11_10.is_valid(number):
        return Reading(number, (Note("subject.registration", "注册号校验位不符", "请对照营业执照核对"),))
    if not re.fullmatch(r"\d{13}|\d{15}[A-Z0-9]{0,3}|[A-Z0-9]{6,20}", number):
        return Reading(number, (Note("subject.registration", "注册号一般为15位或13位数字", "请核对"),))
    return Reading(number)


def read_id_number(text: str) -> Reading[str]:
    """公民身份号码 (GB 11643-1999, mod 11-2); wrong ones are errors."""
    number = squeeze(text).upper().replace("-", "")
    if not number:
        return Reading("")
    if re.fullmatch(r"\d{15}", number):
        return Reading("", (Note("inspector.id_number", "是15位旧号码", "请填18位身份证号", "error"),))
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return Reading("", (Note("inspector.id_number", "身份证号应为18位", "请核对后重填", "error"),))
    try:
        if ric.calc_check_digit(number) != number[17]:
            raise ValidationError
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except (ValidationError, ValueError):
        return Reading(
            "", (Note("inspector.id_number", "身份证号校验位或生日不符（GB 11643）", "请核对后重填", "error"),)
        )
    return Reading(number)


def read_phone(text: str) -> Reading[str]:
    """Telephone numbers as written, full-width digits folded; a note where none can be seen."""
    number = re.sub(r"\s+", " ", fold(text))
    if re.fullmatch(r"1\d{2}[- ]\d{4}[- ]\d{4}", number):
        number = re.sub(r"[- ]", "", number)
    if not number or number in ("无", "/"):
        return Reading("")
    for part in re.split(r"[/,;、，；]", number):
        digits = re.sub(r"[\s()（）-]", "", part)
        if not re.fullmatch(
            r"\+?(86)?1[3-9]\d{9}|(0\d{2,3})?\d{7,8}(\d{1,6})?|[48]00\d{7}|1\d{4}", digits.replace("转", "")
        ):
            return Reading(number, (Note("phone", "不像电话号码", "请核对位数"),))
    return Reading(number)


def read_date(text: str, year: int | None = None) -> Reading[date | None]:
    """A day: ISO, 2023.5.1, 2023年5月1日, 20230501, 5月1日 (needs ``year``), or an Excel serial number."""
    body = re.sub(r"(T|\s+)\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$", "", fold(text))
    body = re.sub(r"[上下中]午.*$|(?<=日)\s*\d{1,2}[时点:].*$", "", body)
    body = arabic(re.sub(r"\s+", "", body), "年月日")
    if not body:
        return Reading(None)
    try:
        return Reading(_day(body, year))
    except (ValueError, OverflowError):
        return Reading(None, (Note("date", "不是日期", "请写成“2023-05-01”", "error"),))


def _day(body: str, year: int | None) -> date:
    match = re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", body) or re.fullmatch(
        r"(\d{4})(\d{2})(\d{2})", body
    )
    if match:
        return date(int(match[1]), int(match[2]), int(match[3]))
    short = re.fullmatch(r"(\d{1,2})[./月-](\d{1,2})日?", body)
    if short and year:
        return date(year, int(short[1]), int(short[2]))
    if re.fullmatch(r"\d{5}(\.\d+)?", body) and 20000 < float(body) < 80000:
        return date(1899, 12, 30) + timedelta(days=int(float(body)))
    if re.fullmatch(
        r"1\d{12}|1\d{9}", body
    ):  # seconds or milliseconds since 1970, as platforms export them, Beijing time
        return (datetime(1970, 1, 1) + timedelta(seconds=int(body[:10]) + 8 * 3600)).date()
    raise ValueError(body)
