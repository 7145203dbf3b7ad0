"""Taking typed fields out of a YAML mapping: what is unknown, missing or of the wrong type becomes a finding.

Reading goes on after a finding, so that a file shows all its problems at once; a field that is wrong reads as absent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.frozen import dataclass
from meshwright.model import name_problem
from meshwright.model.names import RESERVED_NAMES


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """The keys that a mapping may hold."""

    known: tuple[str, ...]
    #: Keys of the format that this version does not act on: refused, since ignoring them would mislead.
    unsupported: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """One mapping being read; every method notes its findings in `findings`."""

    mapping: YamlMapping
    #: What the mapping is, for messages: ``node 'departures'``.
    what: str
    findings: list[Diagnostic]
    #: Address of the mesh object that findings are about.
    address: str | None = None

    def __contains__(self, key: object) -> bool:
        return key in self.mapping

    def find(self, code: str, message: str, span: SourceSpan, fix: str | None) -> None:
        """Note a finding."""
        self.findings.append(Diagnostic(code=code, message=message, span=span, fix=fix, object=self.address))

    def wrong_value(self, key: str, node: YamlNode, wanted: str, fix: str | None = None) -> None:
        """Note that the value under `key` is of the right type but cannot be."""
        shown = f" '{node.text}'" if isinstance(node, YamlScalar) else ""
        self.find("MW-M104", f"'{key}' of {self.what}{shown} is not {wanted}", node.span, fix or f"write {wanted}")

    def wrong_type(self, key: str, node: YamlNode, wanted: str) -> None:
        """Note that the value under `key` is of the wrong type."""
        self.find(
            "MW-M103",
            f"'{key}' of {self.what} is {node.kind}, not {wanted}",
            node.span,
            f"write {wanted} after '{key}:'",
        )

    def text(self, key: str, *, may_refer: bool = False) -> str | None:
        """Return the text under `key`; empty text is a finding.

        Text with a ``${...}`` reads as absent unless it `may_refer`: `files.documents` has refused it already.
        """
        node = self.mapping.get(key)
        if node is None:
            return None
        if not isinstance(node, YamlScalar) or not isinstance(node.value, str):
            self.wrong_type(key, node, "text")
            return None
        if not node.value.strip():
            self.wrong_value(key, node, "text that says something")
            return None
        return node.value if may_refer or "${" not in node.value else None

    def choice(self, key: str, words: Collection[str]) -> str | None:
        """Return the text under `key`, which is one of `words`."""
        text = self.text(key)
        if text is None or text in words:
            return text
        node = self.mapping.get(key)
        assert node is not None
        self.wrong_value(key, node, f"one of {', '.join(words)}", known_names_hint(text, words, what="values"))
        return None

    def flag(self, key: str) -> bool | None:
        """Return the boolean under `key`."""
        node = self.mapping.get(key)
        if node is None:
            return None
        if isinstance(node, YamlScalar) and isinstance(node.value, bool):
            return node.value
        self.wrong_type(key, node, "true or false")
        return None

    def whole(self, key: str, *, minimum: int = 0, maximum: int = 1_000_000) -> int | None:
        """Return the whole number under `key`, within its bounds."""
        node = self.mapping.get(key)
        if node is None:
            return None
        if not isinstance(node, YamlScalar) or isinstance(node.value, bool) or not isinstance(node.value, int):
            self.wrong_type(key, node, "a whole number")
            return None
        if not minimum <= node.value <= maximum:
            self.wrong_value(key, node, f"a whole number from {minimum:,} to {maximum:,}")
            return None
        return node.value

    def texts(self, key: str, *, may_hold_empty: bool = False) -> tuple[str, ...] | None:
        """Return the list of texts under `key`."""
        found = []
        node = self.sequence(key)
        if node is None:
            return None
        for item in node:
            if not isinstance(item, YamlScalar) or not isinstance(item.value, str):
                self.find(
                    "MW-M103",
                    f"'{key}' of {self.what} holds {item.kind}, not text",
                    item.span,
                    f'put it in quotes: "{item.text}"' if isinstance(item, YamlScalar) else "write a list of texts",
                )
            elif not item.value and not may_hold_empty:
                self.wrong_value(key, item, "text that says something")
            else:
                found.append(item.value)
        return tuple(found)

    def sequence(self, key: str) -> YamlSequence | None:
        """Return the list under `key`."""
        node = self.mapping.get(key)
        if node is None or isinstance(node, YamlSequence):
            return node
        self.wrong_type(key, node, "a list")
        return None

    def nested(self, key: str) -> YamlMapping | None:
        """Return the mapping under `key`."""
        node = self.mapping.get(key)
        if node is None or isinstance(node, YamlMapping):
            return node
        self.wrong_type(key, node, "a mapping")
        return None

    def span_of(self, key: str) -> SourceSpan:
        """Return where the value under `key` is written, or the mapping where it is absent."""
        node = self.mapping.get(key)
        return node.span if node is not None else self.mapping.span

    def entries(self, key: str) -> Iterator[YamlEntry]:
        """Yield the entries of the mapping under `key`; none where it is absent or wrong."""
        mapping = self.nested(key)
        if mapping is not None:
            yield from mapping


def open_fields(
    mapping: YamlMapping, keys: Keys, *, what: str, findings: list[Diagnostic], address: str | None = None
) -> Fields:
    """Start reading `mapping`: notes unknown and unsupported keys, and required ones that are missing."""
    fields = Fields(mapping=mapping, what=what, findings=findings, address=address)
    for entry in mapping:
        if entry.key in keys.unsupported:
            refuse_unsupported_key(fields, entry)
        elif entry.key not in keys.known:
            hint = known_names_hint(entry.key, (*keys.known, *keys.unsupported), what="keys")
            fields.find("MW-M101", f"{what} has no key '{entry.key}'", entry.key_span, hint)
    for key in keys.required:
        if key not in mapping:
            # A missing key of a whole document is a finding about the document.
            fields.find("MW-M102", f"{what} lacks '{key}'", mapping.span, f"add '{key}:'")
    return fields


def refuse_unsupported_key(fields: Fields, entry: YamlEntry) -> None:
    """Note a key that the format defines and this version does not act on."""
    fields.find(
        "MW-M401",
        f"'{entry.key}' of {fields.what} is not supported by this version of meshwright",
        entry.key_span,
        f"remove '{entry.key}': it would have no effect",
    )


def check_name(
    name: str, span: SourceSpan, *, what: str, findings: list[Diagnostic], address: str | None = None
) -> bool:
    """Whether `name` can name a `what` (``a dataset``); a finding where it cannot."""
    problem = name_problem(name)
    if problem is None:
        return True
    is_reserved = name in RESERVED_NAMES
    findings.append(
        Diagnostic(
            code="MW-M106" if is_reserved else "MW-M105",
            message=f"'{_shown(name)}' cannot name {what}: {problem}",
            span=span,
            fix=f"take another name, for example '{name}_data'" if is_reserved else _name_fix(name),
            object=address,
        )
    )
    return False


def _shown(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:57]}..."


def _name_fix(name: str) -> str:
    """Suggest the nearest good name, where the name's letters give one."""
    guess = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")
    guess = re.sub(r"^[0-9_]+", "", guess)[:48].rstrip("_")
    return f"rename it, for example to '{guess}'" if guess and name_problem(guess) is None else "rename it"
