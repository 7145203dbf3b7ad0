"""What may stand in any part of a contract: tags, identifiers, deprecation, definitions, the writer's own properties."""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.plan.compatibility.rules import Pair, by_name, compare, rule_of, text_of, weighed
from meshwright.plan.compatibility.values import Change, Level

#: Tags that say who may see something, as far as they are called by a common name.
SENSITIVE_TAGS = frozenset(
    {
        "confidential", "gdpr", "pci", "personal", "personal-data", "personal_data", "phi", "pii", "restricted", "secret",
        "sensitive",
    }
)  # fmt: skip


def _tags(pair: Pair) -> Iterator[Change]:
    """Compare tags as a set. One that says who may see something protects it, and is a promise like a classification."""
    old, new = _tag_set(pair.before.get("tags")), _tag_set(pair.after.get("tags"))
    for tag in sorted(old ^ new):
        if tag.casefold() not in SENSITIVE_TAGS:
            continue
        if tag in new:
            message = f"{pair.noun} is tagged {tag}"
            yield pair.change("tags", "sensitive_tag_added", Level.MINOR, message, is_policy=True)
        else:
            message = f"{pair.noun} is not tagged {tag} any more"
            yield pair.change("tags", "sensitive_tag_removed", Level.MAJOR, message, is_policy=True)
    others = [tag for tag in sorted(old ^ new) if tag.casefold() not in SENSITIVE_TAGS]
    if others:
        yield pair.change("tags", "tags_changed", Level.PATCH, f"tags of {pair.noun} changed: {', '.join(others)}")


def _tag_set(tags: object) -> frozenset[str]:
    return frozenset(str(tag) for tag in tags) if isinstance(tags, list) else frozenset()


def _stable_id(pair: Pair) -> Iterator[Change]:
    """What others refer to a part by: one where there was none is more to refer to, and nobody does yet."""
    level = Level.MINOR if text_of(pair.before.get("id")) else Level.PATCH
    yield pair.change("id", "stable_id_changed", level, pair.told("id"))


def _deprecated(pair: Pair) -> Iterator[Change]:
    if pair.after.get("deprecated") is True:
        yield pair.change("deprecated", "deprecation_announced", Level.MINOR, f"{pair.noun} is deprecated")
    else:
        yield pair.change("deprecated", "deprecation_withdrawn", Level.MINOR, f"{pair.noun} is not deprecated any more")


def _custom_properties(pair: Pair) -> Iterator[Change]:
    """Compare the writer's own properties; nobody but the writer knows what they promise."""
    old = by_name(pair.before.get("customProperties"), "property")
    new = by_name(pair.after.get("customProperties"), "property")
    for name in [*old, *(name for name in new if name not in old)]:
        key, noun = f"customProperties/{name}", f"custom property {name} of {pair.noun}"
        if name not in new:
            yield pair.change(key, "custom_property_removed", Level.MINOR, f"{noun} removed")
        elif name not in old:
            yield pair.change(key, "custom_property_added", Level.MINOR, f"{noun} added")
        else:
            yield from compare(pair.below(key, noun, old[name], new[name]), _CUSTOM_PROPERTY)


_CUSTOM_PROPERTY = (
    weighed("custom_property_changed", Level.MINOR, "value", "vendor"),
    rule_of(_stable_id, "id"),
)
COMMON = (
    rule_of(_tags, "tags"),
    rule_of(_stable_id, "id"),
    rule_of(_deprecated, "deprecated"),
    rule_of(_custom_properties, "customProperties"),
    weighed("definitions_changed", Level.PATCH, "authoritativeDefinitions"),
    weighed("business_name_changed", Level.PATCH, "businessName"),
    weighed("synonyms_changed", Level.PATCH, "synonyms"),
    weighed("context_changed", Level.PATCH, "context"),
)
