"""One Python file as far as meshwright needs it, by reading its syntax alone: nothing of it is ever imported here.

What is found: the functions at the top level with their arguments, what the file imports, and a fingerprint of its
meaning, which is blind to layout, comments and docstrings.
"""

from __future__ import annotations

import ast
import json
import sys
import warnings
from collections.abc import Iterator

from meshwright.frozen import dataclass
from meshwright.model import identity

#: Part of every cache key: raise it when a reading changes.
READING_VERSION = 1
#: A module that mentions one of these may use docstrings as data; they are meaning then.
_DOC_NAMES = frozenset({"__doc__", "getdoc", "doctest"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where something stands in the file, from 1."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """An argument of a function that can be given by name."""

    name: str
    has_default: bool
    #: Resolved through the file's imports: ``pyarrow.Table``; None where there is none.
    annotation: str | None
    #: As written.
    annotation_text: str | None
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function at the top level of a file."""

    name: str
    place: Place
    is_async: bool
    arguments: tuple[Argument, ...]
    #: Names of arguments that are given by position alone.
    by_position: tuple[str, ...]
    #: Whether it takes arguments of any name (``**rest``).
    takes_any: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """One imported module, or names of it."""

    #: Leading dots.
    level: int
    module: str
    #: Empty for ``import module``.
    names: tuple[str, ...]
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleReading:
    """What reading one file gave."""

    fingerprint: str = ""
    functions: tuple[Function, ...] = ()
    imports: tuple[Import, ...] = ()
    #: Why it is no Python, with the place.
    problem: str | None = None
    problem_place: Place | None = None


def python_version() -> str:
    """Return the Python whose syntax is read: another one may read another meaning."""
    return f"python {sys.version_info.major}.{sys.version_info.minor}"


def read_module(text: str) -> ModuleReading:
    """Read a file's text. Never raises for what a text may hold."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes and the like: Python tells them when it runs the file
            tree = ast.parse(text)
        aliases = dict(_aliases(tree))
        return ModuleReading(
            fingerprint=_fingerprint(tree),
            functions=tuple(_functions(tree.body, aliases)),
            imports=tuple(_imports(tree)),
        )
    except SyntaxError as error:
        place = Place(line=max(1, error.lineno or 1), column=max(1, error.offset or 1))
        return ModuleReading(problem=error.msg, problem_place=place)
    except ValueError as error:  # null characters
        return ModuleReading(problem=str(error), problem_place=Place(line=1, column=1))
    except (RecursionError, MemoryError):
        return ModuleReading(problem="it is nested too deeply", problem_place=Place(line=1, column=1))


def _functions(body: list[ast.stmt], aliases: dict[str, str]) -> Iterator[Function]:
    """Yield the functions that running the top level may define; the last of a name wins."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield _function(statement, aliases)
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            yield from _functions(statement.body, aliases)
            for part in ("orelse", "finalbody"):
                yield from _functions(getattr(statement, part, []), aliases)
            for handler in getattr(statement, "handlers", []):
                yield from _functions(handler.body, aliases)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, aliases: dict[str, str]) -> Function:
    given = node.args
    plain = [*given.posonlyargs, *given.args]
    without = len(plain) - len(given.defaults)
    arguments = [_argument(each, aliases, has_default=place >= without) for place, each in enumerate(plain)]
    arguments = arguments[len(given.posonlyargs) :]
    arguments += [
        _argument(each, aliases, has_default=default is not None)
        for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    return Function(
        name=node.name,
        place=_place(node),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        arguments=tuple(arguments),
        by_position=tuple(each.arg for place, each in enumerate(given.posonlyargs) if place < without),
        takes_any=given.kwarg is not None,
    )


def _argument(node: ast.arg, aliases: dict[str, str], *, has_default: bool) -> Argument:
    annotation = node.annotation
    return Argument(
        name=node.arg,
        has_default=has_default,
        annotation=_resolved(annotation, aliases) if annotation is not None else None,
        annotation_text=ast.unparse(annotation) if annotation is not None else None,
        place=_place(annotation or node),
    )


def _resolved(node: ast.expr, aliases: dict[str, str]) -> str:
    """Return an annotation with the names of imports in full, empty where it is no plain name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except (SyntaxError, ValueError):
            return ""
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_resolved(node.value, aliases)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return f"{_resolved(node.value, aliases)}[{', '.join(_resolved(each, aliases) for each in inside)}]"
    return ""


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that imports bind, with what they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield (name.asname, name.name) if name.asname else (name.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _imports(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(level=0, module=name.name, names=(), place=_place(node))
        elif isinstance(node, ast.ImportFrom):
            names = tuple(name.name for name in node.names)
            yield Import(level=node.level, module=node.module or "", names=names, place=_place(node))


def _place(node: ast.stmt | ast.expr | ast.arg) -> Place:
    return Place(line=node.lineno, column=node.col_offset + 1)


def _fingerprint(tree: ast.Module) -> str:
    has_doc_use = any(
        (isinstance(node, ast.Name) and node.id in _DOC_NAMES)
        or (isinstance(node, ast.Attribute) and node.attr in _DOC_NAMES)
        or (isinstance(node, ast.alias) and node.name.rpartition(".")[2] in _DOC_NAMES)
        for node in ast.walk(tree)
    )
    return identity("mwpythonmodule1", json.dumps(_plain(tree, keep_docs=has_doc_use), separators=(",", ":")))


def _plain(node: ast.AST, *, keep_docs: bool) -> list[object]:
    """Return a tree as lists. Absent fields and empty lists are left out, as newer Pythons add such fields."""
    found: list[object] = [type(node).__name__]
    for name, value in ast.iter_fields(node):
        if name in {"ctx", "type_comment", "type_ignores", "kind"}:
            continue
        if isinstance(node, ast.Constant):
            found += [type(value).__name__, repr(value)]
            continue
        if value is None or value == []:
            continue
        if name == "body" and not keep_docs and _has_docstring(node):
            value = value[1:]  # noqa: PLW2901  the docstring is no meaning
        found += [name, _plain_value(value, keep_docs=keep_docs)]
    return found


def _plain_value(value: object, *, keep_docs: bool) -> object:
    if isinstance(value, ast.AST):
        return _plain(value, keep_docs=keep_docs)
    if isinstance(value, list):
        return [_plain_value(each, keep_docs=keep_docs) for each in value]
    return value


def _has_docstring(node: ast.AST) -> bool:
    if not isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or not node.body:
        return False
    first = node.body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
