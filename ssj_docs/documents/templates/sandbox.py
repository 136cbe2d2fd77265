"""The Jinja environment of templates, which can print data, use conditions and loops, and nothing else.

docxtpl's default environment lets template code start programs (`cycler.__init__.__globals__`) and lets data inject XML.
Here every value is escaped, an unknown name is an error, only listed filters and methods exist, and loops, text and numbers
are limited, so that a bad template fails with a message instead of exhausting the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import Any

from jinja2 import StrictUndefined, Template, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import escape

MAX_ITERATIONS = 200_000
MAX_TEXT = 16 * 1024 * 1024
MAX_NUMBER = 10**12
_TOO_DEEP = "括号或条件嵌套过深"
_SPECIAL = re.compile("[&<>'\"]")

_FILTERS = (
    "abs",
    "capitalize",
    "count",
    "default",
    "d",
    "escape",
    "e",
    "first",
    "float",
    "groupby",
    "int",
    "last",
    "length",
    "list",
    "lower",
    "max",
    "min",
    "reverse",
    "round",
    "sort",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "dictsort",
    "items",
)
_METHODS: dict[type, frozenset[str]] = {
    dict: frozenset({"items", "keys", "values", "get"}),
    str: frozenset({"startswith", "endswith", "strip", "lstrip", "rstrip", "split", "upper", "lower", "count"}),
}
_LOOP = frozenset({"first", "last", "index", "index0", "revindex", "revindex0", "length", "previtem", "nextitem"})
#: added by compiled templates to every call inside a loop
_FROM_JINJA = frozenset({"_loop_vars", "_block_vars"})
_REFUSED = (
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
    nodes.Extends,
    nodes.Block,
    nodes.Macro,
    nodes.CallBlock,
    nodes.FilterBlock,
    nodes.AssignBlock,
    nodes.ScopedEvalContextModifier,
    nodes.EvalContextModifier,
)


class TemplateSandbox(ImmutableSandboxedEnvironment):
    """The environment of document templates; see the module's docstring for what it refuses."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True, optimized=False)
        kept = {name: self.filters[name] for name in _FILTERS}
        self.filters.clear()
        self.filters.update(kept, join=_join, string=_text, batch=_batch, slice=_slice)
        self.globals.clear()
        self.globals["range"] = _bounded_range
        self.concat = _bounded_concat  # type: ignore[method-assign]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        try:
            tree = super()._parse(source, name, filename)
        except (RecursionError, MemoryError) as error:
            raise SecurityError(_TOO_DEEP) from error
        for kind in _REFUSED:
            for node in tree.find_all(kind):
                raise SecurityError(f"第 {node.lineno} 段使用了不支持的模板语句")
        if any(loop.recursive for loop in tree.find_all(nodes.For)):
            raise SecurityError("不支持递归循环")
        checked: nodes.Template = _Bounding().visit(tree)
        return checked

    def from_string(self, *args: Any, **kwargs: Any) -> Template:
        """Compile a template; values are escaped by `_escaped`, which does not wrap what needs no escaping."""
        try:
            template = super().from_string(*args, **kwargs)
        except (RecursionError, MemoryError) as error:
            raise SecurityError(_TOO_DEEP) from error
        template.root_render_func.__globals__["escape"] = _escaped
        return template

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Prefer keys to methods, so that a field may be called ``items``; only listed methods can be used."""
        if type(obj) is dict:
            if attribute in obj:
                return obj[attribute]
            if attribute in _METHODS[dict]:
                return getattr(obj, attribute)
            return self.undefined(obj=obj, name=attribute)
        if type(obj) is LoopContext and attribute in _LOOP:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call our own functions directly, anything else after the sandbox's checks."""
        if getattr(obj, "ssj_template_function", False) and kwargs.keys() <= _FROM_JINJA:
            return obj(*args)
        return super().call(context, obj, *args, **kwargs)

    def is_safe_callable(self, obj: Any) -> bool:
        """Only our own functions, loop helpers and the methods in `_METHODS`."""
        if getattr(obj, "ssj_template_function", False):
            return True
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, LoopContext):
            return getattr(obj, "__name__", "") in {"cycle", "changed"}
        return getattr(obj, "__name__", "") in _METHODS.get(type(owner), frozenset())

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Arithmetic on small numbers; ``+`` also joins text. Everything else could exhaust memory."""
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return _joined((left, right))
        if operator == "**" or not (_is_number(left) and _is_number(right)):
            raise SecurityError(f"不支持的运算“{operator}”")
        if abs(left) > MAX_NUMBER or abs(right) > MAX_NUMBER:
            raise SecurityError("数值过大")
        return self.binop_table[operator](left, right)


def template_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function or method as callable by templates."""

    def call(*values: Any) -> Any:
        return function(*values)

    call.ssj_template_function = True  # type: ignore[attr-defined]
    return call


