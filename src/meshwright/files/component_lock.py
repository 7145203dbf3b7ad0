"""`components.lock`: which version of a component each user has moved to, and what that version's files were.

Written by ``mw component lock`` and ``mw component update``, committed with the mesh. A use that it holds stands at that
version until somebody moves it; a use that it does not hold follows the newest version that its ``name@1`` admits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.files.documents import read_mapping
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.reading import MeshReader
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlScalar
from meshwright.frozen import dataclass

LOCK_FILE = "components.lock"

_KEYS = Keys(known=("meshwright", "versions", "uses"), required=("meshwright",))
_VERSION_KEYS = Keys(known=("digest", "git", "ref", "commit", "path", "package", "release"), required=("digest",))
_REFERENCE = re.compile(r"([a-z][a-z0-9_]*\.)?[a-z][a-z0-9_]*@\d+\.\d+\.\d+", re.ASCII)
_HEAD = "# Written by 'mw component lock' and 'mw component update': do not edit, commit it with the mesh.\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedVersion:
    """A version that somebody uses."""

    digest: str
    #: Where it was fetched from, key -> value as in the file; empty for the mesh's own and those of meshwright.
    source: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedUse:
    """The version that a use has moved to."""

    #: ``name@1.2.0``, the name in full.
    reference: str
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentLock:
    """The lock file as it was read."""

    #: ``name@1.2.0`` -> what its files were.
    versions: Mapping[str, LockedVersion] = field(default_factory=lambda: MappingProxyType({}))
    #: Address of the using node -> what it uses.
    uses: Mapping[str, LockedUse] = field(default_factory=lambda: MappingProxyType({}))


NO_LOCK = ComponentLock()


def read_lock(reader: MeshReader) -> ComponentLock:
    """Return what the lock file says; nothing where there is none."""
    if not reader.has_file(LOCK_FILE):
        return NO_LOCK
    mapping = read_mapping(reader, LOCK_FILE, what=LOCK_FILE)
    if mapping is None:
        return NO_LOCK
    fields = open_fields(mapping, _KEYS, what=LOCK_FILE, findings=reader.findings)
    version = mapping.get("meshwright")
    if version is not None and (not isinstance(version, YamlScalar) or version.value != 1):
        fields.wrong_value("meshwright", version, "the format's version, 1", "use the meshwright that wrote the file")
        return NO_LOCK
    versions = {
        entry.key: found for entry in fields.entries("versions") if (found := _version(fields, entry)) is not None
    }
    uses = {}
    for entry in fields.entries("uses"):
        text = entry.value.text if isinstance(entry.value, YamlScalar) else ""
        if not _REFERENCE.fullmatch(text):
            fields.wrong_type(entry.key, entry.value, "a component with its version, such as top_n@1.0.0")
        else:
            uses[entry.key] = LockedUse(reference=text, span=entry.key_span)
    return ComponentLock(versions=MappingProxyType(versions), uses=MappingProxyType(uses))


def _version(fields: Fields, entry: YamlEntry) -> LockedVersion | None:
    if not _REFERENCE.fullmatch(entry.key) or not isinstance(entry.value, YamlMapping):
        fields.find(
            "MW-M103",
            f"'{entry.key}' of versions in {LOCK_FILE} is no version of a component with its digest",
            entry.key_span,
            "write it anew: mw component lock",
        )
        return None
    inner = open_fields(entry.value, _VERSION_KEYS, what=f"'{entry.key}'", findings=fields.findings)
    texts = {key: text for key in _VERSION_KEYS.known if (text := inner.text(key)) is not None}
    digest = texts.pop("digest", None)
    if digest is None:
        return None
    return LockedVersion(digest=digest, source=MappingProxyType(texts), span=entry.key_span)


def lock_text(lock: ComponentLock) -> str:
    """Return the lock file's text: sorted, one line a use, so that two branches merge line by line."""
    lines = [_HEAD + "meshwright: 1", "versions:" if lock.versions else "versions: {}"]
    for reference, version in sorted(lock.versions.items()):
        said = {"digest": version.digest, **version.source}
        lines.append(f"  {reference}: {{{', '.join(f'{key}: {_quoted(text)}' for key, text in said.items())}}}")
    lines.append("uses:" if lock.uses else "uses: {}")
    lines += [f"  {node}: {use.reference}" for node, use in sorted(lock.uses.items())]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
