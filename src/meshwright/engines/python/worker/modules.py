"""Imports the modules of a node from their texts: what was fingerprinted is what runs, whatever lies on the disk now.

The texts stand under their paths in the mesh. Each root (the module's folder, the product's, the domain's) is a place
where top-level names are looked up, as an entry of ``sys.path`` would be; local names win over installed ones.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import linecache
import posixpath
import sys
import warnings
from collections.abc import Mapping, Sequence
from types import CodeType, ModuleType

#: Code by path and text, compiled before the forks.
_compiled: dict[tuple[str, str], CodeType] = {}
_COMPILED = 256


class TextLoader:
    """Loads one module from its text; no text: a folder without ``__init__.py``. Has the methods of an `InspectLoader`."""

    def __init__(self, path: str, text: str | None, *, is_package: bool) -> None:
        self._path = path
        self._text = text
        self._is_package = is_package

    def is_package(self, _name: str) -> bool:
        """Whether the module is a folder."""
        return self._is_package

    def create_module(self, _spec: importlib.machinery.ModuleSpec) -> None:
        """Leave the making of the module to Python."""

    def get_source(self, _name: str) -> str:
        """Return the text."""
        return self._text or ""

    def get_code(self, _name: str) -> CodeType:
        """Compile the text, if that was not done before."""
        return _compiled.get((self._path, self._text or "")) or _compile(self._path, self._text or "")

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's text."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102  running the node's module is the purpose


class TextFinder:
    """Finds modules among the texts."""

    def __init__(self, texts: Mapping[str, str], roots: Sequence[str]) -> None:
        self._texts = texts
        self._roots = tuple(roots)
        self._folders = {folder for path in texts for folder in _parents(path)}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the module's spec, None where the texts do not hold it."""
        tail = fullname.rpartition(".")[2]
        for folder in self._roots if path is None else path:
            spec = self._spec(fullname, posixpath.join(folder, tail))
            if spec is not None:
                return spec
        return None

    def _spec(self, fullname: str, place: str) -> importlib.machinery.ModuleSpec | None:
        init = f"{place}/__init__.py"
        if init in self._texts:
            return _spec(fullname, init, self._texts[init], package=place)
        if f"{place}.py" in self._texts:
            return _spec(fullname, f"{place}.py", self._texts[f"{place}.py"])
        if place in self._folders:
            return _spec(fullname, place, None, package=place)
        return None


class Installed:
    """Code that can be imported."""

    __slots__ = ("finder", "made", "main", "path", "pending", "texts")

    def __init__(self, path: str, texts: Mapping[str, str], finder: TextFinder) -> None:
        #: Of the node's own module.
        self.path = path
        self.texts = texts
        self.finder = finder
        #: Names of the modules that are there, and were not run.
        self.made: list[str] = []
        #: Modules that are not there before what stands before them has run, with the path of their own text, if it is to run.
        self.pending: list[tuple[str, ModuleType, str | None]] = []
        self.main: ModuleType | None = None

    def add(self, name: str, module: ModuleType, init: str | None = None) -> None:
        """Let a module be there; `init` is the path of its text, where that is to run before anything else is there."""
        if self.pending or init is not None:
            self.pending.append((name, module, init))
        else:
            sys.modules[name] = module
            self.made.append(name)


def install(path: str, texts: Mapping[str, str], roots: Sequence[str]) -> Installed:
    """Make the texts importable, ahead of everything that is installed, and the node's own module ready to be run.

    It stands below the last of the roots, so that its relative imports lead into the folders above it.
    """
    finder = TextFinder(texts, roots)
    sys.meta_path.insert(0, finder)
    for place, text in texts.items():
        # Tracebacks and `inspect` show the lines that ran.
        linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    installed = Installed(path, texts, finder)
    _make_main(installed, roots[-1])
    return installed


def uninstall(installed: Installed) -> None:
    """Take the texts away again."""
    sys.meta_path.remove(installed.finder)
    for name in installed.made:
        del sys.modules[name]
    linecache.clearcache()


def precompile(path: str, text: str) -> None:
    """Compile a text for all the calls that will run it. One that is wrong, or warned of, is left to the call to tell."""
    if (path, text) in _compiled:
        return
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            code = _compile(path, text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return
    if not told:
        if len(_compiled) >= _COMPILED:
            _compiled.clear()
        _compiled[path, text] = code


def _compile(path: str, text: str) -> CodeType:
    return compile(text, path, "exec", dont_inherit=True)


def _make_main(installed: Installed, top: str) -> None:
    """Make the node's own module, and the packages that the folders above it stand for, up to `top`."""
    path = installed.path
    package = _PREFIX
    _add_package(package, None, installed)
    for folder in [folder for folder in reversed(_parents(path)) if folder == top or folder.startswith(f"{top}/")]:
        package = f"{package}.{posixpath.basename(folder)}"
        _add_package(package, folder, installed)
    fullname = f"{package}.{posixpath.basename(path).removesuffix('.py')}"
    installed.main = importlib.util.module_from_spec(_spec(fullname, path, installed.texts[path]))
    installed.add(fullname, installed.main)


#: Above the packages that the mesh's folders stand for; no installed package is called so.
_PREFIX = "_mesh"


def _add_package(name: str, folder: str | None, installed: Installed) -> None:
    module = ModuleType(name)
    module.__path__ = [] if folder is None else [folder]
    module.__package__ = name
    init = f"{folder}/__init__.py"
    if init in installed.texts:
        module.__file__ = init
        installed.add(name, module, init)
    else:
        installed.add(name, module)


def run_main(installed: Installed) -> ModuleType:
    """Run the node's own module, after the packages above it that have a text, and return it."""
    for name, module, init in installed.pending:
        sys.modules[name] = module
        if init is not None:
            exec(compile(installed.texts[init], init, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  as above
    main = installed.main
    assert main is not None
    assert main.__spec__ is not None
    assert main.__spec__.loader is not None
    main.__spec__.loader.exec_module(main)
    return main


def _parents(path: str) -> list[str]:
    """Return the folders that hold `path`, innermost first."""
    found = []
    folder = posixpath.dirname(path)
    while folder:
        found.append(folder)
        folder = posixpath.dirname(folder)
    return found


def _spec(fullname: str, path: str, text: str | None, *, package: str | None = None) -> importlib.machinery.ModuleSpec:
    loader = TextLoader(path, text, is_package=package is not None)
    # A loader by its methods: `importlib.abc`, for a base class, imports what makes forks slow.
    spec = importlib.machinery.ModuleSpec(fullname, loader, origin=path, is_package=package is not None)  # type: ignore[arg-type]
    if package is not None:
        spec.submodule_search_locations = [package]
    if text is not None:
        spec.has_location = True
        spec.cached = None
    return spec
