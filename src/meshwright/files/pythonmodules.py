"""The Python files that nodes are made of: each node's own file, and the local modules that it imports, found recursively.

A top-level name is looked up in the folder of the node's file, then in the product's, then in the domain's, as the worker
does; what lies in none of them is installed, or missing, and is found out when the node runs.
"""

from __future__ import annotations

import json
import posixpath
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import field

from meshwright.files.cache import ParseCache
from meshwright.files.cached import cache_key, read_through
from meshwright.files.codecs.modules import decode_module, encode_module
from meshwright.files.pythonast import READING_VERSION, Import, ModuleReading, Place, python_version, read_module
from meshwright.files.reading import MeshReader
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleProblem:
    """An import that leads nowhere, or hides one of Python's own modules."""

    code: str
    path: str
    place: Place
    message: str
    fix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MainFile:
    """A node's own file, with the folders of its product and domain."""

    path: str
    product: str
    domain: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalModules:
    """The files of one node."""

    #: The node's own file first, the others by path.
    paths: tuple[str, ...]
    #: Folders in which top-level names are looked up, nearest first; the last is the domain's.
    roots: tuple[str, ...]
    problems: tuple[ModuleProblem, ...] = ()


@dataclass(kw_only=True, slots=True)
class ModuleReader:
    """Reads Python files through the parse cache, each once."""

    reader: MeshReader
    cache: ParseCache | None
    readings: dict[str, ModuleReading] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def read(self, paths: Iterable[str]) -> None:
        """Read the files that were not read yet, with one look-up in the cache for all; unreadable ones stay absent."""
        keys: dict[str, str] = {}
        for path in dict.fromkeys(paths):
            if path not in self.readings and (text := self.reader.read_text(path)) is not None:
                self.texts[path] = text
                keys[path] = cache_key(self.reader.digest(path), READING_VERSION, python_version())
        if not keys:
            return
        found = read_through(
            self.cache,
            "python",
            {key: self.texts[path] for path, key in keys.items()},
            make=read_module,
            encode=encode_module,
            decode=lambda _, encoded: decode_module(encoded),
        )
        self.readings.update({path: found[key] for path, key in keys.items()})

    def local_modules(self, mains: Sequence[MainFile]) -> dict[MainFile, LocalModules]:
        """Find what each node's file is made of; all files of one depth are read together."""
        found: dict[MainFile, LocalModules] = {}
        walks = {main: self._walk(main) for main in dict.fromkeys(mains)}
        while walks:
            wanted: list[str] = []
            for main, walk in tuple(walks.items()):
                try:
                    wanted += next(walk)
                except StopIteration as end:
                    found[main] = end.value
                    del walks[main]
            self.read(wanted)
        return found

    def _walk(self, main: MainFile) -> Generator[list[str], None, LocalModules]:
        """Yield the files to read next, until all are known."""
        roots = tuple(dict.fromkeys((posixpath.dirname(main.path), main.product, main.domain)))
        found: dict[str, None] = {main.path: None}
        problems: list[ModuleProblem] = []
        level = [main.path]
        while level:
            yield level
            following: dict[str, None] = {}
            for path in level:
                reading = self.readings.get(path)
                for each in reading.imports if reading else ():
                    following.update(dict.fromkeys(self._targets(each, path, roots, problems)))
            level = [path for path in following if path not in found]
            found.update(dict.fromkeys(level))
        others = sorted(found.keys() - {main.path})
        return LocalModules(paths=(main.path, *others), roots=roots, problems=tuple(dict.fromkeys(problems)))

    def _targets(self, each: Import, path: str, roots: tuple[str, ...], problems: list[ModuleProblem]) -> list[str]:
        """Return the local files that an import runs."""
        if each.level:
            return self._relative(each, path, roots[-1], problems)
        parts = each.module.split(".")
        for root in roots:
            files = self._chain(root, parts, each.names)
            if files:
                self._check_hidden(parts[0], files[0], path, each, problems)
                return files
        return []

    def _relative(self, each: Import, path: str, domain: str, problems: list[ModuleProblem]) -> list[str]:
        base = posixpath.dirname(path)
        for _ in range(each.level - 1):
            base = posixpath.dirname(base)
        shown = "." * each.level + each.module
        if base != domain and not base.startswith(f"{domain}/"):
            problems.append(_nowhere(path, each, f"'{shown}' leads out of the domain's folder"))
            return []
        own = [f"{base}/__init__.py"] if self.reader.has_file(f"{base}/__init__.py") else []
        if each.module:
            files = self._chain(base, each.module.split("."), each.names)
            if not files:
                problems.append(_nowhere(path, each, f"there is no module '{shown}' beside this file"))
            return [*own, *files]
        files = [file for name in each.names for file in self._module(f"{base}/{name}")]
        lacking = next((name for name in each.names if not self._module(f"{base}/{name}")), None)
        if lacking is not None and not own and lacking != "*":
            problems.append(_nowhere(path, each, f"there is no module '{shown}{lacking}' beside this file"))
        return [*own, *files]

    def _chain(self, root: str, parts: list[str], names: tuple[str, ...]) -> list[str]:
        """Return the files that importing ``parts[0].parts[1]...`` from `root` runs; none where it does not lead to a file."""
        files: list[str] = []
        place = root
        for part in parts:
            place = posixpath.join(place, part)
            files += self._module(place)
        if files or names:
            files += [file for name in names for file in self._module(posixpath.join(place, name))]
        return files

    def _module(self, place: str) -> list[str]:
        for file in (f"{place}/__init__.py", f"{place}.py"):
            if self.reader.has_file(file):
                return [file]
        return []

    def _check_hidden(self, name: str, file: str, path: str, each: Import, problems: list[ModuleProblem]) -> None:
        """A local module that is called as one of Python's is imported by luck: Python may have its own one already."""
        if name in sys.stdlib_module_names:
            problems.append(
                ModuleProblem(
                    code="MW-N112",
                    path=path,
                    place=each.place,
                    message=f"'{file}' is called as Python's own module '{name}'",
                    fix="rename the file",
                )
            )


def _nowhere(path: str, each: Import, message: str) -> ModuleProblem:
    return ModuleProblem(
        code="MW-N110",
        path=path,
        place=each.place,
        message=message,
        fix="correct the import; local modules lie in the folder of the node's file, of the product or of the domain",
    )


def definition_modules(
    local: LocalModules, texts: Mapping[str, str], readings: Mapping[str, ModuleReading]
) -> list[dict[str, str]]:
    """Return the modules as a definition holds them: named from the node's own file, so that a product may move."""
    folder = posixpath.dirname(local.paths[0])
    return [
        {
            "path": path,
            "name": "" if path == local.paths[0] else posixpath.relpath(path, folder),
            "fingerprint": readings[path].fingerprint,
            "text": texts[path],
        }
        for path in local.paths
    ]


def same_python(before: str, now: str) -> bool:
    """Whether two definitions of Python nodes mean the same to today's Python, whatever read them when they were written."""
    old, new = json.loads(before), json.loads(now)
    said = [key for key in {*old, *new} if key not in {"line", "modules", "roots"}]
    return all(old.get(key) == new.get(key) for key in said) and _meanings(old) == _meanings(new)


def _meanings(definition: Mapping[str, object]) -> dict[str, str]:
    """Return the fingerprint of each module's text, as read today, by the module's name."""
    modules = definition.get("modules")
    found = modules if isinstance(modules, list) else []
    return {module["name"]: read_module(module["text"]).fingerprint for module in found}
