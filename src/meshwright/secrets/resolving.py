"""Resolves references, as late as possible, and remembers what must not be shown.

A resolved value lives in the one call that needs it. Whatever a library or a tool says about that call passes through
`Secrets.hidden` first, so that no message, record or log holds a value. Stores' clients are imported by the first reference
that needs them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, SourceSpan, WorldError
from meshwright.frozen import dataclass
from meshwright.model.references import ALL_KINDS, SECRET_KINDS, Json, Reference, SplitText, split_text
from meshwright.secrets.hiding import Hidden
from meshwright.secrets.local import Files, Variables
from meshwright.secrets.protocol import PATIENCE_S, SecretNotFound, Store

#: Gives the values of references that are no secrets: ``param`` and ``node``.
Values = Callable[[Reference], Json]
_AWS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
#: Kind of reference -> variables that hold what its store is asked with: secrets as well.
_CREDENTIALS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "vault": ("VAULT_TOKEN", "VAULT_SECRET_ID"),
        "aws": _AWS,
        "aws-ssm": _AWS,
        "azure": ("AZURE_CLIENT_SECRET", "AZURE_PASSWORD"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Who needs a value, for messages: ``MW-X664 place there is no secret ..., and node a.b.c needs it``."""

    #: ``node a.b.c``.
    by: str
    span: SourceSpan | None = None
    #: Address of the object that a finding is about.
    object: str | None = None


class Secrets:
    """Resolves references of the mesh at `root`. It may be shared by threads, and leaves no process."""

    def __init__(
        self,
        root: Path,
        variables: Mapping[str, str],
        *,
        patience_s: float = PATIENCE_S,
        stores: Mapping[str, Store] | None = None,
    ) -> None:
        self._root = root
        self._variables = variables
        self._patience_s = patience_s
        #: Kind of reference -> its store; `stores` are given, the others are opened when needed.
        self._stores: dict[str, Store] = dict(stores or {})
        self._hidden = Hidden()
        self._lock = threading.Lock()
        #: What was found: reference -> value. Asked for once.
        self._found: dict[str, Json] = {}

    def __repr__(self) -> str:
        return "Secrets()"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("secrets do not leave the process")

    def fresh(self) -> Secrets:
        """Return secrets for another step: each reference is asked for again, since a value may have changed meanwhile.

        What was resolved before stays hidden in both.
        """
        again = Secrets(self._root, self._variables, patience_s=self._patience_s)
        again._stores = self._stores
        again._hidden = self._hidden
        return again

    def resolved(self, text: str, *, span: SourceSpan | None, dataset: str) -> str:
        """Return `text` of a source with its references replaced by their values. Raises MeshwrightError (MW-X6xx)."""
        return self._joined(text, Need(by=f"source {dataset}", span=span, object=dataset), None)

    def resolved_map(self, settings: Mapping[str, str], *, span: SourceSpan | None, dataset: str) -> dict[str, str]:
        """Return `settings` with the references in their values resolved."""
        return {name: self.resolved(text, span=span, dataset=dataset) for name, text in settings.items()}

    def resolved_value(self, value: Json, need: Need, values: Values | None = None) -> Json:
        """Return a value with the references in all its texts resolved; keys of mappings stay.

        A text that is only a reference becomes what the store has, with its type; inside a text numbers stand as in JSON,
        and a mapping or list cannot stand. ``$${`` becomes ``${``. `values` gives those of ``param`` and ``node``.
        Raises InputError, or WorldError where a store may answer later.
        """
        if isinstance(value, str):
            only = _split(value, need, values).only
            return self._joined(value, need, values) if only is None else self._value(only, need, values)
        if isinstance(value, Mapping):
            return {key: self.resolved_value(item, need, values) for key, item in value.items()}
        if isinstance(value, Sequence):
            return [self.resolved_value(item, need, values) for item in value]
        return value

    def resolved_text(self, text: str, need: Need) -> str:
        """Return a text with its references replaced by their values; one that is only a reference is a text as well."""
        return self._joined(text, need, None)

    def hide(self, value: Json) -> None:
        """Remember a value that came by another way and must not be shown."""
        self._hidden.add(value)

    def hide_address(self, url: str) -> None:
        """Remember what is secret inside an address that somebody wrote out: its password, and tokens in its query."""
        self._hidden.add_parts(url)

    def hidden(self, message: str) -> str:
        """Return `message` without any value that a reference gave, in whichever form it stands there."""
        return self._hidden.hidden(message)

    def _joined(self, text: str, need: Need, values: Values | None) -> str:
        split = _split(text, need, values)
        texts = []
        for part in split.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            found = self._value(part, need, values)
            if isinstance(found, str):
                texts.append(found)
            elif found is None or isinstance(found, bool | int | float):
                texts.append(json.dumps(found))
            else:
                kind = "a mapping" if isinstance(found, Mapping) else "a list"
                message = f"{part} is {kind}, which cannot stand inside a text"
                raise _error(SecretNotFound("MW-X665", message, fix=f"write {part} alone"), message, need)
        whole = "".join(texts)
        if any(reference.is_secret for reference in split.references):
            self._hidden.add_parts(whole)
        return whole

    def _value(self, reference: Reference, need: Need, values: Values | None) -> Json:
        if not reference.is_secret:
            assert values is not None  # without it, a reference to a value is refused when the text is split
            return values(reference)
        written = str(reference)
        with self._lock:
            if written in self._found:
                return self._found[written]
        try:
            found = self._asked(reference)
        except SecretNotFound as failure:
            raise _error(failure, self.hidden(failure.message), need) from None
        self._hidden.add(found, written)
        with self._lock:
            return self._found.setdefault(written, found)

    def _asked(self, reference: Reference) -> Json:
        """Ask the store, no longer than patience allows: clients keep to no common time limit."""
        store = self._store(reference.kind)
        if reference.kind in {"env", "file"}:
            return store.value(reference.name)
        answers: list[Json] = []
        failures: list[BaseException] = []

        def ask() -> None:
            try:
                answers.append(store.value(reference.name))
            except BaseException as error:  # noqa: BLE001  carried over to the thread that waits
                failures.append(error)

        asking = threading.Thread(target=ask, name="secret", daemon=True)
        asking.start()
        asking.join(self._patience_s)
        if answers:
            return answers[0]
        if not failures:
            raise SecretNotFound(
                "MW-X662",
                f"the store of {reference} did not answer within {self._patience_s:.0f} seconds",
                fix="check its address and the network, and run again",
                is_retryable=True,
            )
        [error] = failures
        if isinstance(error, SecretNotFound | MeshwrightError) or not isinstance(error, Exception):
            raise error
        # A store's library failed in a way that its own documentation does not name; its words may hold anything.
        words = self.hidden(" ".join(str(error).split()))[:300]
        raise SecretNotFound(
            "MW-X667", f"the store of {reference} failed: {type(error).__name__}: {words}", is_retryable=True
        )

    def _store(self, kind: str) -> Store:
        with self._lock:
            found = self._stores.get(kind)
            if found is None:
                found = self._stores[kind] = _opened(kind, self._root, self._variables, self.hide)
                for name in _CREDENTIALS.get(kind, ()):
                    self.hide(self._variables.get(name))
            return found


