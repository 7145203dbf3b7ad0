"""The mesh as judged, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.app.judged_products import JudgedProduct
from meshwright.app.typed_told import TypedMesh
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model import Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The mesh with everything that `check` finds out about it."""

    typed: TypedMesh
    checks: Mapping[str, tuple[CheckSpec, ...]]
    #: Dataset -> values of the parameters that its SQL reads.
    params: Mapping[str, Mapping[str, Scalar]]
    #: Node -> values of the parameters that its condition asks for.
    asked_params: Mapping[str, Mapping[str, Scalar]] = field(default_factory=lambda: MappingProxyType({}))
    #: Every finding, of loading as well.
    diagnostics: tuple[Diagnostic, ...]
    #: The products without errors by themselves, for the next time; empty where nothing was judged.
    products: Mapping[str, JudgedProduct] = field(default_factory=lambda: MappingProxyType({}))
    #: Identity of the names that rules could use.
    names: str = ""
