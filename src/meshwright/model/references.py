"""References in texts, ``${vault:kv/shop#password}``: a text split into what it says and what it refers to.

There is one form, ``${kind:name}``. Kinds of secrets and settings are resolved by `secrets`, as late as possible; those of
values (``param``, ``node``) by the run, which knows them. Nothing is resolved here: wrong kinds and names can be told by
whoever reads a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model.names import name_problem

#: A value as JSON has it.
Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

#: What a node that runs for each of a list is given: the one kind without a name.
_ITEM = "${item}"
#: What can be asked of a sandbox that is provisioned.
SANDBOX_FACTS = ("name", "base", "who")

#: Kinds that lead to something that is never stored: kind -> how one is written.
SECRET_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "env": "${env:NAME}",
        "file": "${file:path}",
        "vault": "${vault:kv/path#key}",
        "keyring": "${keyring:service/user}",
        "aws": "${aws:name#key}",
        "aws-ssm": "${aws-ssm:/path/name}",
        "gcp": "${gcp:projects/my-project/secrets/name}",
        "azure": "${azure:vault-name/secret}",
    }
)
#: Kinds that lead to values of the mesh and of a run.
VALUE_KINDS: Mapping[str, str] = MappingProxyType(
    {"param": "${param:name}", "node": "${node:name.rows}", "item": _ITEM, "sandbox": "${sandbox:name}"}
)
ALL_KINDS: Mapping[str, str] = MappingProxyType({**SECRET_KINDS, **VALUE_KINDS})

#: What can be asked of a node, beside ``value.KEY``.
NODE_FACTS = ("state", "tests", "rows")

_ANY = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
#: ``${NAME:-x}``, ``${NAME:1:2}`` and the like are a shell's: what follows the colon is no name.
_REFERENCE = re.compile(r"([a-z][a-z_-]*):([^-=+?:\s].*|)", re.DOTALL)
_NAMES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "sandbox": re.compile("|".join(SANDBOX_FACTS)),
        "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
        "file": re.compile(r"[^${}\n]+"),
        "vault": re.compile(r"(?!(?:.*/)?\.\.?[/#])[^\s#/${}]+(?:/[^\s#/${}]+)+#[^\s#]+"),
        "keyring": re.compile(r"[^${}\n]+/[^/${}\n]+"),
        "aws": re.compile(r"[A-Za-z0-9/_+=.@:-]+(?:#[^\s#]+)?"),
        "aws-ssm": re.compile(r"[A-Za-z0-9/_.:-]+(?:#[^\s#]+)?"),
        "gcp": re.compile(r"projects/[a-z0-9:.-]+/secrets/[A-Za-z0-9_-]+(?:/versions/[A-Za-z0-9_-]+)?(?:#[^\s#]+)?"),
        "azure": re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9.-]+)?/[A-Za-z0-9-]+(?:/[A-Za-z0-9]+)?(?:#[^\s#]+)?"),
    }
)
_FACT = re.compile(rf"(?P<node>[^.]+)\.(?:{'|'.join(NODE_FACTS)}|value(?:\.[A-Za-z_][A-Za-z0-9_-]*)+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A reference as it stands in a text."""

    kind: str
    name: str
    #: Where the text that holds it is written.
    span: SourceSpan | None = None

    def __str__(self) -> str:
        return f"${{{self.kind}:{self.name}}}" if self.name else f"${{{self.kind}}}"

    @property
    def is_secret(self) -> bool:
        """Whether it leads to something that is never stored, `param` and `node` do not."""
        return self.kind in SECRET_KINDS

    @property
    def node(self) -> str | None:
        """The node that it asks about."""
        return self.name.partition(".")[0] if self.kind == "node" else None

    @property
    def fact(self) -> str | None:
        """What it asks of the node: ``rows``, ``state``, ``tests`` or ``value.KEY``."""
        return self.name.partition(".")[2] if self.kind == "node" else None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceProblem:
    """What is wrong with a reference."""

    #: The reference as it is written.
    written: str
    message: str
    fix: str
    span: SourceSpan | None = None
    #: Whether it is well formed, but of a kind that may not stand here.
    is_misplaced: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitText:
    """A text as its parts, in order: literal texts, and references between them."""

    parts: tuple[str | Reference, ...]
    problems: tuple[ReferenceProblem, ...] = ()

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references alone."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @property
    def only(self) -> Reference | None:
        """The reference that is the whole text: what it leads to keeps its type."""
        [*parts] = self.parts
        return parts[0] if len(parts) == 1 and isinstance(parts[0], Reference) else None


