"""A loaded mesh as an environment sees it, as a value."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.diagnostics import Diagnostic
from meshwright.files.loaded import LoadedMesh
from meshwright.frozen import dataclass
from meshwright.graph import Graph
from meshwright.model import Mesh


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedMesh:
    """A loaded mesh as an environment sees it: with variations, names of ports resolved, and its graph."""

    loaded: LoadedMesh
    mesh: Mesh
    graph: Graph
    diagnostics: tuple[Diagnostic, ...]
    product_keys: Mapping[str, str]
    broken: frozenset[str]
    files_identity: str
