"""Tokens of servers in the user's own folder: `servers.json`, readable by the user alone."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.frozen import dataclass

_FILE = "servers.json"
#: What can stand in a header as it is.
_TOKEN = re.compile(r"[!-~]{1,4096}")
#: In place of what is kept; for programs.
TOKEN_VARIABLE = "MESHWRIGHT_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """What is kept of a login."""

    token: str
    id: str
    role: str


def server_address(text: str) -> str:
    """Return the address of a server as it is kept, without path. Raises InputError (MW-U020) for what is none.

    A token is sent over plain http to this machine alone.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in {"http", "https"} or not host:
        raise InputError(
            Diagnostic(
                code="MW-U020",
                message=f"'{text.partition('?')[0]}' is no address of a server",
                fix="write it as mw serve prints it, for example http://127.0.0.1:8080",
            )
        )
    if parts.scheme == "http" and not _is_this_machine(host):
        raise InputError(
            Diagnostic(
                code="MW-U021",
                message=f"a token would be sent to {host} over plain http, for everybody on the way to read",
                fix="use https, or a tunnel to the server's machine (ssh -L 8080:127.0.0.1:8080) and http://127.0.0.1:8080",
            )
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return the user's folder for settings of meshwright."""
    base = environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base and Path(base).is_absolute() else Path.home() / ".config") / "meshwright"


def find_token(server: str, environ: Mapping[str, str]) -> str | None:
    """Return the token for a server: of the environment, else as kept. Raises InputError (MW-U022) for a damaged file."""
    given = environ.get(TOKEN_VARIABLE, "").strip()
    if given:
        return require_token(given)
    found = _read(config_folder(environ) / _FILE).get(server)
    return require_token(str(found["token"])) if found is not None and "token" in found else None


def require_token(text: str) -> str:
    """Return a token. Raises InputError (MW-U028) for what can be none; it is not repeated, for it may be a secret all the same."""
    if not _TOKEN.fullmatch(text):
        raise InputError(
            Diagnostic(
                code="MW-U028",
                message=f"what is given as a token is none: {len(text):,} characters, some of which no token has",
                fix="give the token as mw token create prints it, whole and alone",
            )
        )
    return text


def keep(server: str, credential: Credential, environ: Mapping[str, str]) -> Path:
    """Keep a token for a server, in place of one that is kept; return the file. Raises WorldError (MW-U023)."""
    path = config_folder(environ) / _FILE
    kept = {**_read(path), server: {"token": credential.token, "id": credential.id, "role": credential.role}}
    _write(path, kept)
    return path


def forget(server: str, environ: Mapping[str, str]) -> Mapping[str, str] | None:
    """Forget the token for a server; return what was kept, None where nothing was."""
    path = config_folder(environ) / _FILE
    kept = dict(_read(path))
    gone = kept.pop(server, None)
    if gone is not None:
        _write(path, kept)
    return gone


def _read(path: Path) -> Mapping[str, Mapping[str, str]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unwritable(path, error) from None
    except ValueError:
        raise _damaged(path) from None
    servers = found.get("servers") if isinstance(found, dict) else None
    if not isinstance(servers, dict) or not all(isinstance(each, dict) for each in servers.values()):
        raise _damaged(path)
    return servers


def _write(path: Path, servers: Mapping[str, Mapping[str, str]]) -> None:
    """Write the file whole or not at all; it is nobody else's to read from its first byte on."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"servers": servers}, file, indent=2)
                file.write("\n")
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def _damaged(path: Path) -> InputError:
    return InputError(
        Diagnostic(
            code="MW-U022", message=f"'{path}' is not as mw login writes it", fix="remove it, and give mw login again"
        )
    )


def _unwritable(path: Path, error: OSError) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-U023",
            message=f"'{path}' cannot be read or written: {error.strerror or error}",
            fix=f"mend that, or set {TOKEN_VARIABLE}",
        )
    )
