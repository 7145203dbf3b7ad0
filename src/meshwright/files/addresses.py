"""Addresses of state databases in mesh.yaml: which kinds there are, and whether one gives a password away."""

from __future__ import annotations

import re

#: The one form that a caller may allow: the name of an environment variable.
ENV_REFERENCE = re.compile(r"\$\{env:[A-Za-z_][A-Za-z0-9_]*\}")
DEFAULT_STATE = "sqlite:///.meshwright/state.db"
DEFAULT_STORE = ".meshwright/store"
_FILE = "sqlite:///"
_SERVERS = ("postgresql+psycopg://", "postgresql://", "postgres://")


def is_state_address(address: str) -> bool:
    """Whether an address names a database that can hold a state, as far as its text tells."""
    if ENV_REFERENCE.match(address):
        return True
    return (address.startswith(_FILE) and address != _FILE) or address.startswith(_SERVERS)


def holds_password(address: str) -> bool:
    """Whether an address has a password in plain text: anything after ``user:`` that is no reference."""
    _, separator, rest = address.partition("://")
    user, at, _ = rest.rpartition("@")
    _, colon, password = ENV_REFERENCE.sub("", user).partition(":")
    return bool(separator and at and colon and password)
