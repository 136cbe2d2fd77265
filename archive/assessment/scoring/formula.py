"""Formulas of a scoring sheet: a small language over measures, parsed by a white list and bounded; nothing is executed.

``clamp(10 - 2 * failing(plan_completion), 0, 10)``: numbers, ``+ - * /``, comparisons, ``and or not``, ``a if b else c``
and the functions below. A measure is named inside ``value() met() of() failing()`` only.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssj_docs.ground.errors import DataError

_LONGEST, _MOST_NODES, _DEEPEST, _LARGEST = 500, 200, 30, 1e9
_ARITHMETIC: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type, Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class NothingToJudgeError(Exception):
    """A measure that the formula asks for has no unit, so it gives no points by itself."""


@dataclass(frozen=True)
class Counted:
    """What a measure counted: units met, and all."""

    met: int
    of: int

    @property
    def value(self) -> float:
        """The percentage. Raises: NothingToJudgeError without a unit."""
        if not self.of:
            raise NothingToJudgeError
        return 100 * self.met / self.of


_READ: Mapping[str, Callable[[Counted], float]] = {
    "value": lambda counted: counted.value,
    "met": lambda counted: float(counted.met),
    "of": lambda counted: float(counted.of),
    "failing": lambda counted: float(counted.of - counted.met),
}


def _clamp(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


#: name → (function, least and greatest number of arguments)
_FUNCTIONS: Mapping[str, tuple[Callable[..., float], int, int]] = {
    "min": (min, 2, 8),
    "max": (max, 2, 8),
    "clamp": (_clamp, 3, 3),
    "round": (lambda x, digits=0.0: round(x, int(digits)), 1, 2),
    "floor": (lambda x: float(x // 1), 1, 1),
}
_STEP = "step"


@dataclass(frozen=True)
class Formula:
    """A checked formula; ``measures`` are those it reads, in order."""

    text: str
    measures: tuple[str, ...]
    _tree: ast.expr

    def result(self, counted: Mapping[str, Counted]) -> float:
        """The points. Raises: NothingToJudgeError; DataError if it cannot be calculated (division by zero, too large)."""
        try:
            value = float(_calculate(self._tree, counted))
        except (ZeroDivisionError, OverflowError) as error:
            raise DataError(f"公式“{self.text}”算不出来：除数为 0 或数太大", "改写公式") from error
        return round(value, 4)


def parse_formula(text: str) -> Formula:
    """Check a formula. Raises: DataError naming what it may not contain."""
    if len(text) > _LONGEST:
        raise DataError(f"公式超过 {_LONGEST} 个字", "分成几项写")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(f"公式“{text}”写法有误", "括号成对，函数的参数用逗号隔开") from error
    if sum(1 for _ in ast.walk(tree)) > _MOST_NODES:
        raise DataError(f"公式“{text[:40]}…”太长", "分成几项写")
    found: dict[str, None] = {}
    _check(tree, text, found, 0)
    return Formula(text, tuple(found), tree)


def _check(node: ast.expr, text: str, measures: dict[str, None], depth: int) -> None:
    """Refuse everything but the white list; collect measures."""
    refused = DataError(
        f"公式“{text}”里的“{ast.unparse(node)[:40]}”不能用",
        "只能用数、+ - * /、比较、and or not、甲 if 条件 else 乙，以及 value met of failing step clamp min max round floor",
    )
    if depth > _DEEPEST:
        raise refused
    parts: list[ast.expr] = []
    match node:
        case ast.Constant(value=bool()):
            raise refused
        case ast.Constant(value=int() | float()) if abs(node.value) <= _LARGEST:  # type: ignore[arg-type]
            pass
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            parts = [left, right]
        case ast.BoolOp(values=values):
            parts = values
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
            parts = [left, *others]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            parts = [test, body, orelse]
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=measure)], keywords=[]) if name in _READ:
            measures[measure] = None
        case ast.Call(func=ast.Name(id=name), args=[first, *pairs], keywords=[]) if name == _STEP and pairs:
            if not all(isinstance(pair, ast.Tuple) and len(pair.elts) == 2 for pair in pairs):
                raise refused
            parts = [first, *(part for pair in pairs if isinstance(pair, ast.Tuple) for part in pair.elts)]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            _, least, most = _FUNCTIONS[name]
            if not least <= len(arguments) <= most:
                raise refused
            parts = arguments
        case _:
            raise refused
    for part in parts:
        _check(part, text, measures, depth + 1)


def _calculate(node: ast.expr, counted: Mapping[str, Counted]) -> float:
    """The value of a checked node; true and false are 1 and 0."""

    def of(part: ast.expr) -> float:
        return _calculate(part, counted)

    match node:
        case ast.Constant(value=value):
            made = float(value)  # type: ignore[arg-type]
        case ast.UnaryOp(op=op, operand=operand):
            made = (
                float(not of(operand))
                if isinstance(op, ast.Not)
                else -of(operand)
                if isinstance(op, ast.USub)
                else of(operand)
            )
        case ast.BinOp(left=left, op=op, right=right):
            made = _ARITHMETIC[type(op)](of(left), of(right))
        case ast.BoolOp(op=op, values=values):
            made = float((all if isinstance(op, ast.And) else any)(of(value) for value in values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            terms = [of(left), *map(of, others)]
            made = float(all(_COMPARISONS[type(op)](a, b) for op, a, b in zip(ops, terms, terms[1:], strict=False)))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            made = of(body) if of(test) else of(orelse)
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=measure)]) if name in _READ:
            made = _READ[name](counted[measure])
        case ast.Call(func=ast.Name(id=name), args=[first, *pairs]) if name == _STEP:
            made = _step(of(first), [(of(p.elts[0]), of(p.elts[1])) for p in pairs if isinstance(p, ast.Tuple)])
        case ast.Call(func=ast.Name(id=name), args=arguments):
            made = float(_FUNCTIONS[name][0](*map(of, arguments)))
        case _:  # never: checked by `_check`
            raise TypeError(type(node).__name__)
    if not abs(made) <= _LARGEST:
        raise OverflowError
    return made


def _step(value: float, steps: list[tuple[float, float]]) -> float:
    """The points of the highest threshold that is reached; 0 below the lowest."""
    return max(((threshold, points) for threshold, points in steps if value >= threshold), default=(0.0, 0.0))[1]
