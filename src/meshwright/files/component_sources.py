"""``components`` of `mesh.yaml`: git repositories that components are fetched from, by ``mw component lock`` alone."""

from __future__ import annotations

import posixpath
import re

from meshwright.diagnostics import SourceSpan
from meshwright.files.addresses import holds_password
from meshwright.files.component_folders import LIBRARY
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.yaml import YamlMapping
from meshwright.frozen import dataclass

_KEYS = Keys(known=("git", "ref", "path", "as"), required=("git", "ref"))
#: Transports that only move data; ``ext::`` would run a command, and ``-`` begins an option.
_ADDRESS = re.compile(r"(https?|ssh|git|file)://\S+|/\S+|[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:\S+")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}")


@dataclass(frozen=True, kw_only=True, slots=True)
class GitComponents:
    """A repository with components."""

    url: str
    ref: str
    #: Folder of a component, or of several; empty for the repository's root.
    path: str
    #: What stands before the dot of their names; empty for names of the mesh.
    scope: str
    span: SourceSpan


def read_component_sources(fields: Fields) -> tuple[GitComponents, ...]:
    """Return the repositories that ``components`` lists."""
    found = []
    for item in fields.sequence("components") or ():
        if not isinstance(item, YamlMapping):
            fields.wrong_type("components", item, "a list of {git: <url>, ref: <ref>, path: <folder>}")
            continue
        before = len(fields.findings)
        inner = open_fields(item, _KEYS, what="a source of components", findings=fields.findings)
        url, ref, path, scope = inner.text("git"), inner.text("ref"), inner.text("path"), inner.text("as")
        if url is not None and holds_password(url):
            fix = "take it out: git's own credential helpers and keys know how to get in"
            fields.find("MW-K018", "the address of a repository holds a password", inner.span_of("git"), fix)
        elif url is not None and not _ADDRESS.fullmatch(url):
            fix = "write https://..., ssh://..., git@host:path, file:///... or an absolute path"
            fields.find("MW-K018", "this is no address of a git repository", inner.span_of("git"), fix)
        if ref is not None and (not _REF.fullmatch(ref) or ".." in ref):
            fields.find("MW-K018", f"'{ref[:60]}' is no ref", inner.span_of("ref"), "write a branch, a tag or a commit")
        folder = posixpath.normpath(path) if path else ""
        if folder.startswith(("/", "..")) or "\\" in folder:
            fields.find(
                "MW-K018", "the path leads out of the repository", inner.span_of("path"), "write a folder in it"
            )
        if scope is not None:
            check_name(scope, inner.span_of("as"), what="components", findings=fields.findings)
        if scope == LIBRARY:
            message = f"'{LIBRARY}' names the components that ship with meshwright"
            fields.find("MW-K018", message, inner.span_of("as"), "take another name")
        if len(fields.findings) == before and url and ref:
            found.append(
                GitComponents(url=url, ref=ref, path="" if folder == "." else folder, scope=scope or "", span=item.span)
            )
    return tuple(found)