def pass_counter() -> Callable[[Any], Any]:
    """Return a counter that every loop passes its items to; it stops a template that loops too often."""
    count = 0

    @template_function
    def passes(values: Any) -> Any:
        nonlocal count
        if not hasattr(values, "__len__"):
            values = list(islice(values, MAX_ITERATIONS + 1))
        count += len(values)
        if count > MAX_ITERATIONS:
            raise SecurityError(f"循环超过 {MAX_ITERATIONS} 次")
        return values

    return passes


class _Bounding(NodeTransformer):
    """Counts every pass of a loop, and joins text (``~``) with a limit."""

    def visit_For(self, node: nodes.For, *args: Any, **kwargs: Any) -> nodes.Node:
        self.generic_visit(node, *args, **kwargs)
        name = nodes.Name("_passes", "load", lineno=node.lineno)
        node.iter = nodes.Call(name, [node.iter], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat, *args: Any, **kwargs: Any) -> nodes.Node:
        self.generic_visit(node, *args, **kwargs)
        name = nodes.Name("_concat", "load", lineno=node.lineno)
        return nodes.Call(name, list(node.nodes), [], None, None, lineno=node.lineno)


@template_function
def concat(*parts: Any) -> str:
    """Jinja's ``~`` with a length limit."""
    return _joined(map(_text, parts))


@template_function
def _bounded_range(*bounds: int) -> range:
    if any(not isinstance(bound, int) or abs(bound) > MAX_ITERATIONS for bound in bounds):
        raise SecurityError("range 过大")
    return range(*bounds)


def _escaped(value: Any) -> str:
    if type(value) is str and not _SPECIAL.search(value):
        return value
    return escape(value if isinstance(value, str) else _text(value))


def _text(value: Any) -> str:
    """A value as text."""
    return value if isinstance(value, str) else str(sized(value))


def sized(value: Any) -> Any:
    """A value whose text has a bearable length. Lists in lists are counted: their text can be longer than any memory.

    Raises: SecurityError.
    """
    if isinstance(value, (Mapping, list, tuple)):
        seen, length, rest = 0, 0, [value]
        while rest:
            one = rest.pop()
            inner = [*one.keys(), *one.values()] if isinstance(one, Mapping) else one
            if isinstance(one, (Mapping, list, tuple)):
                rest.extend(inner)
            seen, length = seen + 1, length + (len(one) if isinstance(one, str) else 1)
            if seen > MAX_ITERATIONS or length > MAX_TEXT:
                raise SecurityError("文字过长")
    return value


def _batch(values: Iterable[Any], size: int, fill: Any = None) -> Iterator[list[Any]]:
    """The ``batch`` filter: rows of so many values, the last filled up."""
    rest = iter(values)
    while row := list(islice(rest, _bounded_count(size))):
        yield row + [fill] * (size - len(row) if fill is not None else 0)


def _slice(values: Iterable[Any], count: int, fill: Any = None) -> list[list[Any]]:
    """The ``slice`` filter: so many columns of values, the shorter ones filled up."""
    everything = list(values)
    size, longer = divmod(len(everything), _bounded_count(count))
    starts = [number * size + min(number, longer) for number in range(count + 1)]
    columns = [everything[start:end] for start, end in pairwise(starts)]
    padded = [fill] if fill is not None else []
    return [column + padded if longer and len(column) == size else column for column in columns]


def _bounded_count(count: Any) -> int:
    if not isinstance(count, int) or not 0 < count <= MAX_ITERATIONS:
        raise SecurityError(f"行列数应在 1 到 {MAX_ITERATIONS} 之间")
    return count


def _join(values: Iterable[Any], separator: str = "", attribute: str | None = None) -> str:
    """The ``join`` filter with a limit; the result is escaped when printed, like any other text."""
    if attribute is not None:
        values = [value[attribute] if isinstance(value, Mapping) else value for value in values]
    texts = [_text(value) for value in values]
    if len(separator) * len(texts) > MAX_TEXT:
        raise SecurityError("文字过长")
    return str(separator).join(_limited(texts))


def _joined(parts: Iterable[str]) -> str:
    return "".join(_limited(parts))


def _limited(parts: Iterable[str]) -> list[str]:
    """The parts as a list; counted in small portions, so that there are never too many at once."""
    kept: list[str] = []
    length = 0
    rest = iter(parts)
    while lot := list(islice(rest, 16)):
        length += sum(map(len, lot))
        if length > MAX_TEXT:
            raise SecurityError("文字过长")
        kept += lot
    return kept


_bounded_concat = _joined


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))
