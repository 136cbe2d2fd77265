"""Departments as written → canonical names: lists, area words, 分局 forms, brackets, short forms."""

from __future__ import annotations

import re
from functools import cached_property

from rapidfuzz import fuzz, process

from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.reading import Note, Reading
from ssj_docs.model.office import Office

#: Short stems in general use → stem of the official name; taken only if the office has a department of that name.
USUAL_SHORT_FORMS = {
    "市监": "市场监督管理",
    "市场监管": "市场监督管理",
    "市场局": "市场监督管理局",
    "食药监": "市场监督管理",
    "应急": "应急管理",
    "安监": "应急管理",
    "发改": "发展和改革",
    "发展改革": "发展和改革",
    "卫健": "卫生健康",
    "住建": "住房和城乡建设",
    "教体": "教育体育",
    "教科体": "教育科技体育",
    "人社": "人力资源和社会保障",
    "自规": "自然资源和规划",
    "自然资源": "自然资源和规划",
    "环保": "生态环境",
    "农业": "农业农村",
    "交通": "交通运输",
    "文旅": "文化广电和旅游",
    "文广旅": "文化广电和旅游",
    "文化旅游": "文化广电和旅游",
    "文化和旅游": "文化广电和旅游",
    "消防大队": "消防救援大队",
    "消防救援": "消防救援大队",
    "劳动监察": "劳动保障监察",
    "劳动保障": "人力资源和社会保障",
    "公安": "公安局",
    "民宗": "民族宗教事务",
    "烟草": "烟草专卖",
    "工信": "工业和信息化",
    "城管": "城市管理",
    "医保": "医疗保障",
    "林业": "林业",
    "气象": "气象",
    "统计": "统计",
    "税务": "税务",
    "水利": "水利",
    "商务": "商务",
    "财政": "财政",
}
_AREA_END = "省市县区旗州盟镇乡"
_AREA_ENDS = (*_AREA_END, "管委会", "管理委员会", "办事处")
_AREA = re.compile(r"(?!.*(局|大队|支队|(?<!管理)委员会|(?<!管)委(?!员)))[\u4e00-\u9fffA-Za-z]{1,16}")
_PREFIXES = ("各", "本", "全")
_LIST_MARK = re.compile(r"(?:^|(?<=[^\d]))\s*(?:\d{1,2}\s*[.．、)）]|[①-⑳]|[（(]\d{1,2}[)）])\s*(?=[\u4e00-\u9fff])")
_NOBODY = re.compile(r"(无|暂无|没有)((配合|协同|参与|联合|参加|其他)?(部门|单位))?")
_BRACKET = re.compile(r"[（(【\[][^（）()【】\[\]]*[)）】\]]")


