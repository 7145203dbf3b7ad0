"""Settings of mesh.yaml that take values from the environment, the address of the state above all.

Secrets stay references in the files and in every record; their values live in what is returned here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.files.addresses import holds_password

_ENV_REFERENCE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(text: str, variables: Mapping[str, str], written: Callable[[str], str] = str) -> str:
    """Put environment variables into a setting, each value as `written`. Raises InputError (MW-R016)."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in variables:
            raise InputError(
                Diagnostic(
                    code="MW-R016",
                    message=f"environment variable {name!r} is not set, and mesh.yaml takes a setting from it",
                    fix=f"set {name}, or write the setting out in mesh.yaml",
                )
            )
        return written(variables[name])

    return _ENV_REFERENCE.sub(value, text)


def state_address(text: str, variables: Mapping[str, str]) -> str:
    """Return the address of a state database, its references filled in.

    A user name or a password may hold any characters: what comes from the environment is put in as it is.
    Raises InputError for a variable that is not set (MW-R016) and a password in plain text (MW-D122).
    """
    if holds_password(text):
        raise InputError(
            Diagnostic(
                code="MW-D122",
                message="the address of the state database holds a password",
                fix="write ${env:NAME} in its place, or leave it away and use PGPASSWORD or ~/.pgpass",
            )
        )
    scheme, separator, rest = text.partition("://")
    user, at, place = rest.rpartition("@")
    if not separator or not at:
        return filled(text, variables)
    credentials = filled(user, variables, lambda value: quote(value, safe=""))
    return f"{filled(scheme, variables)}://{credentials}@{filled(place, variables)}"
