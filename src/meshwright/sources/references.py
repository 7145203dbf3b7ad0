"""References in settings of sources, ``${env:NAME}`` and ``${file:path}``: resolved late, and never shown.

A resolved value lives in the one call that needs it. Whatever a library says about that call passes through
`Secrets.hidden` first, so that no message, record or log holds a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan

_REFERENCE = re.compile(r"\$\{(env|file):([^}]*)\}")
#: A shorter value hides nothing, and would tear holes into every message.
_SHORTEST = 3
_HIDDEN = "***"
#: Values of a URL's query may be tokens from this length on; shorter ones are words such as `require`.
_TOKEN = 12
_LARGEST_FILE_BYTES = 1 << 20


class Secrets:
    """Resolves references against environment variables and files, and remembers what must not be shown."""

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        self._root = root
        self._variables = variables
        #: Value -> what is shown instead.
        self._shown: dict[str, str] = {}

    def resolved(self, text: str, *, span: SourceSpan | None, dataset: str) -> str:
        """Return `text` with its references replaced by their values. Raises InputError (MW-X602)."""

        def value(match: re.Match[str]) -> str:
            kind, name = match.groups()
            found = self._variables.get(name) if kind == "env" else self._file(name)
            if found is None:
                what = f"environment variable {name!r} is not set" if kind == "env" else f"file {name!r} cannot be read"
                fix = f"set {name}" if kind == "env" else "put the file there; its path is relative to the mesh root"
                raise InputError(
                    Diagnostic(
                        code="MW-X602",
                        message=f"{what}, and source {dataset} needs it",
                        span=span,
                        fix=fix,
                        object=dataset,
                    )
                )
            self._hide(found, match[0])
            return found

        whole = _REFERENCE.sub(value, text)
        if whole != text:
            self._hide_parts(whole)
        return whole

    def resolved_map(self, settings: Mapping[str, str], *, span: SourceSpan | None, dataset: str) -> dict[str, str]:
        """Return `settings` with the references in their values resolved."""
        return {name: self.resolved(text, span=span, dataset=dataset) for name, text in settings.items()}

    def hide_address(self, url: str) -> None:
        """Remember what is secret inside an address that somebody wrote out: its password, and tokens in its query."""
        self._hide_parts(url)

    def hidden(self, message: str) -> str:
        """Return `message` without any value that a reference gave."""
        for secret in sorted(tuple(self._shown), key=len, reverse=True):  # noqa: C414  other threads resolve meanwhile
            message = message.replace(secret, self._shown[secret])
        return message

    def _file(self, name: str) -> str | None:
        try:
            data = (self._root / name).read_bytes()
            return data.decode("utf-8").rstrip("\r\n") if len(data) <= _LARGEST_FILE_BYTES else None
        except (OSError, UnicodeDecodeError, ValueError):
            return None

    def _hide(self, value: str, reference: str) -> None:
        for form in {value, value.strip(), quote(value, safe=""), unquote(value)}:
            if len(form) >= _SHORTEST:
                self._shown.setdefault(form, reference)
        self._hide_parts(value)

    def _hide_parts(self, value: str) -> None:
        """Hide what is secret inside a URL: the password, and the long values of its query."""
        if "://" not in value:
            return
        try:
            parts = urlsplit(value)
            secrets = [parts.password or "", *(text for _, text in parse_qsl(parts.query) if len(text) >= _TOKEN)]
        except ValueError:
            return
        for secret in secrets:
            for form in {secret, unquote(secret)}:
                if len(form) >= _SHORTEST:
                    self._shown.setdefault(form, _HIDDEN)
