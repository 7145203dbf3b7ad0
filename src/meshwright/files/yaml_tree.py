"""From libyaml's events to the tree of `files.yaml`, within bounds.

Events come one at a time and the stack is ours, so the depth is known before libyaml goes deeper, and the
cost of aliases before anyone walks them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.yaml_bounds import MAX_ANCHORS, MAX_DEPTH, MAX_FINDINGS, MAX_NODES, decode_bounded
from meshwright.files.yaml_nodes import YamlDocument, YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence, shown
from meshwright.files.yaml_scalars import UnfitScalarError, is_core_tag, resolve_plain, resolve_tagged
from meshwright.files.yaml_words import plain_words
from meshwright.model import Scalar


def build_tree(data: bytes, file: str) -> tuple[YamlDocument | None, tuple[Diagnostic, ...]]:
    """Read one YAML document; see `files.yaml.parse_yaml`."""
    text, unreadable = decode_bounded(data, file)
    if unreadable:
        return None, (unreadable,)
    builder = _Builder(file)
    try:
        builder.feed(CParser(text))
    except _StopReading:
        return None, tuple(builder.findings)
    except yaml.YAMLError as error:
        return None, (*builder.findings, _syntax_finding(error, text, file))
    root = builder.root if builder.root is not None else YamlScalar(file, 1, 1, None, "")
    return YamlDocument(file=file, root=root), tuple(builder.findings)


class _StopReading(Exception):
    """The rest of the file is not worth reading."""


@dataclass(slots=True)
class _Frame:
    """A collection that is still open."""

    line: int
    column: int
    anchor: str | None
    #: Nodes counted when it opened, itself included.
    first: int
    #: None for a list.
    entries: dict[str, YamlEntry] | None
    items: list[YamlNode] = field(default_factory=list)
    #: Levels of collections below it.
    height: int = 0
    #: Whether the next node is a value, and the key that waits for it (None for a key that was refused).
    has_key: bool = False
    key: str | None = None
    key_line: int = 1
    key_column: int = 1


class _Builder:
    """Puts nodes together and keeps the findings."""

    __slots__ = ("anchors", "file", "findings", "nodes", "open_anchors", "root", "stack")

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: YamlNode | None = None
        self.findings: list[Diagnostic] = []
        self.stack: list[_Frame] = []
        #: Anchor -> node, number of nodes in it, its height.
        self.anchors: dict[str, tuple[YamlNode, int, int]] = {}
        self.open_anchors: set[str] = set()
        self.nodes = 0

    def feed(self, parser: CParser) -> None:
        """Take every event of the first document."""
        while (event := parser.get_event()) is not None:
            if isinstance(event, ScalarEvent):
                self._scalar(event)
            elif isinstance(event, CollectionStartEvent):
                self._open(event, {} if isinstance(event, MappingStartEvent) else None)
            elif isinstance(event, CollectionEndEvent):
                self._close()
            elif isinstance(event, AliasEvent):
                self._alias(event)
            elif isinstance(event, DocumentStartEvent) and self.root is not None:
                message = "a second document starts here; one file holds one document"
                self._find(event, "MW-Y010", message, "remove the '---' line, or move what follows it to its own file")
                return

    def _find(self, event: Event, code: str, message: str, fix: str) -> None:
        line, column = _place(event)
        self._find_at(line, column, code, message, fix)

    def _find_at(self, line: int, column: int, code: str, message: str, fix: str) -> None:
        span = SourceSpan(file=self.file, line=line, column=column)
        self.findings.append(Diagnostic(code=code, message=message, span=span, fix=fix))
        if len(self.findings) >= MAX_FINDINGS:
            raise _StopReading

    def _flooded(self, event: Event) -> None:
        what = "with its aliases written out, " if self.anchors else ""
        message = f"{what}the file has more than {MAX_NODES:,} values"
        self._find(event, "MW-Y007", message, "split the file; keep data in data files")
        raise _StopReading

    def _check_depth(self, event: Event, depth: int) -> None:
        if depth > MAX_DEPTH:
            message = f"lists and mappings are nested more than {MAX_DEPTH} levels deep"
            self._find(event, "MW-Y006", message, "write it flatter; look for brackets or indents that never close")
            raise _StopReading

    def _open(self, event: CollectionStartEvent, entries: dict[str, YamlEntry] | None) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._flooded(event)
        self._check_depth(event, len(self.stack) + 1)
        if event.tag is not None and not is_core_tag(event.tag, "seq" if entries is None else "map"):
            self._unknown_tag(event, event.tag)
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        line, column = _place(event)
        self.stack.append(_Frame(line, column, event.anchor, self.nodes, entries))

    def _close(self) -> None:
        frame = self.stack.pop()
        node: YamlNode
        if frame.entries is None:
            node = YamlSequence(self.file, frame.line, frame.column, tuple(frame.items))
        else:
            node = YamlMapping(self.file, frame.line, frame.column, frame.entries)
        if frame.anchor is not None:
            self.open_anchors.discard(frame.anchor)
            self._keep_anchor(frame.anchor, node, self.nodes - frame.first + 1, frame.height + 1)
        self._attach(node, frame.line, frame.column, frame.height + 1)

    def _scalar(self, event: ScalarEvent) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._flooded(event)
        line, column = _place(event)
        text = event.value
        value = self._value(event) if event.tag or not event.style or "\0" in text else text
        if event.anchor is not None:
            self._keep_anchor(event.anchor, YamlScalar(self.file, line, column, value, text), 1, 0)
        frame = self.stack[-1] if self.stack else None
        if frame is None:
            self.root = YamlScalar(self.file, line, column, value, text)
        elif frame.entries is None:
            frame.items.append(YamlScalar(self.file, line, column, value, text))
        elif not frame.has_key:
            # A key needs no node of its own.
            self._take_key(frame, line, column, text, value)
            if text == "<<" and not event.style:
                self._refuse_merge(frame)
        else:
            frame.has_key = False
            if frame.key is not None:
                node = YamlScalar(self.file, line, column, value, text)
                frame.entries[frame.key] = YamlEntry(self.file, frame.key_line, frame.key_column, frame.key, node)

    def _value(self, event: ScalarEvent) -> Scalar:
        text: str = event.value
        tag = event.tag
        try:
            if tag is not None:
                return resolve_tagged(text, tag)
            if not event.style:
                return resolve_plain(text)
        except KeyError:
            self._unknown_tag(event, tag or "")
        except UnfitScalarError as error:
            code = "MW-Y015" if tag is None else "MW-Y016"
            self._find(event, code, str(error), "put the value in quotes if it is text")
        if "\0" in text:
            self._find(event, "MW-Y002", "the text holds a NUL character", "remove the \\0 escape")
        return text

    def _keep_anchor(self, anchor: str, node: YamlNode, size: int, height: int) -> None:
        self.anchors[anchor] = (node, size, height)
        if len(self.anchors) > MAX_ANCHORS:
            message = f"the file has more than {MAX_ANCHORS:,} anchors"
            self._find_at(node.line, node.column, "MW-Y007", message, "use fewer anchors and aliases")
            raise _StopReading

    def _alias(self, event: AliasEvent) -> None:
        line, column = _place(event)
        anchor = event.anchor or ""
        name = shown(anchor)
        node: YamlNode = YamlScalar(self.file, line, column, None, "")
        height = 0
        if anchor in self.open_anchors:
            message = f"alias '*{name}' stands inside the value that it repeats"
            self._find(event, "MW-Y013", message, "write the value out, or move the anchor")
        elif anchor not in self.anchors:
            message = f"alias '*{name}' has no anchor '&{name}' above it"
            self._find(event, "MW-Y012", message, "put the text in quotes if no alias is meant, or define the anchor")
        else:
            node, size, height = self.anchors[anchor]
            self.nodes += size
            if self.nodes > MAX_NODES:
                self._flooded(event)
            self._check_depth(event, len(self.stack) + height)
        self._attach(node, line, column, height)

    def _attach(self, node: YamlNode, line: int, column: int, height: int) -> None:
        """Give `node` to the collection that is open; `line` and `column` say where it is written here."""
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.height = max(frame.height, height)
        if frame.entries is None:
            frame.items.append(node)
        elif frame.has_key:
            frame.has_key = False
            if frame.key is not None:
                frame.entries[frame.key] = YamlEntry(self.file, frame.key_line, frame.key_column, frame.key, node)
        elif isinstance(node, YamlScalar):
            self._take_key(frame, line, column, node.text, node.value)
        else:
            frame.has_key, frame.key = True, None
            self._find_at(line, column, "MW-Y009", f"a key is text, not {node.kind}", "write the key as plain text")

    def _take_key(self, frame: _Frame, line: int, column: int, text: str, value: Scalar) -> None:
        """Note the key that waits for its value; one that cannot be taken is noted as None, with a finding."""
        frame.has_key, frame.key, frame.key_line, frame.key_column = True, None, line, column
        if not isinstance(value, str):
            kind = YamlScalar(self.file, line, column, value, text).kind
            message = f"key '{shown(text) or '(empty)'}' is {kind}, but a key is text"
            self._find_at(line, column, "MW-Y009", message, f'write it in quotes: "{shown(text)}"')
        elif frame.entries and value in frame.entries:
            before = frame.entries[value]
            message = f"key '{shown(value)}' is there twice: first in line {before.line}, column {before.column}"
            self._find_at(line, column, "MW-Y008", message, "keep one of the two")
        else:
            frame.key = value

    def _refuse_merge(self, frame: _Frame) -> None:
        """Refuse the key ``<<``: YAML 1.2 has no merge, and a chain of merges grows without bound."""
        frame.key = None
        message = "merge keys ('<<') are not part of YAML 1.2 and not read"
        fix = "write the keys out, or repeat a whole value with an alias"
        self._find_at(frame.key_line, frame.key_column, "MW-Y014", message, fix)

    def _unknown_tag(self, event: NodeEvent, tag: str) -> None:
        name = shown(tag.replace("tag:yaml.org,2002:", "!!"))
        fix = "remove the tag; known ones: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq"
        self._find(event, "MW-Y011", f"tag '{name}' is not read", fix)


def _place(event: Event) -> tuple[int, int]:
    """Return line and column, from 1."""
    mark = event.start_mark
    assert mark is not None, "libyaml gives every event its place"
    return mark.line + 1, mark.column + 1


def _syntax_finding(error: yaml.YAMLError, text: str, file: str) -> Diagnostic:
    """Say what libyaml could not read, and where."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if problem == "found character that cannot start any token" and _character(text, line, column) == "\t":
        problem += ": tab"
    code, message, fix = plain_words(problem)
    context = getattr(error, "context_mark", None)
    if context is not None and context.line + 1 < line:
        message += f" (it began in line {context.line + 1}, column {context.column + 1})"
    return Diagnostic(code=code, message=message, span=SourceSpan(file=file, line=line, column=column), fix=fix)


def _character(text: str, line: int, column: int) -> str:
    """Return the character at a place, empty where there is none."""
    lines = text.splitlines()
    return lines[line - 1][column - 1 : column] if line <= len(lines) else ""
