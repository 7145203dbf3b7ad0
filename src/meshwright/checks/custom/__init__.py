"""Rules that contracts hold for other tools (`type: custom`), as rules in the grammar of ODCS, where their meaning is known.

One module a tool, each a table from its names to what they mean. What a tool's rule says more than that is known of it is not
passed over: the rule as a whole is then unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from meshwright.checks.custom import dbt, great_expectations, soda
from meshwright.checks.custom.meaning import Meaning, Unknown
from meshwright.diagnostics import known_names_hint
from meshwright.model import QualityRule

__all__ = ["ENGINES", "Unknown", "meaning_of"]

#: Engine as contracts write it, without case and marks -> its table.
ENGINES: Mapping[str, Callable[[object, str | None], Meaning]] = MappingProxyType(
    {
        "greatexpectations": great_expectations.meaning_of,
        "gx": great_expectations.meaning_of,
        "soda": soda.meaning_of,
        "sodacl": soda.meaning_of,
        "sodacore": soda.meaning_of,
        "dbt": dbt.meaning_of,
    }
)
_NAMES = ("greatExpectations", "soda", "dbt")


def meaning_of(engine: str, implementation: object, column: str | None) -> tuple[QualityRule, ...]:
    """Return what a custom rule means: rules that all must hold. Raises Unknown.

    `implementation` is plain (a mapping, a list or a text), `column` the property that the rule stands under.
    """
    name = "".join(letter for letter in engine.casefold() if letter.isalnum())
    table = ENGINES.get(name)
    if table is None:
        raise Unknown(f"engine '{engine}' is not known", known_names_hint(engine, _NAMES, what="engines"))
    return table(implementation, column)