def split_text(
    text: str,
    span: SourceSpan | None = None,
    *,
    kinds: Mapping[str, str] = ALL_KINDS,
    holds_shell: bool = False,
) -> SplitText:
    """Split a text at its references. ``$${`` stands for ``${`` itself. What is wrong stays literal, with a problem.

    `kinds` may stand here: each with how it is written. In a text that `holds_shell` a ``${...}`` that does not look like
    a reference, ``${HOME}`` or ``${LEVEL:-info}``, is the shell's own and stays; elsewhere it is a problem.
    """
    if "${" not in text:
        return SplitText(parts=(text,) if text else ())
    parts: list[str | Reference] = []
    problems: list[ReferenceProblem] = []
    literal, end = "", 0
    for match in _ANY.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        if match[0] == "$${":
            literal += "${"
            continue
        found = _reference(match, span, kinds, holds_shell=holds_shell)
        if isinstance(found, Reference):
            parts += [literal, found] if literal else [found]
            literal = ""
            continue
        literal += match[0]
        if found is not None:
            problems.append(found)
    literal += text[end:]
    return SplitText(parts=(*parts, literal) if literal else tuple(parts), problems=tuple(problems))


def references_in(value: Json, span: SourceSpan | None = None, *, holds_shell: bool = False) -> Iterator[Reference]:
    """Yield the references in all texts of a value, keys of mappings aside."""
    if isinstance(value, str):
        yield from split_text(value, span, holds_shell=holds_shell).references
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references_in(item, span, holds_shell=holds_shell)
    elif isinstance(value, Sequence):
        for item in value:
            yield from references_in(item, span, holds_shell=holds_shell)


def holds_secret(text: str) -> bool:
    """Whether a text refers to something that is never stored."""
    return any(reference.is_secret for reference in split_text(text, holds_shell=True).references)


def is_secret_reference(text: str) -> bool:
    """Whether a text is one reference to something that is never stored, and nothing else."""
    split = split_text(text, kinds=SECRET_KINDS)
    return split.only is not None and not split.problems


def without_references(text: str, mark: str) -> str:
    """Return a text with `mark` in place of every reference to something that is never stored."""
    parts = split_text(text, holds_shell=True).parts
    return "".join(part if isinstance(part, str) else mark if part.is_secret else str(part) for part in parts)


def _reference(
    match: re.Match[str], span: SourceSpan | None, kinds: Mapping[str, str], *, holds_shell: bool
) -> Reference | ReferenceProblem | None:
    """Return the reference, or what is wrong with it; None for what is the shell's own."""
    if match[0] == _ITEM:
        return _checked(Reference(kind="item", name="", span=span), kinds)
    form = _REFERENCE.fullmatch(match[1])
    if form is None or (not match[2] and holds_shell):
        if holds_shell:
            return None
        bare = match[1].strip()
        is_variable = bool(match[2]) and _NAMES["env"].fullmatch(bare) is not None
        return ReferenceProblem(
            written=match[0],
            message=f"'{match[0]}' is no reference" if match[2] else f"'{match[0]}' has no closing brace",
            fix=f"write ${{env:{bare}}} for the environment variable, or $${{{bare}}} for the text itself"
            if is_variable
            else f"write ${{kind:name}}, for example {_forms(kinds)}; '$${{' stands for the text '${{'",
            span=span,
        )
    kind, name = form.groups()
    if not match[2]:
        return ReferenceProblem(
            written=match[0], message=f"'{match[0]}' has no closing brace", fix="add '}'", span=span
        )
    return _checked(Reference(kind=kind, name=name, span=span), kinds)


def _checked(reference: Reference, kinds: Mapping[str, str]) -> Reference | ReferenceProblem:
    written, kind = str(reference), reference.kind
    if kind not in ALL_KINDS:
        hint = known_names_hint(kind, kinds or ALL_KINDS, what="kinds of references")
        message = f"'{written}' is of no kind that there is"
        return ReferenceProblem(written=written, message=message, fix=hint, span=reference.span)
    if kind not in kinds:
        fix = f"write {_forms(kinds)}, or the value itself" if kinds else "write the value itself"
        return ReferenceProblem(
            written=written,
            message=f"the reference '{written}' cannot stand here",
            fix=fix,
            span=reference.span,
            is_misplaced=True,
        )
    problem = _name_problem(reference)
    if problem is None:
        return reference
    return ReferenceProblem(
        written=written, message=f"'{written}' {problem}", fix=f"write {ALL_KINDS[kind]}", span=reference.span
    )


def _name_problem(reference: Reference) -> str | None:
    """Say what is wrong with a reference's name."""
    kind, name = reference.kind, reference.name
    if kind == "param":
        return "names no parameter" if name_problem(name) else None
    if kind == "node":
        match = _FACT.fullmatch(name)
        if match is None:
            return f"does not say what it asks of the node: {', '.join(NODE_FACTS)} or value.KEY"
        return "names no node" if name_problem(match["node"].replace("__", "_")) else None
    if kind == "item":
        return "has no name: it is the item" if name else None
    if _NAMES[kind].fullmatch(name) is None:
        return {
            "vault": "does not say which key of which secret it means",
            "keyring": "does not say which user of which service it means",
            "sandbox": f"does not say what it asks of the sandbox: {', '.join(SANDBOX_FACTS)}",
            "gcp": "does not say which secret of which project it means",
            "azure": "does not say which secret of which vault it means",
        }.get(kind, "does not name one")
    return None


def _forms(kinds: Mapping[str, str]) -> str:
    shown = list(kinds.values())
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else shown[0] if shown else "${env:NAME}"
