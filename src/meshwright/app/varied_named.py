"""Which variation a verb is about: ``domain.product@variation``, as declared or as it stands in an environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import Mesh, product_of_object, variation_of, varied_address
from meshwright.model.names import VARIATION_SIGN, plain_address
from meshwright.state.records import ObjectKind, Pointer


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedVariation:
    """One variation of one product."""

    #: ``domain.product``.
    product: str
    name: str
    #: Name of the one dataset that is meant, None for all.
    dataset: str | None = None

    @property
    def address(self) -> str:
        """``domain.product@variation``."""
        return varied_address(self.product, self.name)


def named_variation(text: str, known: Iterable[str]) -> NamedVariation:
    """Read ``domain.product@variation`` or ``domain.product.dataset@variation``; `known` are addresses of the first form.

    Raises InputError (MW-V001) for anything else, and for one that is not known.
    """
    addresses = sorted(set(known))
    found = read_name(text, addresses)
    if found.address not in addresses:
        raise _unknown(f"{found.product} has no variation '{found.name}'", found.address, addresses)
    return found


def read_name(text: str, known: Iterable[str]) -> NamedVariation:
    """As `named_variation`, whether it is known or not."""
    plain, _, name = text.partition(VARIATION_SIGN)
    parts = plain.split(".")
    if not name or len(parts) not in {2, 3} or not all(parts):
        raise _unknown(f"'{text}' does not name a variation of a product", text, sorted(set(known)))
    return NamedVariation(product=".".join(parts[:2]), name=name, dataset=parts[2] if len(parts) == 3 else None)


def known_variations(mesh: Mesh, pointers: Mapping[str, Pointer]) -> frozenset[str]:
    """Return the addresses of variations that the files declare or that stand in an environment."""
    return frozenset({*mesh.varied, *standing_variations(pointers)})


def standing_variations(pointers: Mapping[str, Pointer]) -> frozenset[str]:
    """Return the addresses of variations of which something stands."""
    return frozenset(product_of_object(name) for name in pointers if variation_of(name))


def datasets_of(product: str, pointers: Mapping[str, Pointer]) -> dict[str, Pointer]:
    """Return the pointers of a product's (or a variation's) datasets, by their plain addresses."""
    return {
        plain_address(name): pointer
        for name, pointer in sorted(pointers.items())
        if pointer.kind is ObjectKind.DATASET and product_of_object(name) == product
    }


def not_published(address: str, environment: str) -> InputError:
    """Return the error about something that does not stand in an environment."""
    product, variation = plain_address(address), variation_of(address)
    command = f"mw run {product}" + (f" --variation {variation}" if variation else "")
    command += "" if environment == "prod" else f" --env {environment}"
    return InputError(
        Diagnostic(
            code="MW-V002",
            message=f"{address} is not published in {environment}",
            fix=f"build it: {command}",
            object=address,
        )
    )


def _unknown(message: str, written: str, known: list[str]) -> InputError:
    fix = known_names_hint(written, known, what="variations")
    if not known:
        fix = "declare one under 'variations' of a pipeline.yaml, for example {canary: {params: {name: value}}}"
    return InputError(Diagnostic(code="MW-V001", message=message, fix=fix))
