"""Finds the data that a template uses."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

_OWN = frozenset({"_passes", "_concat", "_picture", "_drawing_id", "loop", "range", "true", "false", "none"})
_DICT_METHODS = frozenset({"items", "keys", "values", "get"})


def read_paths(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """Every path used by a template, with loop variables resolved: ``row.name`` in ``for row in rows`` is ``rows[].name``."""
    yield from _walk(tree, {})


def _walk(node: nodes.Node, scope: dict[str, str]) -> Iterator[tuple[str, int]]:
    if isinstance(node, nodes.For):
        yield from _walk(node.iter, scope)
        inner = dict(scope)
        path = _path(node.iter, scope)
        for target in node.target.find_all(nodes.Name) if not isinstance(node.target, nodes.Name) else [node.target]:
            inner[target.name] = f"{path}[]" if path else ""
        for child in (*node.body, *([node.test] if node.test else [])):
            yield from _walk(child, inner)
        for child in node.else_:
            yield from _walk(child, scope)
        return
    if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        yield from _walk(node.node, scope)
        scope[node.target.name] = _path(node.node, scope)
        return
    path = _path(node, scope)
    if path:
        yield path, node.lineno
        return
    for child in node.iter_child_nodes():
        yield from _walk(child, scope)


def _path(node: nodes.Node, scope: dict[str, str]) -> str:
    """The path of an expression of names, attributes and subscripts; "" for other expressions."""
    if isinstance(node, nodes.Name):
        if node.ctx != "load" or node.name in _OWN:
            return ""
        return scope.get(node.name, node.name)
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "_passes":
        return _path(node.args[0], scope)
    if isinstance(node, nodes.Getattr):
        base = _path(node.node, scope)
        return f"{base}.{node.attr}" if base and node.attr not in _DICT_METHODS else base
    if isinstance(node, nodes.Getitem):
        base = _path(node.node, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return f"{base}.{node.arg.value}" if base else ""
        return f"{base}[]" if base else ""
    return ""
