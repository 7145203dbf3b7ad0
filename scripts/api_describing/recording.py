"""Asks the examples of the aviation mesh, built for it, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.api_describing.examples import Recorded, recorded
from scripts.api_describing.requests import ENVIRONMENTS, MOVES, server_examples
from starlette.testclient import TestClient

from meshwright.app.apply import RunOptions, apply
from meshwright.app.init import init
from meshwright.app.serving import open_server
from meshwright.app.tokens import TokenOptions, create_link, create_token
from meshwright.app.workspace import open_workspace
from meshwright.faces.http.application import new_application

_BASE = "http://127.0.0.1"


def built_mesh(root: Path) -> Path:
    """Make the aviation mesh and publish it."""
    init(root, "aviation")
    run(root, "prod")
    return root


def run(root: Path, environment: str, *select: str) -> None:
    """Run into an environment; what does not succeed is no base for examples."""
    options = RunOptions(environment=environment, select=select, is_environment_explicit=True)
    report = apply(open_workspace(root), options)
    assert report.state == "succeeded", report


def record_examples(root: Path) -> Sequence[Recorded]:
    """Ask all examples of a mesh that `built_mesh` made; they change it."""
    workspace = open_workspace(root)
    link = create_link(workspace)
    old = create_token(workspace, TokenOptions(role="viewer", purpose="old report"))
    secret = create_token(workspace, TokenOptions(role="administrator")).secret
    with open_server(root) as server:
        client = TestClient(
            new_application(server),
            base_url=_BASE,
            headers={"Authorization": f"Bearer {secret}"},
            follow_redirects=False,
        )
        found = [*recorded(client, server_examples(link.secret, old.token.id)), *recorded(client, ENVIRONMENTS)]
        change_carriers(root)
        server.kept.look()
        run(root, "fix-delays", "reference.carriers")
        return [*found, *recorded(client, MOVES)]


def change_carriers(root: Path) -> None:
    """Change a model, so that a sandbox has something to promote."""
    path = root / "domains/reference/carriers/models/carriers.sql"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("|Corporation)", "|Corporation|Ltd\\.)"), encoding="utf-8")
