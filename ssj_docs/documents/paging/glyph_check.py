"""Checks before issuing whether the fonts of this machine can print every character.

A character in no font stops the action (it would be an empty box on paper); one that another font prints is reported.
Without fontconfig nothing is known about fonts: that is reported, and the paper is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ssj_docs.documents.paging.fonts import document_glyphs, missing_glyphs
from ssj_docs.ground.errors import DataError, MissingProgramError
from ssj_docs.ground.problems import Problem, has_errors
from ssj_docs.ground.remedies import Action, Remedy, do
from ssj_docs.model.document import OfficialDocument

_REMEDY = "请核对是否错字；确为生僻字的，安装收录该字的字体后再印发；在别的电脑上打印的，"


def check_document(document: OfficialDocument, source: str) -> tuple[Problem, ...]:
    """Check every element of a 公文 against the font it is set in.

    Returns: warnings. Raises: DataError with all problems if a character is in no font.
    """
    return _judged(lambda: document_glyphs(document, source), source, do("issue", no_font_check=True))


def check_data(forms: Iterable[tuple[str, Mapping[str, Any], Mapping[str, str]]]) -> tuple[Problem, ...]:
    """Check the data of many forms at once, each character once.

    Args:
        forms: for each form its title, its data, and the Chinese names of its fields by path.

    Returns: warnings. Raises: DataError with all problems if a character is in no font.
    """
    return _judged(lambda: list(_data_problems(forms)), "表单", do("forms", no_font_check=True))


def _data_problems(forms: Iterable[tuple[str, Mapping[str, Any], Mapping[str, str]]]) -> Iterator[Problem]:
    known: dict[str, Problem | None] = {}
    for title, data, names in forms:
        for path, text in _texts(data, ""):
            fresh = "".join(dict.fromkeys(character for character in text if character not in known))
            known |= dict.fromkeys(fresh)
            known |= {problem.value: problem for problem in missing_glyphs(fresh)}
            for character in dict.fromkeys(text):
                problem = known[character]
                if problem is not None:
                    yield replace(problem, source=title, field=names.get(path, path))


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text of a form's data with its path as in the catalogue: ``rows[].name``."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from _texts(below, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _texts(below, f"{path}[]")


def _judged(look: Callable[[], list[Problem]], source: str, unchecked: Action) -> tuple[Problem, ...]:
    try:
        problems = look()
    except MissingProgramError as error:
        return (
            Problem(
                source,
                f"没有核对字体是否收录全部文字：{error.message}",
                error.remedy,
                severity="warning",
                code="glyph.unchecked",
            ),
        )
    if has_errors(problems):
        remedy = Remedy(_REMEDY, unchecked)
        errors = [replace(p, remedy=remedy) if p.severity == "error" else p for p in problems]
        count = len({p.value for p in errors if p.severity == "error"})
        raise DataError(f"有 {count} 个字没有任何已装字体收录，没有编号，也没有印发", remedy, errors)
    return tuple(problems)
