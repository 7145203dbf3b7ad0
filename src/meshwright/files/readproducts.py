"""A product as its folder was read, as a value."""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic
from meshwright.files.products import BuiltProduct
from meshwright.files.standards import ProductDocument
from meshwright.frozen import dataclass
from meshwright.model import identity


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadProduct:
    """One product as it was read, before it is held against the rest of the mesh."""

    #: Identity of all that it was read from but the bytes of its files.
    basis: str
    built: BuiltProduct
    #: What is wrong with its files.
    findings: tuple[Diagnostic, ...]

    @property
    def key(self) -> str:
        """Identity of all that it was read from."""
        return identity("mwproduct1", self.basis, [[file.path, file.digest] for file in self.built.product.files])

    @property
    def rest(self) -> tuple[ProductDocument | None, frozenset[str], tuple[Diagnostic, ...]]:
        """What `read_before` takes besides the product."""
        return self.built.document, self.built.broken, self.findings
