"""Asks the examples of the aviation mesh, built for it, in this process."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scripts.api_describing.examples import Example, Recorded, recorded
from scripts.api_describing.requests import (
    CATALOG,
    DATA,
    DELIVERIES,
    ENVIRONMENTS,
    EVENTS,
    MOVES,
    OUTSIDE,
    PROMOTED,
    RUNS,
    RUNS_COMPARED,
    VARIED,
    server_examples,
)
from starlette.testclient import TestClient

from meshwright.app.apply import RunOptions, apply
from meshwright.app.init import init
from meshwright.app.serving import open_server
from meshwright.app.tokens import TokenOptions, create_link, create_token
from meshwright.app.workspace import open_workspace
from meshwright.faces.cli.main import main
from meshwright.faces.http.application import new_application, openapi_document

_BASE = "http://127.0.0.1"
_POLICY_EXAMPLES = """\
examples:
  - name: a port that promises nothing
    given: {mesh.ports: [{port: sales.orders/orders, product: sales.orders}]}
    violations: [sales.orders/orders]
"""


def built_mesh(root: Path) -> Path:
    """Make the aviation mesh and publish it."""
    init(root, "aviation")
    mesh = root / "mesh.yaml"  # a receiver of events on this machine, which does not answer
    mesh.write_text(mesh.read_text(encoding="utf-8") + "http: {allow: [127.0.0.1/32]}\n", encoding="utf-8")
    pipeline = root / "domains/reference/carriers/pipeline.yaml"  # something to pause
    text = pipeline.read_text(encoding="utf-8")
    pipeline.write_text(text.rstrip() + "\ntriggers: [{event: org.example.carriers.changed}]\n", encoding="utf-8")
    (root / "policies/ports_promise_freshness.test.yaml").write_text(_POLICY_EXAMPLES, encoding="utf-8")
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
    answers: dict[str, Any] = {}
    #: Operations that there are: each piece of the API can do without others.
    known = {told["operationId"] for item in openapi_document()["paths"].values() for told in item.values()}
    with open_server(root) as server:
        client = TestClient(
            new_application(server),
            base_url=_BASE,
            headers={"Authorization": f"Bearer {secret}"},
            follow_redirects=False,
        )

        def ask(*examples: Example) -> list[Recorded]:
            return list(recorded(client, [each for each in examples if each.operation in known], answers))

        found = ask(*server_examples(link.secret, old.token.id), *CATALOG, *DATA, *RUNS, *ENVIRONMENTS)
        carry_on(root)  # what waits is about the files as they are, and not about those that are promoted
        change_carriers(root)
        server.kept.look()
        run(root, "fix-delays", "reference.carriers")
        with carrying_on(root):
            found += ask(*PROMOTED)
        found += ask(*MOVES, *RUNS_COMPARED, *EVENTS)
        carry_on(root)
        found += ask(*DELIVERIES, *OUTSIDE)
        run(root, "prod", "operations.flights@canary")
        return [*found, *ask(*VARIED)]


@contextlib.contextmanager
def carrying_on(root: Path) -> Iterator[None]:
    """Let a worker carry out what is asked for while the block waits for it."""
    is_over = threading.Event()

    def work() -> None:
        while not is_over.wait(0.1):
            carry_on(root)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def carry_on(root: Path) -> None:
    """Let a worker carry out what was asked for, and take the events round, until there is nothing to do."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main(["-C", str(root), "worker", "--until-idle"])


def change_carriers(root: Path) -> None:
    """Change a model, so that a sandbox has something to promote."""
    path = root / "domains/reference/carriers/models/carriers.sql"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("|Corporation)", "|Corporation|Ltd\\.)"), encoding="utf-8")