class DepartmentNames:
    """The names an office knows, ready for many look-ups; a name once resolved is remembered."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._seen: dict[str, str | None] = {}

    @cached_property
    def _known(self) -> dict[str, str]:
        known: dict[str, str] = {}
        for department in self._office.departments:
            for name in (department.name, department.short, *department.aliases):
                for key in _keys(name):
                    known.setdefault(key, department.name)
        return known

    @cached_property
    def _areas(self) -> tuple[str, ...]:
        stems = [area.rstrip(_AREA_END) for area in self._office.area if len(area) > 2]
        return tuple(sorted({squeeze(a) for a in (*self._office.area, *stems) if a}, key=len, reverse=True))

    def canonical(self, text: str) -> str | None:
        """The canonical name for one written name, or None."""
        key = squeeze(text)
        if key not in self._seen:
            self._seen[key] = self._resolve(key)
        return self._seen[key]

    def _resolve(self, name: str) -> str | None:
        bare = _BRACKET.sub("", name)
        for form in dict.fromkeys((name, bare, *self._branch(bare))):
            found = self._plain(form)
            if found:
                return found
        return None

    def _branch(self, name: str) -> list[str]:
        """市场监督管理局示范区分局 → 市场监督管理局; 市场监管分局 → 市场监管局."""
        forms = [f"{name[:-2]}局"] if name.endswith("分局") else []
        match = re.fullmatch(r"(.+?(?:局|委员会|委|大队))([^局委队]{1,10})分局", name)
        if match and not self._plain(match[2] + "局"):
            forms.append(match[1])
        return forms

    def _plain(self, name: str) -> str | None:
        """The name itself, or what is left of it after words for the area (示范区住建局 → 住建局)."""
        for start in range(len(name)):
            prefix, rest = name[:start], name[start:]
            if prefix and not self._is_area(prefix):
                continue
            for key in _spellings(rest):
                if key in self._known:
                    return self._known[key]
        return None

    def _is_area(self, prefix: str) -> bool:
        if re.fullmatch(r"国家[\u4e00-\u9fff]{2,8}(总局|局)([\u4e00-\u9fff]{1,8}[省市县区州盟旗])?", prefix):
            return True  # 国家税务总局某县税务局
        if not _AREA.fullmatch(prefix):
            return False
        return prefix.endswith(_AREA_ENDS) or prefix in _PREFIXES or any(prefix.endswith(area) for area in self._areas)

    def nearest(self, text: str, limit: int = 3) -> list[str]:
        """Known departments whose names are nearest to the text, the best first."""
        found = process.extract(squeeze(text).replace("分局", "局"), list(self._known), scorer=fuzz.WRatio, limit=10)
        return list(dict.fromkeys(self._known[key] for key, score, _ in found if score >= 50))[:limit]

    def read(self, text: str) -> Reading[tuple[tuple[str, str], ...]]:
        """Read a cell with one or several departments.

        Returns:
            Pairs (text as written, canonical name), in order, each department once; a note of severity ``error``
            for each name that no department has.
        """
        pairs: dict[str, str] = {}
        notes = []
        for written in self._split(text):
            name = self.canonical(written)
            if name is None:
                notes.append(self._unknown(written))
            else:
                pairs.setdefault(name, written)
        return Reading(tuple((written, name) for name, written in pairs.items()), tuple(notes))

    def _unknown(self, written: str) -> Note:
        nearest = "、".join(f"“{name}”" for name in self.nearest(written))
        hint = f"；最接近的是{nearest}" if nearest else ""
        return Note(
            "department.unknown",
            f"“{squeeze(written)}”不是已知部门{hint}",
            Remedy("请改正名称，或回答导入时的问题；也可", do("set", key="departments"), "，增加该部门或它的别名"),
            "error",
            squeeze(written),
        )

    def _split(self, text: str) -> list[str]:
        """Names of a cell; white space separates them only where every piece is a name (else a column was narrow)."""
        parts: list[str] = []
        for part in split_names(text) if self._is_list(text) else [text]:
            pieces = part.split()
            apart = len(pieces) > 1 and all(map(self.canonical, pieces))
            parts.extend(pieces if apart else ["".join(pieces)])
        return [part for part in parts if part]

    def _is_list(self, text: str) -> bool:
        """A name that holds 和 or 、 itself and is known as it stands is no list."""
        return self._plain(squeeze(text)) is None


def split_names(text: str) -> list[str]:
    """Split a list of names: ``1.甲2.乙``, 、 ， ； /, and 和 / 及 after a complete name; brackets stay whole."""
    text = _LIST_MARK.sub("、", text)
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char in "（(【[") - (char in "）)】]")
        if depth <= 0 and char in "、，,；;/|＋+":
            parts.append(current)
            current = ""
        else:
            current += char
    parts.append(current)
    split = [
        piece for part in parts for piece in re.split(r"(?<=[局委队会院厅署])[和及与](?=[\u4e00-\u9fff]{2})", part)
    ]
    named = [re.sub(r"(?<=[局委队会院厅署门])等(部门|单位)?$", "", piece.strip(" \n\t\u3000。：:")) for piece in split]
    return [
        piece for piece in named if piece and piece not in ("等", "/", "—", "-", "--") and not _NOBODY.fullmatch(piece)
    ]


def _keys(name: str) -> tuple[str, ...]:
    key = squeeze(name)
    return (key, _without_and(key)) if key else ()


def _spellings(name: str) -> tuple[str, ...]:
    """Spellings under which a written name may be known: with 员会, without 和, long form of a usual short stem."""
    forms = [name]
    if name.endswith("委"):
        forms.append(name + "员会")
    for tail in ("部门", "厅", "机构"):
        if name.endswith(tail):
            bare = name.removesuffix(tail)
            forms += [bare, bare + "局", bare + "委", *(_spellings(bare + "局") if bare else ())]
    stem = re.fullmatch(r"(.+?)(局|委员会|委|大队)?", name)
    if stem and stem[1] in USUAL_SHORT_FORMS:
        long = USUAL_SHORT_FORMS[stem[1]]
        tail = {"委": "委员会", None: "局"}.get(stem[2], stem[2] or "")
        forms += [long, long + tail, long + "委员会", long + "局", long + "大队"]
    elif name in USUAL_SHORT_FORMS:
        forms.append(USUAL_SHORT_FORMS[name])
    return tuple(dict.fromkeys([*forms, *map(_without_and, forms)]))


def _without_and(name: str) -> str:
    return name.replace("和", "").replace("与", "")
