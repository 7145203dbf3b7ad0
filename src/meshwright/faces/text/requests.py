"""Runs that are asked for by URL, as lines for people."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.app.values import RequestedRun
from meshwright.diagnostics import Diagnostic
from meshwright.faces.text.terminal import Look, printable
from meshwright.faces.text.words import time_words


def requested_lines(run_id: str, state: str, lacking: Diagnostic | None, look: Look) -> list[str]:
    """Answer to a request for a run."""
    lines = [f"{look.paint(f'run {run_id}', 'bold')} {state}", f"mw runs logs {run_id} --follow shows how it goes"]
    return lines if lacking is None else [*lines, f"{lacking.code} {lacking.message}", f"fix: {lacking.fix}"]


def stopped_lines(run_id: str, state: str, asked: Sequence[str], look: Look) -> list[str]:
    """Answer to a request that a run stops."""
    line = f"{look.paint(f'run {run_id}', 'bold')} {state}"
    others = [each for each in asked if each != run_id]
    told = f": asked to stop{f', with {len(others)} that it has started' if others else ''}" if asked else ""
    return [f"{line}{told}"]


def waiting_lines(request: RequestedRun, state: str, look: Look) -> list[str]:
    """A run that is not recorded."""
    lines = [
        look.paint(f"run {request.run_id}", "bold"),
        f"  state        {state}",
        f"  environment  {request.environment}",
        f"  asked for    {time_words(request.requested_at)} by {printable(request.by)}",
    ]
    return [*lines, f"  because      {printable(request.reason)}"] if request.reason else lines


def listed_requests_lines(requests: Sequence[tuple[RequestedRun, str]]) -> list[str]:
    """Runs that are not recorded, below the list of those that are."""
    return [
        f"{request.run_id} {state} in {request.environment}, asked for {time_words(request.requested_at)}"
        f" by {printable(request.by)}"
        for request, state in requests
    ]
