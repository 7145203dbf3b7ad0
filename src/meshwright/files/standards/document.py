"""What reading a contract and reading a product share: the document, its standard's version, typed fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar, YamlSequence, shown
from meshwright.frozen import dataclass

#: The only texts in which YAML can write a number that is not finite.
_NOT_FINITE = re.compile(rb"\.(nan|inf)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class StandardVersions:
    """The versions of a standard that are read."""

    #: ``ODCS``.
    name: str
    #: For the hint.
    read: tuple[str, ...]
    #: Pattern of all versions read.
    pattern: re.Pattern[str]
    #: Pattern of versions that exist but are not read, and what to do with them.
    old: re.Pattern[str]
    old_fix: str


def version_finding(root: YamlMapping, versions: StandardVersions) -> tuple[Diagnostic | None, bool]:
    """Check `apiVersion`; the second value says whether reading on makes sense.

    A missing version or one that is no text is left to the schema.
    """
    node = root.get("apiVersion")
    if not isinstance(node, YamlScalar) or not isinstance(node.value, str):
        return None, True
    if versions.pattern.fullmatch(node.value):
        return None, True
    if versions.old.fullmatch(node.value):
        message = f"{versions.name} {shown(node.value)} is not read; versions read: {', '.join(versions.read)}"
        return Diagnostic(code="MW-C002", message=message, span=node.span, fix=versions.old_fix), False
    message = f"there is no version '{shown(node.value)}' of {versions.name} that is known"
    fix = known_names_hint(shown(node.value), versions.read, what="versions")
    return Diagnostic(code="MW-C003", message=message, span=node.span, fix=fix), True


def unfinite_findings(data: bytes, root: YamlNode) -> tuple[Diagnostic, ...]:
    """Report numbers that JSON cannot write, and so no manifest can hold."""
    if not _NOT_FINITE.search(data):
        return ()
    return tuple(
        Diagnostic(
            code="MW-C010",
            message=f"{node.text} is not a finite number",
            span=node.span,
            fix="write a finite number, or put it in quotes if it is text",
        )
        for node in _scalars(root)
        if isinstance(node.value, float) and not math.isfinite(node.value)
    )


def _scalars(node: YamlNode) -> Iterator[YamlScalar]:
    """Yield every scalar below `node`, itself included; the tree's depth is bounded."""
    if isinstance(node, YamlScalar):
        yield node
        return
    for below in (entry.value for entry in node) if isinstance(node, YamlMapping) else node.items:
        yield from _scalars(below)


def empty_text_finding(node: YamlMapping, key: str, *, what: str) -> Diagnostic | None:
    """Report a text that is there but says nothing."""
    value = node.get(key)
    if not isinstance(value, YamlScalar) or not isinstance(value.value, str) or value.value.strip():
        return None
    return Diagnostic(code="MW-C019", message=f"the {key} of {what} is empty", span=value.span, fix=f"write the {key}")


def text(node: YamlMapping, key: str) -> str | None:
    """Return a text field, None where it is absent or no text."""
    value = node.get(key)
    return value.value if isinstance(value, YamlScalar) and isinstance(value.value, str) else None


def flag(node: YamlMapping, key: str) -> bool:
    """Return a true-or-false field; absent or anything else is False."""
    value = node.get(key)
    return isinstance(value, YamlScalar) and value.value is True


def texts(node: YamlMapping, key: str) -> tuple[str, ...]:
    """Return the texts of a list field; what is no text is left out."""
    value = node.get(key)
    items = value.items if isinstance(value, YamlSequence) else ()
    return tuple(item.value for item in items if isinstance(item, YamlScalar) and isinstance(item.value, str))


def mappings(node: YamlMapping, key: str) -> Iterator[YamlMapping]:
    """Yield the mappings of a list field; what is no mapping is left out."""
    value = node.get(key)
    for item in value.items if isinstance(value, YamlSequence) else ():
        if isinstance(item, YamlMapping):
            yield item


def description(node: YamlMapping) -> str | None:
    """Return a `description` as text: as it is, or the parts of the standard's description mapping, one a line."""
    value = node.get("description")
    if not isinstance(value, YamlMapping):
        return text(node, "description")
    parts = {key: text(value, key) for key in ("purpose", "usage", "limitations")}
    lines = [said if key == "purpose" else f"{key.capitalize()}: {said}" for key, said in parts.items() if said]
    return "\n".join(lines) or None


def repeated_findings(
    items: Iterator[tuple[str, SourceSpan]], *, code: str, what: str, fix: str, of: str = ""
) -> Iterator[Diagnostic]:
    """Report each name that an earlier item has already."""
    first: dict[str, SourceSpan] = {}
    for name, span in items:
        before = first.setdefault(name, span)
        if before is not span:
            place = f"line {before.line}, column {before.column}"
            message = f"{what} '{shown(name)}'{of} is there twice: first in {place}"
            yield Diagnostic(code=code, message=message, span=span, fix=fix)


def kind_mismatch(root: YamlMapping, *, wanted: str) -> Diagnostic | None:
    """Say that the document is another kind of document altogether, None where nothing tells so."""
    foreign: Mapping[str, str] = {
        "dataContractSpecification": "a document of the Data Contract Specification",
        "openDataProduct": "a document of opendataproducts.org, another standard also called ODPS",
    }
    for key, what in foreign.items():
        entry = root.entry(key)
        if entry and "apiVersion" not in root:
            fix = f"write it in {wanted}; other tools convert it"
            return Diagnostic(code="MW-C002", message=f"this is {what}, not {wanted}", span=entry.key_span, fix=fix)
    return None
