"""Doing something when a module was imported, by whomever, before anybody can use it."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


class AfterImport:
    """A finder that finds one module where the others do, and calls `done` when it was imported.

    While it is hiding, the module is not found.
    """

    def __init__(self, name: str, done: Callable[[], None], *, is_hiding: bool = False) -> None:
        self._name = name
        self._done = done
        self.is_hiding = is_hiding
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of the module, with a loader that calls; None for any other. Who asks may never load it."""
        if fullname != self._name:
            return None
        if self.is_hiding:
            raise ModuleNotFoundError(f"No module named '{fullname}'", name=fullname)
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(fullname, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _CallingLoader(spec.loader, self._done)  # type: ignore[assignment]  # a loader by its methods
        return spec


class _CallingLoader:
    """Loads as another loader does, and calls afterwards."""

    def __init__(self, loader: Any, done: Callable[[], None]) -> None:
        self._loader = loader
        self._done = done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then call."""
        self._loader.exec_module(module)
        self._done()
