"""The tools that are installed: found by entry point, loaded when a node needs one, asked about nodes for the files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any  # options are JSON of others

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.model import identity
from meshwright.model.outside import OptionProblem, OutlinedTable, ToolFacts

if TYPE_CHECKING:
    from meshwright.files.cache import ParseCache
    from meshwright.tools.protocol import Tool

_GROUP = "meshwright.tools"


@cache
def _entries() -> Mapping[str, EntryPoint]:
    """Return the entry points by name: a package that names one of ours does not take its place."""
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=_GROUP):
        if entry.name not in found or entry.value.startswith("meshwright."):
            found[entry.name] = entry
    return found


@cache
def find_tool(name: str) -> Tool | None:
    """Return a tool by its name; None where none of that name is installed. Raises WorldError where it cannot be loaded."""
    entry = _entries().get(name)
    if entry is None:
        return None
    try:
        made: Tool = entry.load()()
    except Exception as error:  # a package of others, at our border
        raise WorldError(
            Diagnostic(
                code="MW-J008",
                message=f"tool '{name}' of {entry.value} cannot be loaded: {type(error).__name__}: {error}",
                fix="repair or remove the package that brings it",
            )
        ) from error
    return made


class Toolbox:
    """Answers `files.outside.ToolReader` with the tools that are installed."""

    def __init__(self, root: Path, cache: ParseCache | None) -> None:
        self._root = root
        self._cache = cache

    def names(self) -> tuple[str, ...]:
        """Return the names of all tools."""
        return tuple(sorted(_entries()))

    def facts(self, tool: str) -> ToolFacts | None:
        """Return what holds for every node of a tool."""
        from meshwright.tools.protocol import Yields  # lazy: meshes without such nodes need no tools

        found = find_tool(tool)
        if found is None:
            return None
        traits = found.traits
        return ToolFacts(
            name=tool,
            effects=traits.effects,
            yields_own=traits.yields is Yields.OWN,
            yields_named=traits.yields is Yields.NAMED,
            main_option=traits.main_option,
        )

    def problems(self, tool: str, options: Mapping[str, Any], folder: str) -> tuple[OptionProblem, ...]:
        """Return what a tool finds wrong with options."""
        found = find_tool(tool)
        assert found is not None  # its facts were asked for before
        return tuple(
            OptionProblem(path=each.path, message=each.message, fix=each.fix, is_error=each.is_error)
            for each in found.problems(options, self._place(folder))
        )

    def files(self, tool: str, options: Mapping[str, Any], folder: str) -> tuple[str, ...]:
        """Return the files that a node's meaning depends on, relative to the mesh root, sorted."""
        found = find_tool(tool)
        assert found is not None  # as above
        return tuple(sorted({path.as_posix() for path in found.fingerprint_files(options, self._place(folder))}))

    def outline(
        self, tool: str, options: Mapping[str, Any], folder: str, digests: Mapping[str, str]
    ) -> tuple[OutlinedTable, ...] | OptionProblem:
        """Return the datasets that a tool will leave; asked again only when a file or an option changed."""
        from meshwright.tools.protocol import ToolFailed  # lazy: as above

        found = find_tool(tool)
        assert found is not None  # as above
        key = identity("mwoutline1", tool, json.dumps(options, sort_keys=True, default=str), folder, dict(digests))
        kept = self._cache.get_many("outline", [key]) if self._cache is not None and digests else {}
        if key in kept:
            return tuple(OutlinedTable(**each) for each in json.loads(kept[key]))
        try:
            told = found.outline(options, self._place(folder))
        except ToolFailed as error:
            return OptionProblem(path=(), message=str(error), fix=error.fix, is_error=True)
        tables = tuple(
            OutlinedTable(name=each.name, columns=dict(each.columns), description=each.description)
            for each in told.datasets
        )
        if self._cache is not None and digests:
            plain = [{"name": each.name, "columns": each.columns, "description": each.description} for each in tables]
            self._cache.put_many("outline", {key: json.dumps(plain)})
        return tables

    def _place(self, folder: str) -> Any:
        from meshwright.tools.protocol import Place  # lazy: as above

        return Place(root=self._root, folder=self._root / folder, variables=os.environ)
