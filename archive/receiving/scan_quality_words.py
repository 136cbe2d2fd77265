"""Messages about the quality of scanned pages: in Chinese, with the pages and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: page, quality as JSON (see `archive.files.scan_quality.ScanQuality`), resolution of the scan
PageQuality = tuple[int, Mapping[str, Any], float]


def quality_notices(pages: Iterable[PageQuality]) -> list[tuple[str, str, str, tuple[int, ...]]]:
    """Return (code, sentence, remedy, pages) of each fault; pages with the same fault are grouped."""
    coarse: dict[int, list[int]] = {}
    cut: dict[str, list[int]] = {}
    for page, quality, dpi in pages:
        if quality.get("coarse") and not quality.get("blank"):
            coarse.setdefault(round(dpi), []).append(page)
        if quality.get("cut_off"):
            cut.setdefault(str(quality["cut_off"]), []).append(page)
    found = [
        ("coarse", f"扫描分辨率只有 {dpi} dpi", "请以 200 dpi 以上重新扫描", tuple(numbers))
        for dpi, numbers in sorted(coarse.items())
    ]
    found += [
        ("cut_off", f"{'、'.join(edges)}边可能有内容被裁掉", "请核对原件，必要时重新扫描", tuple(numbers))
        for edges, numbers in cut.items()
    ]
    return found
