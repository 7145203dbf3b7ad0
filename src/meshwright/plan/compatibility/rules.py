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
        "businessImpact", "contractCreatedTs", "dataGranularityDescription", "description", "dimension", "driver", "method",
        "purpose",
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

    def change(self, key: str, kind: str, level: Level, message: str, *, is_policy: bool = False) -> Change:
        """Return a change at one of the part's keys, or of the part itself (an empty key)."""
        return Change(path=self.at(key), kind=kind, level=level, message=message, is_policy=is_policy)

    def below(self, key: str, noun: str, before: Mapping[str, object], after: Mapping[str, object]) -> Pair:
        """Return a part of this part."""
        return Pair(path=self.at(key), noun=noun, before=before, after=after, severities=self.severities)

    def is_changed(self, key: str) -> bool:
        """Whether a key says something else."""
        return not are_same(self.before.get(key), self.after.get(key))

    def told(self, key: str) -> str:
        """Return in words how a key changed; of what is long, that it did."""
        old, new = self.before.get(key), self.after.get(key)
        is_long = _is_long(old) or _is_long(new)
        if are_same(old, None):
            return f"{key} of {self.noun} added{'' if is_long else f' ({shown(new)})'}"
        if are_same(new, None):
            return f"{key} of {self.noun} removed{'' if is_long else f' (was {shown(old)})'}"
        return f"{key} of {self.noun} changed{'' if is_long else f' from {shown(old)} to {shown(new)}'}"

    def at(self, key: str) -> str:
        """Return the path of one of the part's keys."""
        return "/".join(filter(None, (self.path, key)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Judges some keys of a part."""

    keys: frozenset[str]
    find: Callable[[Pair], Iterator[Change]]


def rule_of(find: Callable[[Pair], Iterator[Change]], *keys: str) -> Rule:
    """Return the rule that judges `keys` by a function."""
    return Rule(keys=frozenset(keys), find=find)


def weighed(kind: str, level: Level, *keys: str, is_policy: bool = False) -> Rule:
    """Return the rule of keys whose every change has one kind and level."""

    def find(pair: Pair) -> Iterator[Change]:
        for key in keys:
            if pair.is_changed(key):
                yield pair.change(key, kind, level, pair.told(key), is_policy=is_policy)

    return rule_of(find, *keys)


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """What it means that something is written, is not any more, or says something else: kind and level each."""

    added: tuple[str, Level]
    removed: tuple[str, Level]
    changed: tuple[str, Level]


def optional(key: str, presence: Presence, *, is_policy: bool = False) -> Rule:
    """Return the rule of a key that may be left out."""

    def find(pair: Pair) -> Iterator[Change]:
        old, new = pair.before.get(key), pair.after.get(key)
        kind, level = (
            presence.added if are_same(old, None) else presence.removed if are_same(new, None) else presence.changed
        )
        yield pair.change(key, kind, level, pair.told(key), is_policy=is_policy)

    return rule_of(find, key)


def compare(pair: Pair, rules: tuple[Rule, ...], *, silent: frozenset[str] = frozenset()) -> Iterator[Change]:
    """Yield what the rules find, then a change for each key that none of them is about; `silent` keys say nothing."""
    differing = {key for key in {*pair.before, *pair.after} if pair.is_changed(key)}
    for rule in rules:
        if not differing.isdisjoint(rule.keys):
            yield from rule.find(pair)
    known = silent.union(*(rule.keys for rule in rules))
    for key in sorted(differing - known):
        if key in WORDS:
            yield pair.change(key, "words_changed", Level.PATCH, f"{key} of {pair.noun} changed")
        else:
            yield pair.change(key, "other", Level.MINOR, pair.told(key))


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


def _is_long(value: object) -> bool:
    return isinstance(value, (Mapping, list, tuple)) or (isinstance(value, str) and len(value) > _SHOWN)


def part(value: object) -> Mapping[str, object]:
    """Return a value as a mapping, an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}


def parts(value: object) -> list[Mapping[str, object]]:
    """Return the mappings of a list, none where it is none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []


def text_of(value: object) -> str:
    """Return a text, an empty one where it is none."""
    return value if isinstance(value, str) else ""


def matched(
    old: Mapping[str, Mapping[str, object]], new: Mapping[str, Mapping[str, object]]
) -> Iterator[tuple[str | None, str | None]]:
    """Pair names, those of `old` first: the same name, or, where that is gone, the one that has the same `id`.

    None stands for a part that is not there.
    """
    ids = {text_of(item.get("id")): name for name, item in new.items() if name not in old and item.get("id")}
    taken = set()
    for name, item in old.items():
        other = name if name in new else ids.get(text_of(item.get("id")))
        taken.add(other)
        yield name, other
    yield from ((None, name) for name in new if name not in old and name not in taken)


def by_name(value: object, key: str = "name") -> dict[str, Mapping[str, object]]:
    """Return the mappings of a list by what they are called."""
    return {text_of(item.get(key)): item for item in parts(value)}
