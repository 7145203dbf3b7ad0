"""Tests by URL: measured now, on the versions that are there, and answered when they are over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright.access import Action
from meshwright.app.reports import TestReport
from meshwright.app.testing import TestOptions, test
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.faces.documents.verbs import test_report_document
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.keyed import Key, Made, Work, respond_once
from meshwright.faces.http.routes.environments import EnvironmentName, Select
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served
from meshwright.faces.http.touched import WHOLE_MESH, record_call
from meshwright.faces.status import answer_status
from meshwright.faces.text.run import rule_report_lines

router = ruled_router("/environments")

_START = Action.START_RUNS
#: Tests that are measured at the same time, each with an engine of its own.
_AT_ONCE = 2
_turns = threading.BoundedSemaphore(_AT_ONCE)


class TestBody(BaseModel):
    """What is to be tested."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    model_config = ConfigDict(extra="forbid")

    select: Annotated[Select, Field(description="By default the whole mesh.")] = []
    variation: Annotated[
        str | None, Field(max_length=300, description="The variation of this name, of all that is selected and has it.")
    ] = None
    params: Annotated[
        dict[str, Annotated[str, Field(max_length=10_000)]],
        Field(max_length=200, description="Parameters, as texts."),
    ] = {}
    units: Annotated[bool, Field(description="Run unit tests: on the rows of the tests, beside no data.")] = True
    data: Annotated[bool, Field(description="Measure rules on the versions that are there.")] = True


@router.post("/{environment}/test", summary="Test what is there", **ruled(_START))
def run_tests(
    request: Request,
    name: EnvironmentName,
    caller: Caller,
    server: Served,
    body: Annotated[TestBody, Body(default_factory=TestBody)],
    key: Key = None,
) -> Response:
    """Run the unit tests, and measure the rules on the versions that are there, without building anything.

    The answer comes when all is measured, which takes what it takes: a client must wait for it. Sent again with the same
    `Idempotency-Key`, a request whose answer was lost is answered without measuring again. It is 200 whatever the verdicts
    are: `ok` says whether one stops.
    """
    principal = caller.may(_START)
    select = (body.select,) if isinstance(body.select, str) else tuple(body.select)

    def permit(domains: frozenset[str]) -> object:
        record_call(request, name, domains or (WHOLE_MESH,), action="test")
        return caller.may(_START, domains)

    options = TestOptions(
        select=select,
        variation=body.variation,
        environment=name,
        params=body.params,
        has_units=body.units,
        has_data=body.data,
        permit=permit,
    )

    def do() -> TestReport:
        with _turn():
            return test(server.current(), options)

    def told(report: TestReport) -> Made:
        return Made(
            document=lambda: test_report_document(report),
            lines=lambda look: rule_report_lines(report, look),
            status=answer_status(report),
        )

    return respond_once(request, server, principal, key, body, Work(do=do, made=told))


@contextmanager
def _turn() -> Iterator[None]:
    """Let so many measure at the same time. Raises WorldError (MW-U104) for one more."""
    if not _turns.acquire(blocking=False):
        raise WorldError(
            Diagnostic(
                code="MW-U104",
                message=f"{_AT_ONCE} tests are being measured, and no more at the same time",
                fix="ask again when they are over",
            )
        )
    try:
        yield
    finally:
        _turns.release()