def _opened(kind: str, root: Path, variables: Mapping[str, str], hide: Callable[[Json], None]) -> Store:
    """Return the store of a kind. Imports its module: each is for its kind alone."""
    match kind:
        case "env":
            opened: Store = Variables(variables=variables)
        case "file":
            opened = Files(root=root)
        case "vault":
            from meshwright.secrets.vault import Vault

            opened = Vault(variables, hide=hide)
        case "keyring":
            from meshwright.secrets.keyring import Keyring

            opened = Keyring()
        case "gcp":
            from meshwright.secrets.gcp import Gcp

            opened = Gcp()
        case "azure":
            from meshwright.secrets.azure import Azure

            opened = Azure()
        case _:
            from meshwright.secrets.aws import Aws

            opened = Aws("secretsmanager" if kind == "aws" else "ssm")
    return opened


def _split(text: str, need: Need, values: Values | None) -> SplitText:
    """Split a text; one that `check` did not see may hold wrong references. Raises InputError (MW-X651)."""
    split = split_text(text, need.span, kinds=ALL_KINDS if values else SECRET_KINDS, holds_shell=True)
    for problem in split.problems:
        raise InputError(
            Diagnostic(code="MW-X651", message=problem.message, span=need.span, fix=problem.fix, object=need.object)
        )
    return split


def _error(failure: SecretNotFound, message: str, need: Need) -> InputError | WorldError:
    found = Diagnostic(
        code=failure.code,
        message=f"{message}, and {need.by} needs it",
        span=need.span,
        fix=failure.fix,
        object=need.object,
    )
    return WorldError(found) if failure.is_retryable else InputError(found)
