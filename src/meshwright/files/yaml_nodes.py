"""The nodes of a YAML document: a frozen tree, every node with its place. `yaml` reads text into it.

The nodes take their fields by position, and those made by the hundred are named tuples, which are made in a
third of the time of a frozen dataclass: making them is the cost of reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from meshwright.diagnostics import SourceSpan
from meshwright.model import Scalar

#: Most characters of a text that a message repeats.
_SHOWN = 80

#: What `to_plain` gives: dicts, lists and scalars.
PlainValue: TypeAlias = "Scalar | list[PlainValue] | dict[str, PlainValue]"


class YamlScalar(NamedTuple):
    """One value that is neither a mapping nor a sequence."""

    file: str
    line: int
    column: int
    #: Typed by the YAML 1.2 core schema; quoted text is always a string.
    value: Scalar
    #: The text as written, without quotes.
    text: str

    @property
    def span(self) -> SourceSpan:
        """Where it is written."""
        return SourceSpan(file=self.file, line=self.line, column=self.column)

    @property
    def kind(self) -> str:
        """What it is, in a reader's words: ``text``, ``a whole number``, ``true or false`` ..."""
        if isinstance(self.value, bool):
            return "true or false"
        if self.value is None:
            return "nothing"
        return {str: "text", int: "a whole number", float: "a number"}[type(self.value)]


@dataclass(frozen=True, slots=True, eq=False)
class YamlSequence:
    """A list."""

    file: str
    line: int
    column: int
    items: tuple[YamlNode, ...]

    def __iter__(self) -> Iterator[YamlNode]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        """A node is there, even an empty one."""
        return True

    @property
    def span(self) -> SourceSpan:
        """Where its first item (or its bracket) is written."""
        return SourceSpan(file=self.file, line=self.line, column=self.column)

    @property
    def kind(self) -> str:
        """What it is, in a reader's words."""
        return "a list"


class YamlEntry(NamedTuple):
    """One key of a mapping with its value."""

    file: str
    line: int
    column: int
    key: str
    value: YamlNode

    @property
    def key_span(self) -> SourceSpan:
        """Where the key is written."""
        return SourceSpan(file=self.file, line=self.line, column=self.column)


@dataclass(frozen=True, slots=True, eq=False)
class YamlMapping:
    """Keys and values, in the order written; keys are strings and stand once."""

    file: str
    line: int
    column: int
    by_key: Mapping[str, YamlEntry]

    def __iter__(self) -> Iterator[YamlEntry]:
        return iter(self.by_key.values())

    def __len__(self) -> int:
        return len(self.by_key)

    def __bool__(self) -> bool:
        """A node is there, even an empty one."""
        return True

    def __contains__(self, name: object) -> bool:
        return name in self.by_key

    @property
    def entries(self) -> tuple[YamlEntry, ...]:
        """All entries, in the order written."""
        return tuple(self.by_key.values())

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, in the order written."""
        return tuple(self.by_key)

    def get(self, name: str) -> YamlNode | None:
        """Return the value under `name`, None where the key is absent (a written null is a `YamlScalar`)."""
        entry = self.by_key.get(name)
        return entry.value if entry else None

    def entry(self, name: str) -> YamlEntry | None:
        """Return the key and value under `name`, None where the key is absent."""
        return self.by_key.get(name)

    def span_of(self, name: str) -> SourceSpan:
        """Return where key `name` is written, or the mapping's own place where it is absent."""
        entry = self.by_key.get(name)
        return entry.key_span if entry else self.span

    @property
    def span(self) -> SourceSpan:
        """Where its first key (or its brace) is written."""
        return SourceSpan(file=self.file, line=self.line, column=self.column)

    @property
    def kind(self) -> str:
        """What it is, in a reader's words."""
        return "a mapping"


YamlNode: TypeAlias = YamlMapping | YamlSequence | YamlScalar


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class YamlDocument:
    """One parsed file. An empty file has a root scalar whose value is None, at 1:1."""

    file: str
    root: YamlNode

    @property
    def is_empty(self) -> bool:
        """Whether the file says nothing: no bytes, only comments, or a bare null."""
        return isinstance(self.root, YamlScalar) and self.root.value is None


def to_plain(node: YamlNode) -> PlainValue:
    """Return `node` as dicts, lists and scalars, for validators and canonical JSON."""
    if isinstance(node, YamlScalar):
        return node.value
    if isinstance(node, YamlMapping):
        return {entry.key: to_plain(entry.value) for entry in node}
    return [to_plain(item) for item in node.items]


def shown(text: str) -> str:
    """Return text from a file as messages show it: on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."


def node_at(root: YamlNode, path: Sequence[str | int]) -> YamlNode | None:
    """Return the node at `path` (keys and list positions from 0), None where there is none."""
    node: YamlNode | None = root
    for step in path:
        if isinstance(node, YamlMapping):
            node = node.get(str(step))
        elif isinstance(node, YamlSequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def span_at(root: YamlNode, path: Sequence[str | int]) -> SourceSpan:
    """Return where the value at `path` is written; the nearest node above it where it is absent."""
    node: YamlNode = root
    for step in path:
        below = node_at(node, (step,))
        if below is None:
            break
        node = below
    return node.span
