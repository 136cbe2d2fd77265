"""Plain text templates for drafts: the sandbox of Word templates without XML, and two more filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import meta
from jinja2.filters import do_tojson

from ssj_docs.documents.templates.sandbox import TemplateSandbox, concat, pass_counter, sized
from ssj_docs.ground.chinese_words import chinese_numeral


class PlainText:
    """A prepared text template.

    Attributes:
        source: as written.
        names: of the data it uses.

    Raises: TemplateError for a syntax error, or for what templates may not do.
    """

    def __init__(self, source: str) -> None:
        environment = plain_sandbox()
        self.source = source
        self.names = frozenset(meta.find_undeclared_variables(environment.parse(source)))
        self._template = environment.from_string(source)

    def fill(self, values: Mapping[str, Any]) -> str:
        """The text with the values, which are plain data. Raises: TemplateError, TypeError, ValueError."""
        return self._template.render(values, _passes=pass_counter(), _concat=concat)


def plain_sandbox() -> TemplateSandbox:
    """The environment of text templates."""
    environment = TemplateSandbox()
    environment.autoescape = False
    environment.finalize = sized
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.filters["tojson"] = do_tojson
    environment.filters["chinese"] = chinese_numeral
    return environment
