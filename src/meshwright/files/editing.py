"""Changing single values of a YAML file that a person wrote: everything else, comments and layout too, stays as it is.

The text is cut where PyYAML says that nodes begin and end. What comes out is read again, and is refused unless it says
exactly what it said before but for the values asked for: an anchor that others refer to, or a form that was not thought of,
changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any  # PyYAML's nodes

from meshwright.diagnostics import has_errors
from meshwright.files.authoring import yaml_text
from meshwright.files.yaml import PlainValue, parse_yaml, to_plain
from meshwright.frozen import dataclass
from meshwright.model import Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueEdit:
    """A scalar to be written: keys from the top of the document, and the value."""

    path: tuple[str, ...]
    value: Scalar


class NotEditable(Exception):
    """The edits cannot be made; the file must be changed by a person. `edit` is the one that cannot be."""

    def __init__(self, edit: ValueEdit) -> None:
        super().__init__(".".join(edit.path))
        self.edit = edit


def edited(data: bytes, file: str, edits: Sequence[ValueEdit]) -> bytes:
    """Return the file with the values written. A key whose mapping is there is added to it; so is a mapping of its own.

    Raises NotEditable, having changed nothing.
    """
    for edit in edits:
        before = _plain(data, file)
        data = _written(data, edit)
        if before is None or _plain(data, file) != _with_value(before, edit):
            raise NotEditable(edit)
    return data


def scalar_text(value: Scalar) -> str:
    """Return a value as YAML writes it."""
    return yaml_text(value) if isinstance(value, str) else json.dumps(value)


def _plain(data: bytes, file: str) -> PlainValue | None:
    document, findings = parse_yaml(data, file)
    return None if document is None or has_errors(findings) else to_plain(document.root)


def _with_value(document: PlainValue, edit: ValueEdit) -> PlainValue:
    """Return what the document should say; keys of mappings have no order that counts."""
    if not isinstance(document, dict):
        raise NotEditable(edit)
    copied: dict[str, PlainValue] = dict(document)
    here = copied
    for key in edit.path[:-1]:
        inner = here.get(key, {})
        if not isinstance(inner, Mapping):
            raise NotEditable(edit)
        here[key] = further = dict(inner)
        here = further
    here[edit.path[-1]] = edit.value
    return copied


def _written(data: bytes, edit: ValueEdit) -> bytes:
    import yaml  # lazy: only edits need PyYAML's marks

    try:
        text = data.decode("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)  # bounded before: the document was read as a mesh file
    except (UnicodeDecodeError, yaml.YAMLError):
        raise NotEditable(edit) from None
    node: Any = root
    for depth, key in enumerate(edit.path):
        if not isinstance(node, yaml.MappingNode):
            raise NotEditable(edit)
        found = next((value for name, value in node.value if name.value == key), None)
        if found is None:
            return _inserted(text, node, edit.path[depth:], edit).encode()
        node = found
    if not isinstance(node, yaml.ScalarNode):
        raise NotEditable(edit)
    start, end = node.start_mark.index, node.end_mark.index
    gap = " " if start == end and not text[:start].endswith(" ") else ""
    return f"{text[:start]}{gap}{scalar_text(edit.value)}{text[end:]}".encode()


def _inserted(text: str, mapping: Any, keys: Sequence[str], edit: ValueEdit) -> str:
    """Add ``key: value``, nested in the keys that are missing, as the first entry of a mapping."""
    flow = f"{keys[-1]}: {scalar_text(edit.value)}"
    for key in reversed(keys[:-1]):
        flow = f"{key}: {{{flow}}}"
    if mapping.flow_style:
        start = mapping.start_mark.index
        if text[start : start + 1] != "{":
            raise NotEditable(edit)
        rest = f", {text[start + 1 :].lstrip(' ')}" if mapping.value else text[start + 1 :]
        return f"{text[: start + 1]}{flow}{rest}"
    if not mapping.value:
        raise NotEditable(edit)
    first = mapping.value[0][0].start_mark
    line_start = first.index - first.column
    indent = text[line_start : first.index]
    if indent.strip():  # ``- key: value`` and the like
        raise NotEditable(edit)
    return f"{text[:line_start]}{indent}{flow}\n{text[line_start:]}"
