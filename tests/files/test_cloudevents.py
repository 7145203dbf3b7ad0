"""CloudEvents as they come in, and as we write them: what the standard's own library makes we read, what we make it reads."""

# One case a line, however long: a table is read by columns.

from __future__ import annotations

import datetime as dt
import json

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as LibraryEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.files.standards.cloudevents import MOST_BYTES, read_events
from meshwright.model.happenings import OwnEvent, own_event

GOOD = {"specversion": "1.0", "id": "1", "source": "/pos", "type": "org.example.closed"}
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def problems(*events: object) -> list[str]:
    content = events[0] if len(events) == 1 else list(events)
    _, findings = read_events(json.dumps(content).encode(), "e.json")
    assert all(each.code == "MW-S031" and each.fix for each in findings)
    return [each.message for each in findings]


BAD = [
    ("no event", [1], "a number is no event"),
    ("specversion", [{**GOOD, "specversion": "0.3"}], "specversion is '0.3'"),
    (
        "no specversion",
        [{key: value for key, value in GOOD.items() if key != "specversion"}],
        "'specversion' is missing",
    ),
    ("null id", [{**GOOD, "id": None}], "'id' is missing"),
    ("number as id", [{**GOOD, "id": 7}], "'id' is a number, not text that says something"),
    ("empty source", [{**GOOD, "source": ""}], "'source' is empty text, not text that says something"),
    ("blank in source", [{**GOOD, "source": "a b"}], "'source' 'a b' is no URI reference"),
    ("name", [{**GOOD, "myAttribute": "x"}], "'myAttribute' is no name of an attribute"),
    ("object attribute", [{**GOOD, "extra": {}}], "'extra' is an object; an attribute is text"),
    ("float attribute", [{**GOOD, "extra": 1.5}], "'extra' is a number; an attribute is text"),
    ("large number", [{**GOOD, "extra": 2**31}], "'extra' is 2147483648, beyond 32 bits"),
    ("time", [{**GOOD, "time": "yesterday"}], "'time' 'yesterday' is no time"),
    ("half a percent in source", [{**GOOD, "source": "/100%"}], "'source' '/100%' is no URI reference"),
    ("second 60 within an hour", [{**GOOD, "time": "2026-01-31T00:00:60Z"}], "is no time"),
    ("second 60 before all time", [{**GOOD, "time": "0001-01-01T00:59:60+05:00"}], "is no time"),
    ("hour 24", [{**GOOD, "time": "2026-01-31T24:00:00Z"}], "is no time"),
    ("a zone of a day", [{**GOOD, "time": "2026-01-31T00:00:00+24:00"}], "is no time"),
    ("a blank for T", [{**GOOD, "time": "2026-01-31 00:00:00Z"}], "is no time"),
    ("day 32", [{**GOOD, "time": "2026-01-32T00:00:00Z"}], "is no time"),
    ("time without zone", [{**GOOD, "time": "2026-01-31T00:00:00"}], "is no time"),
    ("dataschema", [{**GOOD, "dataschema": "no/scheme"}], "is no URI with a scheme"),
    ("both data", [{**GOOD, "data": 1, "data_base64": "AA=="}], "there are 'data' and 'data_base64'"),
    ("base64", [{**GOOD, "data_base64": "%"}], "'data_base64' is no Base64"),
    ("too large", [{**GOOD, "data": "x" * MOST_BYTES}], "it is larger than"),
    ("in a batch", [GOOD, {**GOOD, "id": ""}], "event 2: 'id' is empty text"),
]


@pytest.mark.parametrize(("name", "events", "words"), BAD, ids=[case[0] for case in BAD])
def test_what_is_no_event_is_said(name: str, events: list[object], words: str) -> None:
    found = problems(*events)
    assert len(found) == 1
    assert words in found[0]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(problems({}, {"specversion": "2"}, GOOD)) == 4 + 4


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"a": }', "1:7"),
        (b"", "1:1"),
        (b"[\n {", "2:3"),
        (b"\xff", "1:1"),
        (b'{"a": NaN}', "1:1"),
        (b"[" * 100_000, "1:1"),
    ],
)
def test_what_is_no_json_is_said_with_its_place(data: bytes, place: str) -> None:
    events, [finding] = read_events(data, "e.json")
    assert events == ()
    assert str(finding.span) == f"e.json:{place}"


def test_null_attributes_are_absent_and_null_data_is_data() -> None:
    [event], findings = read_events(json.dumps({**GOOD, "subject": None, "data": None}).encode(), "e")
    assert findings == ()
    assert json.loads(event.document) == {**GOOD, "data": None}


_NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20).filter(
    lambda name: (
        name not in {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"}
    )
)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None)
@given(
    id_=_TEXTS,
    extra=st.dictionaries(_NAMES, st.integers(-(2**31), 2**31 - 1) | st.booleans() | _TEXTS, max_size=3),
    data=st.dictionaries(_TEXTS, st.integers() | _TEXTS),
)
def test_what_the_library_writes_is_read(id_: str, extra: dict[str, object], data: dict[str, object]) -> None:
    attributes = {
        "id": id_,
        "source": "/pos",
        "type": "org.example.x",
        "time": NOW,
        "datacontenttype": "application/json",
        **extra,
    }
    written = JSONFormat().write(LibraryEvent(attributes=attributes, data=data))
    [event], findings = read_events(written, "e.json")
    assert findings == ()
    assert (event.id, event.source, event.type) == (id_, "/pos", "org.example.x")
    assert json.loads(event.document)["data"] == data


def test_what_we_write_is_read_by_the_library() -> None:
    own = own_event(
        OwnEvent(source="/meshwright/prod", id="a b", type="meshwright.dataset.late", subject="d.p.x", data={"n": 1}),
        NOW,
    )
    read = JSONFormat().read(None, own.document)
    assert (read.get_id(), read.get_type(), read.get_time(), read.get_data()) == (
        "a b",
        "meshwright.dataset.late",
        NOW,
        {"n": 1},
    )
    events, findings = read_events(own.document.encode(), "own")
    assert (len(events), findings) == (1, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", "2026-03-01t12:00:00.123456789z"),
        ("time", "2026-03-01T12:00:00-00:00"),
        ("time", "2016-12-31T23:59:60Z"),
        ("time", "2017-01-01T05:29:60.5+05:30"),
        ("time", "9999-12-31T23:59:59Z"),
        ("source", "/Läden/Straße"),
        ("source", "/a%20b"),
        ("source", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"),
        ("source", "#part"),
    ],
)
def test_times_and_sources_of_every_form_are_taken_as_they_are(name: str, value: str) -> None:
    events, findings = read_events(json.dumps({**GOOD, name: value}).encode(), "x")
    assert findings == ()
    assert json.loads(events[0].document)[name] == value
