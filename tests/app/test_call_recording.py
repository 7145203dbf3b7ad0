"""The record of calls is written beside the answers: nobody waits for it, and an orderly end loses nothing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence

from meshwright.app.call_recording import CallRecorder
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.model.calls import Call, CallKind

LONG_S = 3600.0
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def call(number: int) -> Call:
    return Call(
        id=str(number),
        at=NOW,
        token="t",
        caller=None,
        domain="d",
        kind=CallKind.DATA,
        action="read",
        object="d.p",
        status=200,
    )


class Sink:
    """Takes batches, or refuses some of them first."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.batches: list[list[str]] = []
        self.told: list[str] = []
        self.has_come = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def write(self, calls: Sequence[Call]) -> None:
        self.has_come.set()
        self.go_on.wait()
        if self.refusals:
            self.refusals -= 1
            raise WorldError(Diagnostic(code="MW-D110", message="locked", fix="wait"))
        self.batches.append([each.id for each in calls])

    @property
    def all(self) -> list[str]:
        return [id_ for batch in self.batches for id_ in batch]


def test_an_orderly_end_writes_what_waits_in_order() -> None:
    sink = Sink()
    recorder = CallRecorder(sink.write, sink.told.append, pause_s=LONG_S)
    for number in range(2500):
        recorder.record([call(number)])
    assert sink.batches == [], "nothing is written before the pause is over"
    recorder.close()
    assert sink.all == [str(number) for number in range(2500)]
    assert len(sink.batches) == 3
    assert (recorder.recorded, recorder.lost, sink.told) == (2500, 0, [])


def test_calls_of_one_pause_are_written_together() -> None:
    sink = Sink()
    recorder = CallRecorder(sink.write, sink.told.append, pause_s=0.0)
    sink.go_on.clear()
    recorder.record([call(0)])
    assert sink.has_come.wait(30)
    recorder.record([call(1), call(2)])
    recorder.record([call(3)])
    sink.go_on.set()
    recorder.close()
    assert sink.all == ["0", "1", "2", "3"]


def test_what_the_state_refuses_is_tried_again_and_told() -> None:
    sink = Sink(refusals=2)
    recorder = CallRecorder(sink.write, sink.told.append, pause_s=0.0)
    recorder.record([call(0), call(1)])
    recorder.close()
    assert sink.all == ["0", "1"]
    assert (recorder.recorded, recorder.lost) == (2, 0)
    assert sink.told == ["calls between domains cannot be recorded for now: MW-D110 locked"] * 2


def test_beyond_its_room_the_oldest_are_given_up_and_counted() -> None:
    sink = Sink()
    recorder = CallRecorder(sink.write, sink.told.append, pause_s=LONG_S, room=10)
    recorder.record([call(number) for number in range(13)])
    recorder.close()
    assert sink.all == [str(number) for number in range(3, 13)]
    assert recorder.lost == 3
    assert sink.told == ["3 calls between domains could not be recorded"]


def test_what_comes_after_the_end_is_lost_and_counted() -> None:
    sink = Sink()
    recorder = CallRecorder(sink.write, sink.told.append)
    recorder.close()
    recorder.record([call(0)])
    recorder.record([])
    assert (sink.all, recorder.lost) == ([], 1)
