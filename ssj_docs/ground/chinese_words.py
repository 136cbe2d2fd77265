"""Dates and ordinals as written in Chinese papers."""

from __future__ import annotations

from datetime import date


def chinese_date(day: date | None) -> str:
    """Arabic numerals without leading zeros (GB/T 9704-2012 7.3.5.4); empty for none."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def chinese_numeral(number: int) -> str:
    """1 → 一, 12 → 十二, 25 → 二十五 (1 to 99)."""
    digits = "零一二三四五六七八九"
    if not 1 <= number <= 99:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")
