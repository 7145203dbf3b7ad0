"""Whose a sandbox is: the domain's whose token made it. Others were made where the mesh lies, or belong to no domain."""

from __future__ import annotations

from meshwright.app.environments import open_state_alone
from meshwright.app.workspace import Workspace
from meshwright.frozen import dataclass

_TOKEN = "token:"  # noqa: S105 - how records name a token, see `access.Principal.name`


@dataclass(frozen=True, kw_only=True, slots=True)
class Ownership:
    """What may be changed of an environment depends on."""

    is_sandbox: bool
    #: The domain that it belongs to; None for none in particular.
    domain: str | None


def owner_of(workspace: Workspace, environment: str) -> Ownership:
    """Return whose an environment is; one that is not there is nobody's, and no sandbox."""
    with open_state_alone(workspace) as opened:
        if environment in opened.settings.environments:
            return Ownership(is_sandbox=False, domain=None)
        reader = opened.state.reader
        found = reader.environment(environment)
        begun = reader.provisioning(environment) if found is None else None
        maker = begun.begun_by if begun is not None else (found.created_by if found is not None else "")
        token = opened.state.tokens.find(maker.removeprefix(_TOKEN)) if maker.startswith(_TOKEN) else None
        return Ownership(is_sandbox=bool(maker), domain=token.domain if token is not None else None)
