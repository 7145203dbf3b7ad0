"""The Python files that a program of a user is made of: the modules that it imports from the folder where it lies.

What is imported by a name that is made up at run time is not seen.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path


def program_files(program: Path, root: Path) -> list[Path]:
    """Return a program, or a notebook, and the modules of its folder that it imports, directly or not, relative to `root`.

    Files outside of `root` are left out, and so is a program that is not there. The program comes first, the rest by name.
    """
    base, folder = root.resolve(), program.resolve().parent
    found: dict[Path, None] = {}
    waiting = [program.resolve()]
    while waiting:
        path = waiting.pop(0)
        if path in found or not path.is_file() or not path.is_relative_to(base):
            continue
        found[path] = None
        waiting.extend(sorted(_imported(_code(path), folder, path.parent)))
    files = [path.relative_to(base) for path in found]
    return files[:1] + sorted(files[1:])


def _code(path: Path) -> str:
    """Return the Python code of a file: of a notebook, that of its cells without lines of commands."""
    text = path.read_text("utf-8", "replace")
    if path.suffix != ".ipynb":
        return text
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    # Each cell by itself: one in another language, or with an error, takes no other with it.
    return "\n".join(source for source in map(_without_commands, sources) if _tree(source) is not None)


def _without_commands(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!", "?")))


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(source: str, folder: Path, package: Path) -> Iterator[Path]:
    """Return the files that code may mean by its imports; not all of them are there."""
    tree = _tree(source)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(folder, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            start = package.joinpath(*[".."] * (node.level - 1)).resolve() if node.level else folder
            parts = node.module.split(".") if node.module else []
            yield from _files(start, parts)
            for alias in node.names:
                yield from _files(start, [*parts, alias.name])


def _files(folder: Path, parts: list[str]) -> Iterator[Path]:
    for count in range(1, len(parts) + 1):
        path = folder.joinpath(*parts[:count])
        yield path / "__init__.py"
        yield path.with_suffix(".py")
