"""The examples of the API name no machine, nobody, and no moment of their making; made again elsewhere they are the same."""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from typing import Any

from scripts.api_describing.neutral import HOST, MOMENT, PERSON, ROOT, Neutral

from meshwright.faces.http.described import described

#: Of the data, of what the examples ask for, and of the fixed moment: no clock shows a whole hour.
_BY_HAND = re.compile(r"T\d\d:00:00(Z|\+00:00)?$")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")


def _of(root: str, person: str, host: str, began: dt.datetime, digit: str) -> tuple[Any, Neutral]:
    """An answer as one machine gives it at one moment, and what makes it neutral."""
    run = f"{began:%Y%m%dT%H%M%S}-{digit * 6}"
    later = began + dt.timedelta(seconds=int(digit), microseconds=1)
    answer = {
        "run_id": run,
        "parent": f"{began:%Y%m%dT%H%M%S}-{'e' + digit * 11}",
        "by": person,
        "token": f"mwt_{digit * 12}_{digit * 43}",
        "id": digit * 12,
        "secret": f"whsec_{digit * 43}=",
        "digest": digit * 32,
        "paths": [f"{root}/.meshwright/store/{digit * 32}/{run}-1.parquet"],
        "started_at": later.isoformat(),
        "expires_at": (later + dt.timedelta(days=7)).isoformat(),
        "day": f"{began:%Y-%m-%d}",
        "at": "2013-01-01T05:00:00Z",
        "event": {"runId": f"{digit * 8}-{digit * 4}-5{digit * 3}-8{digit * 3}-{digit * 12}"},
        "seconds": float(digit),
        "text": f"took {digit}.5 s",
        "infrastructure": [{"host": host, "pid": int(digit), "system": f"Linux {digit}"}],
        "costs": [{"unit": "cpu_s", "before": int(digit), "after": None}, {"unit": "rows_written", "before": 5}],
        "next": f"WzEsIj{digit * 30}",
        "rows": 1458,
    }
    return answer, Neutral(root=root, person=person, began=began, ended=later)


def test_two_machines_give_the_same_example() -> None:
    utc = dt.UTC
    one, first = _of("/tmp/tmpx1/aviation", "root@vm", "vm", dt.datetime(2026, 11, 30, 21, 5, 7, tzinfo=utc), "3")
    two, second = _of("/home/eva/a/aviation", "eva@desk", "desk", dt.datetime(2027, 1, 2, 3, 4, 5, tzinfo=utc), "7")
    made = first(one)
    assert made == second(two)
    assert made["paths"][0].startswith(f"{ROOT}/.meshwright/store/{made['digest']}/{made['run_id']}")
    assert made["id"] == made["token"][4:16]
    assert made["by"] == PERSON
    assert made["infrastructure"][0]["host"] == HOST
    assert (made["started_at"], made["expires_at"]) == (
        MOMENT.isoformat(),
        (MOMENT + dt.timedelta(days=7)).isoformat(),
    )
    assert (made["at"], made["rows"]) == ("2013-01-01T05:00:00Z", 1458)
    assert made["costs"] == [
        {"unit": "cpu_s", "before": 0.2, "after": None},
        {"unit": "rows_written", "before": 5},
    ]


def test_the_examples_name_no_machine_and_no_moment() -> None:
    text = json.dumps(described("examples.json"), ensure_ascii=False)
    assert tempfile.gettempdir() + "/" not in text
    assert "/tmp" not in text
    people = set(re.findall(r"[\w.-]+@[\w.-]*[A-Za-z][\w-]*", text))
    assert {each for each in people if not each.endswith(("@example.org", "@canary"))} == {PERSON}
    assert set(re.findall(r'"host": "([^"]*)"', text)) == {HOST}
    assert {found for found in _TIME.findall(text) if not _BY_HAND.search(found)} == set()
