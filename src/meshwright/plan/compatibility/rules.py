"""How parts of contracts are compared: a table of rules, each about some keys, and what becomes of all other keys.

To know another kind of change, write a function of a `Pair` and add it to a table. A rule is asked where one of its keys
differs, and answers for all of them. Of a key that no rule names, words are a patch, and anything else is minor: what is
not understood cannot be called harmless, and to call it breaking would refuse every new key of the standard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from meshwright.frozen import dataclass
from meshwright.model import Action, canonical_json
from meshwright.plan.compatibility.values import Change, Level

#: Keys whose values are for people, wherever they stand.
WORDS = frozenset(
    {
        "authoritativeDefinitions", "businessImpact", "businessName", "context", "contractCreatedTs",
        "dataGranularityDescription", "dataProduct", "description", "dimension", "domain", "driver", "examples", "support",
        "synonyms", "tags", "team", "tenant", "transformDescription", "transformLogic", "transformSourceObjects",
    }
)  # fmt: skip
#: A value is shown up to this length.
_SHOWN = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A part of a contract that is there before and after, as plain JSON values."""

    #: Where it is: ``schema/orders/properties/amount``; empty for the contract itself.
    path: str
    #: What it is, for messages: ``column orders.amount``.
    noun: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    #: Foreign severity word, case folded -> action.
    severities: Mapping[str, Action]

    def change(self, key: str, kind: str, level: Level, message: str) -> Change:
        """Return a change at one of the part's keys, or of the part itself (an empty key)."""
        return Change(path=self.at(key), kind=kind, level=level, message=message)

    def at(self, key: str) -> str:
        """Return the path of one of the part's keys."""
        return "/".join(filter(None, (self.path, key)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Judges some keys of a part."""

    keys: frozenset[str]
    find: Callable[[Pair], Iterator[Change]]


def compare(pair: Pair, rules: tuple[Rule, ...], *, silent: frozenset[str] = frozenset()) -> Iterator[Change]:
    """Yield what the rules find, then a change for each key that none of them is about; `silent` keys say nothing."""
    differing = {key for key in {*pair.before, *pair.after} if not are_same(pair.before.get(key), pair.after.get(key))}
    for rule in rules:
        if not differing.isdisjoint(rule.keys):
            yield from rule.find(pair)
    known = silent.union(*(rule.keys for rule in rules))
    for key in sorted(differing - known):
        old, new = pair.before.get(key), pair.after.get(key)
        if key in WORDS:
            yield pair.change(key, "words_changed", Level.PATCH, f"{key} of {pair.noun} changed")
        else:
            message = f"{key} of {pair.noun} changed from {shown(old)} to {shown(new)}"
            yield pair.change(key, "other", Level.MINOR, message)


def are_same(before: object, after: object) -> bool:
    """Whether two plain values say the same: nothing written and nothing said are one, and so are 1 and 1.0."""
    return canonical_json(_settled(before)) == canonical_json(_settled(after))


def _settled(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        below = {str(key): _settled(item) for key, item in value.items()}
        return {key: item for key, item in below.items() if item is not None} or None
    if isinstance(value, (list, tuple)):
        return [_settled(item) for item in value] or None
    return value


def shown(value: object) -> str:
    """Return a plain value for a message, shortened."""
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else canonical_json(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def part(value: object) -> Mapping[str, object]:
    """Return a value as a mapping, an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}


def parts(value: object) -> list[Mapping[str, object]]:
    """Return the mappings of a list, none where it is none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []


def text_of(value: object) -> str:
    """Return a text, an empty one where it is none."""
    return value if isinstance(value, str) else ""


def by_name(value: object, key: str = "name") -> dict[str, Mapping[str, object]]:
    """Return the mappings of a list by what they are called."""
    return {text_of(item.get(key)): item for item in parts(value)}
