"""The verbs `token create|list|revoke`, one-time links, and who a secret lets in."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets

from meshwright.access import Principal, Role
from meshwright.app.clock import utc_now
from meshwright.app.idempotency import settles
from meshwright.app.opened import open_mesh
from meshwright.app.workspace import Workspace, who
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, known_names_hint
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.frozen import dataclass
from meshwright.state.protocol import State
from meshwright.state.records import TokenKind, TokenRecord

#: What a token looks like: its id, by which it is found, and its secret.
_FORM = re.compile(r"mwt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
#: A one-time link is good for so long.
_LINK_LIFE = dt.timedelta(minutes=15)
#: What a link is changed for is good for so long.
_SESSION_LIFE = dt.timedelta(hours=12)
_LOGIN_LIFE = dt.timedelta(days=90)
_LONGEST_MS = 3660 * 86_400_000
_ENVIRONMENT = "prod"


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenOptions:
    """What `token create` is asked for."""

    role: str
    domain: str | None = None
    #: How long it is good, as ``90d``; ``never``, and None is 90 days.
    expires: str | None = None
    purpose: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewToken:
    """A token as only its maker ever sees it."""

    token: TokenRecord
    #: What the bearer sends.
    secret: str


def create_token(workspace: Workspace, options: TokenOptions) -> NewToken:
    """Make a token. Raises InputError (MW-H002) for an unknown role or domain."""
    role = _role(options.role)
    life_s = _life_s(options.expires)
    with open_mesh(workspace, _ENVIRONMENT, create_state=True) as opened:
        if options.domain is not None and options.domain not in opened.mesh.domains:
            raise InputError(
                Diagnostic(
                    code="MW-H002",
                    message=f"no domain '{options.domain}'",
                    fix=known_names_hint(options.domain, opened.mesh.domains, what="domains"),
                )
            )
        made = _made(TokenKind.BEARER, role, options.domain, life_s, options.purpose)
        _add(opened.state, made)
        return made


def list_tokens(workspace: Workspace) -> tuple[TokenRecord, ...]:
    """Return the tokens, newest first; sessions and links are not among them."""
    with open_mesh(workspace, _ENVIRONMENT) as opened:
        return tuple(token for token in opened.state.tokens.all() if token.kind is TokenKind.BEARER)


def revoke_token(workspace: Workspace, token_id: str) -> TokenRecord:
    """Let a token end; one that has ended already stays so. Raises InputError (MW-H003) where there is none."""
    with open_mesh(workspace, _ENVIRONMENT) as opened:
        tokens = opened.state.tokens
        if tokens.find(token_id) is None:
            raise InputError(
                Diagnostic(
                    code="MW-H003",
                    message=f"no token '{token_id}'",
                    fix=known_names_hint(token_id, [each.id for each in tokens.all()], what="tokens"),
                )
            )
        tokens.end(token_id, utc_now(), who())
        found = tokens.find(token_id)
        assert found is not None  # tokens are not deleted
        return found


def create_link(workspace: Workspace) -> NewToken:
    """Make a link that lets an administrator in once, within a quarter of an hour."""
    with open_mesh(workspace, _ENVIRONMENT, create_state=True) as opened:
        made = _made(
            TokenKind.LINK, Role.ADMINISTRATOR, None, _LINK_LIFE.total_seconds(), "one-time link of the server"
        )
        _add(opened.state, made)
        return made


def use_link(workspace: Workspace, secret: str, *, is_session: bool) -> NewToken:
    """Change a one-time link for a session of a browser, or for a token. Raises RefusedError (MW-H004)."""
    with open_mesh(workspace, _ENVIRONMENT, create_state=True) as opened:
        now = utc_now()
        link = find_token(opened.state, secret)
        if link is not None and link.kind is TokenKind.LINK and link.is_good(now):
            kind = TokenKind.SESSION if is_session else TokenKind.BEARER
            life = _SESSION_LIFE if is_session else _LOGIN_LIFE
            made = _made(kind, Role(link.role), link.domain, life.total_seconds(), f"login by link {link.id}")
            if opened.state.tokens.exchange(link.id, made.token, now, made.token.id):
                return made
    raise RefusedError(
        Diagnostic(
            code="MW-H004",
            message="this link lets nobody in: it was used, or is too old",
            fix="start the server again for a new one, or make a token where the mesh lies: mw token create --role viewer",
        )
    )


def find_token(state: State, secret: str) -> TokenRecord | None:
    """Return the token that a secret belongs to, good or not; None where there is none."""
    form = _FORM.fullmatch(secret)
    if form is None:
        return None
    found = state.tokens.find(form.group(1))
    return found if found is not None and hmac.compare_digest(found.digest, _digest(form.group(2))) else None


def principal_of(token: TokenRecord) -> Principal:
    """Return who a token speaks for."""
    return Principal(id=token.id, role=Role(token.role), domain=token.domain)


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise InputError(
            Diagnostic(
                code="MW-H002", message=f"no role '{word}'", fix=known_names_hint(word, list(Role), what="roles")
            )
        ) from None


def _life_s(text: str | None) -> float | None:
    """Return how long a token is good; None for ever. Raises InputError (MW-H002)."""
    if text is None:
        return _LOGIN_LIFE.total_seconds()
    if text == "never":
        return None
    found_ms = duration_ms(text)
    if not found_ms or found_ms > _LONGEST_MS:
        raise InputError(
            Diagnostic(
                code="MW-H002",
                message=f"'{text[:50]}' is no time for which a token can be good",
                fix=f"write {DURATION_FORM}, ten years at most, or 'never'",
            )
        )
    return found_ms / 1000


def _made(kind: TokenKind, role: Role, domain: str | None, expires_s: float | None, purpose: str) -> NewToken:
    token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    now = utc_now()
    token = TokenRecord(
        id=token_id,
        kind=kind,
        digest=_digest(secret),
        role=role.value,
        domain=domain,
        purpose=purpose,
        created_at=now,
        created_by=who(),
        expires_at=None if expires_s is None else now + dt.timedelta(seconds=expires_s),
    )
    return NewToken(token=token, secret=f"mwt_{token_id}_{secret}")


def _add(state: State, made: NewToken) -> None:
    with settles(lambda is_added: made if is_added else None):
        is_added = state.tokens.add(made.token)
    if not is_added:
        raise AssertionError("48 random bits met twice")


def _digest(secret: str) -> str:
    """A secret of 256 random bits needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()
