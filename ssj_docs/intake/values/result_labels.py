"""检查结果 and 处理结果 as written → codes of the office's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import process

from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.reading import Note, Reading
from ssj_docs.model.office import Handling, Office, ResultCategory

#: Labels met in printed forms whose wording was garbled, and everyday words → the label that is meant (DOMAIN §1.4).
OTHER_LABELS = {
    "发展本次抽查涉及经营活动": "未发现开展本次抽查涉及的经营活动",
    "未发现本次抽查涉及的经营活动": "未发现开展本次抽查涉及的经营活动",
    "发现问题后处理待续": "发现问题待后续处理",
    "发现问题经责令已改正": "发现问题已责令改正",
    "正常": "未发现问题",
    "无问题": "未发现问题",
    "未见异常": "未发现问题",
    "未发现异常": "未发现问题",
}
#: words of a check sheet for an item in order, and for one that is not
EVERYDAY = {
    "合格": True,
    "符合": True,
    "符合要求": True,
    "达标": True,
    "通过": True,
    "√": True,
    "✓": True,
    "不合格": False,
    "不符合": False,
    "不符合要求": False,
    "不达标": False,
    "×": False,
    "✗": False,
    "存在问题": False,
    "有问题": False,
}
#: words for an item that was not inspected
NOT_INSPECTED = ("", "未检", "未检查", "不涉及", "/", "-", "—", "——", "无此项", "免检", "未抽到")
_NOTHING = ("", "无", "/", "-", "—", "——", "无需处理")


class ResultLabels:
    """Look-up of result and handling labels; one cell may hold several."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._results = _known(office.results)
        self._handlings = _known(office.handlings)
        for other, label in OTHER_LABELS.items():
            if _core(label) in self._results:
                self._results.setdefault(_core(other), self._results[_core(label)])

    @property
    def all_results(self) -> Sequence[ResultCategory]:
        """The office's vocabulary of results."""
        return self._office.results

    def clean_codes(self) -> list[str]:
        """Codes that mean that no problem was found."""
        return [result.code for result in self._office.results if result.clean]

    def is_clean(self, text: str) -> bool:
        """True for a blank, a result that says that nothing was found, and words for what was not inspected."""
        body = _core(text)
        if not body or squeeze(text) in NOT_INSPECTED:
            return True
        good = EVERYDAY.get(squeeze(text))
        return good if good is not None else self._results.get(body) in self.clean_codes()

    def knows_result(self, text: str) -> bool:
        """True if every part of a cell is a label of a result, or an everyday word for one."""
        parts = list(_parts(text, self._results))
        return bool(parts) and all(_core(part) in self._results or _core(part) in EVERYDAY for part in parts)

    def knows_handling(self, text: str) -> bool:
        """True if every part of a cell is a label of a handling."""
        parts = list(_parts(text, self._handlings))
        return bool(parts) and all(_core(part) in self._handlings for part in parts)

    def results(self, text: str) -> Reading[tuple[str, ...]]:
        """Codes of a 抽查结果 cell; unknown labels and 未发现问题 beside a problem are errors."""
        codes, notes = _read(text, self._results, "result.unknown", "检查结果")
        clean = [code for code in codes if (category := self._office.result(code)) and category.clean]
        if clean and len(codes) > 1:
            label = next(r.label for r in self._office.results if r.code == clean[0])
            notes.append(Note("result.exclusive", f"“{label}”不能和其他结果同时出现", "请只留一种", "error"))
        return Reading(tuple(codes), tuple(notes))

    def handlings(self, text: str) -> Reading[tuple[str, ...]]:
        """Codes of a 处理结果 cell; empty for 无."""
        if squeeze(text) in _NOTHING:
            return Reading(())
        codes, notes = _read(text, self._handlings, "handling.unknown", "处理结果")
        return Reading(tuple(codes), tuple(notes))


def _known(vocabulary: Sequence[ResultCategory] | Sequence[Handling]) -> dict[str, str]:
    known: dict[str, str] = {}
    for category in vocabulary:
        header = getattr(category, "header", "")
        for label in (category.code, category.label, header, *category.aliases):
            if label:
                known.setdefault(_core(label), category.code)
    return known


def _core(label: str) -> str:
    """Label without punctuation, space and list number; （） and () are the same."""
    return re.sub(r"^\d{1,2}[.、]|[\s,，、.。:：;；()（）“”\"·]", "", squeeze(label)).upper()


def _read(text: str, known: dict[str, str], code: str, what: str) -> tuple[list[str], list[Note]]:
    whole = known.get(_core(text))
    if whole:
        return [whole], []
    codes, notes = [], []
    for part in _parts(text, known):
        found = known.get(_core(part))
        if found:
            codes.append(found)
        else:
            near = process.extractOne(_core(part), list(known), score_cutoff=60)
            hint = f"；最接近的是“{near[0]}”" if near else ""
            message = f"“{squeeze(part)}”不在{what}的用语里{hint}"
            key = "results" if code == "result.unknown" else "handlings"
            remedy = Remedy("请用规定的用语，或", do("set", key=key), "，给相应一项加别名")
            notes.append(Note(code, message, remedy, "error"))
    return list(dict.fromkeys(codes)), notes


def _parts(text: str, known: dict[str, str]) -> Iterable[str]:
    """Split at ； and line breaks; at 、 ， only where every piece is a label (labels hold 、 themselves)."""
    for part in re.split(r"[;；\n|]|(?<=\S)\s+(?=R?\d)", text.strip()):
        pieces = [piece for piece in re.split(r"[、，,+/]", part) if piece.strip()]
        if _core(part) not in known and len(pieces) > 1 and all(_core(piece) in known for piece in pieces):
            yield from pieces
        elif part.strip():
            yield part
