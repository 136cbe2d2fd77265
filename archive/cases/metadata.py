"""Metadata stored with the bytes: elements of DA/T 46-2009 (and GB/T 33480-2016 for 公文) as XML.

The element names are those of the standards, so that an archivist can read them without this software.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from archive.cases.catalogue import ArchiveItem
from ssj_docs.model.document import parse_number
from ssj_docs.model.office import Office
from ssj_docs.model.paper_kind import DocumentKind

_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMESPACE = "urn:ssj:metadata:1"
_ORIGINS = {"scan": "纸质扫描", "digital": "电子原件", "issued": "电子成文"}
_VERDICTS = {"passed": "有效", "undetermined": "不能判定", "failed": "无效", "none": "无电子签名"}
#: 电子公文核心元数据, GB/T 33480-2016 chapter 4, in its order
OFFICIAL_ELEMENTS = (
    "公文标识",
    "文种",
    "份号",
    "密级和保密期限",
    "紧急程度",
    "发文机关标志",
    "发文字号",
    "签发人",
    "标题",
    "主送机关",
    "附件说明",
    "发文机关或签发人署名",
    "成文日期",
    "附注",
    "抄送机关",
    "印发机关",
    "印发日期",
    "发布层次",
)
#: A mapping nests elements, a sequence repeats one, text is text; empty values are left out.
Value = Mapping[str, "Value"] | Sequence["Value"] | str | int | None


def to_xml(root: str, value: Mapping[str, Value]) -> bytes:
    """The elements as a UTF-8 XML document; the same values give the same bytes."""
    top = ET.Element(root, {"xmlns": _NAMESPACE})
    _fill(top, value)
    ET.indent(top)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(top, encoding="unicode")}\n'.encode()


def _fill(parent: ET.Element, value: Value) -> None:
    if isinstance(value, Mapping):
        for name, part in value.items():
            repeated = part if isinstance(part, Sequence) and not isinstance(part, str) else [part]
            for one in repeated:
                if one not in (None, "", {}, []):
                    _fill(ET.SubElement(parent, name), one)
    elif value is not None:
        parent.text = _CONTROL.sub("", str(value))


def item_elements(
    office: Office, item: ArchiveItem, kind: DocumentKind | None = None, printed: Mapping[str, Value] | None = None
) -> dict[str, Value]:
    """DA/T 46-2009 elements of one item; for a 公文 also those of GB/T 33480-2016, ``printed`` ones where known."""
    year = str(item.date.year) if item.date else item.case[:4]
    return {
        "聚合层次": "文件",
        "来源": _source(office),
        "电子文件号": f"{item.case}/{item.item}",
        "档号": item.archive_number,
        "档号构成": {
            "全宗号": office.fonds,
            "年度": year,
            "保管期限": retention_name(item.retention),
            "室编件号": item.item,
        },
        "内容描述": {
            "题名": item.title,
            "文件编号": item.number,
            "责任者": item.department or office.name,
            "日期": item.date.isoformat() if item.date else "",
            "文种": kind.title if kind else item.kind,
        },
        "形式特征": {"件数": 1, "页数": item.pages, "语种": "汉语", "稿本": "正本"},
        "电子属性": [
            {
                "格式信息": stored.media,
                "计算机文件名": stored.name,
                "计算机文件大小": stored.bytes,
                "摘要算法": "SHA-256",
                "摘要": stored.sha256,
                "作用": "原件" if stored.role == "original" else "派生件",
                "信息系统描述": "ssj-docs 双随机文书与档案",
            }
            for stored in item.files
        ],
        "数字化属性": {"数字化对象形态": _ORIGINS[item.origin]},
        "电子签名": {
            "签名结果": _VERDICTS[item.verdict],
            "签名人": str(item.verdict_detail.get("signer", "")),
            "签名时间": str(item.verdict_detail.get("signed_at", "")),
            "说明": str(item.verdict_detail.get("reason", "")),
        },
        "存储位置": {"当前位置": [f"{item.case}/{stored.path}" for stored in item.files]},
        "权限管理": {"控制标识": "内部"},
        "业务实体": {"业务状态": "归档", "行为时间": item.received_at, "业务行为": "接收归档"},
        "公文元数据": official_elements(office, item, kind.genre, printed or {}) if kind and kind.genre else None,
    }


def case_elements(
    office: Office, case: str, facts: Mapping[str, str], items: Sequence[ArchiveItem]
) -> dict[str, Value]:
    """DA/T 46-2009 elements of the case file as a whole (聚合层次 案卷).

    Args:
        facts: 题名, 任务, 检查对象 … as element name → text, written under 内容描述.
    """
    return {
        "聚合层次": "案卷",
        "来源": _source(office),
        "电子文件号": case,
        "内容描述": dict(facts),
        "形式特征": {"件数": len(items), "页数": sum(item.pages or 0 for item in items)},
        "实体关系": [
            {"实体标识符": f"{item.case}/{item.item}", "关系类型": "包含", "题名": item.title, "关系描述": item.kind}
            for item in items
        ],
    }


def official_elements(office: Office, item: ArchiveItem, genre: str, printed: Mapping[str, Value]) -> dict[str, Value]:
    """The 18 core elements of GB/T 33480-2016 of a 公文: as printed, otherwise from the catalogue.

    Args:
        printed: what `archive.cases.printed_elements` read from the issued paper; empty for a paper from outside. Elements
            that the paper does not have (份号, 签发人 of a 下行文 …) are left out.
    """
    number = parse_number(item.number)
    known: dict[str, Value] = {
        "公文标识": f"{item.case}/{item.item}",
        "文种": genre,
        "发文字号": str(number) if number else item.number,
        "标题": item.title,
        "发文机关或签发人署名": item.department or "".join(office.signature),
        "成文日期": item.date.isoformat() if item.date else "",
    }
    if not printed:
        known |= {"发文机关标志": office.red_header, "印发机关": office.printer}
    told = {**known, **printed}
    return {name: told[name] for name in OFFICIAL_ELEMENTS if told.get(name)}


def retention_name(code: str) -> str:
    """``Y`` → 永久, ``D30`` → 定期30年."""
    return "永久" if code == "Y" else f"定期{code[1:]}年" if code.startswith("D") else code


def _source(office: Office) -> dict[str, Value]:
    return {"全宗号": office.fonds, "立档单位名称": office.name}
