"""Triggers in `pipeline.yaml`: what they become, and what is said of wrong ones, with place and fix."""

# One case a line, however long: a table is read by columns.
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from meshwright.files.loader import load_mesh
from meshwright.model import Product
from meshwright.model.schedules import CronSchedule, IntervalSchedule
from meshwright.model.triggers import Join, Missed, OnEvent, OnFile, OnPublication, Overlap, Trigger
from meshwright.model.variations import with_variations
from tests.meshes import write_file, write_mesh

PIPELINE = "domains/sales/totals/pipeline.yaml"
HEAD = "params: {day: {type: date, default: 2026-01-01}}\n"


def load(root: Path, text: str, **more: str) -> tuple[Product | None, list[tuple[str, str, str]]]:
    write_mesh(root, **more)
    write_file(root, PIPELINE, HEAD + text)
    loaded = load_mesh(root)
    assert loaded.mesh is not None
    found = [(each.code, str(each.span).removeprefix(f"{PIPELINE}:"), f"{each.message} FIX {each.fix}") for each in loaded.diagnostics]
    return with_variations(loaded.mesh).product("sales.totals"), found


def triggers(root: Path, text: str) -> dict[str, Trigger]:
    product, found = load(root, text)
    assert found == []
    assert product is not None
    return {each.name: each for each in product.triggers}


def test_every_kind_of_trigger_is_read(tmp_path: Path) -> None:
    found = triggers(tmp_path, """\
schedule: {cron: "0  5 * * mon-fri", timezone: Europe/Berlin, overlap: queue, missed: all, late_after: 2h}
triggers:
  - {every: 15m, from: "2026-01-05T06:00:00+01:00"}
  - {on: sales.orders}
  - {on: [sales.orders.orders, finance.report], join: all, name: both}
  - {event: org.example.closed, source: /pos, filter: {subject: x, data.region: [EU, 7]}, params: {day: data.day.iso}, overlap: skip}
  - {file: "data/in/**/*.csv", settle: 500ms}
  - {cron: "@daily"}
""")
    assert list(found) == ["schedule", "every_15m", "sales.orders", "both", "org.example.closed", "data/in/**/*.csv", "cron"]
    daily = found["schedule"]
    assert daily.fires == CronSchedule(expression="0 5 * * mon-fri", timezone="Europe/Berlin")
    assert (daily.overlap, daily.missed, daily.late_after_s, daily.address) == (Overlap.QUEUE, Missed.ALL, 7200, "sales.totals:schedule")
    assert found["every_15m"].fires == IntervalSchedule(every_s=900, start=dt.datetime(2026, 1, 5, 5, tzinfo=dt.UTC))
    assert (found["every_15m"].overlap, found["every_15m"].missed) == (Overlap.SKIP, Missed.ONCE)
    assert found["sales.orders"].fires == OnPublication(of=("sales.orders",))
    assert found["sales.orders"].overlap is Overlap.QUEUE
    assert found["both"].fires == OnPublication(of=("sales.orders.orders", "finance.report"), join=Join.ALL)
    assert found["org.example.closed"].fires == OnEvent(type="org.example.closed", source="/pos", filter={"subject": ("x",), "data.region": ("EU", 7)}, params={"day": "data.day.iso"})
    assert found["data/in/**/*.csv"].fires == OnFile(glob="data/in/**/*.csv", settle_s=0.5)
    assert found["cron"].fires == CronSchedule(expression="0 0 * * *")


def test_a_schedule_may_be_its_expression_alone(tmp_path: Path) -> None:
    assert triggers(tmp_path, 'schedule: "0 5 * * *"\n')["schedule"].fires == CronSchedule(expression="0 5 * * *")


def test_a_variation_has_a_schedule_of_its_own(tmp_path: Path) -> None:
    write_mesh(tmp_path)
    write_file(tmp_path, PIPELINE, HEAD + "variations:\n  nightly: {schedule: {cron: '0 5 * * *', timezone: Europe/Berlin}}\n")
    loaded = load_mesh(tmp_path)
    assert loaded.mesh is not None
    assert loaded.diagnostics == ()
    derived = with_variations(loaded.mesh).product("sales.totals@nightly")
    assert derived is not None
    assert [each.address for each in derived.triggers] == ["sales.totals@nightly:schedule"]
    plain = loaded.mesh.product("sales.totals")
    assert plain is not None
    assert plain.triggers == ()


def test_rules_are_no_part_of_when_a_trigger_fires(tmp_path: Path) -> None:
    one = triggers(tmp_path / "a", 'schedule: {cron: "0 5 * * *", overlap: queue}\n')["schedule"]
    same = triggers(tmp_path / "b", 'schedule: {cron: "0 5 * * *", missed: none, timezone: UTC}\n')["schedule"]
    other = triggers(tmp_path / "c", 'schedule: {cron: "0 6 * * *"}\n')["schedule"]
    assert one.definition == same.definition != other.definition


BAD = [
    ("minute", "schedule: {cron: '61 5 * * *'}\n", "MW-S010", "2:18", "'61' is no minute (0 to 59) FIX write minute, hour"),
    ("words", "schedule: {cron: every day}\n", "MW-S010", "2:18", "it has 2 fields, not 5"),
    ("seconds", "schedule: {cron: '0 0 5 * * *'}\n", "MW-S010", "2:18", "it has 6 fields, not 5"),
    ("weekday", "schedule: {cron: '0 5 * * mo'}\n", "MW-S010", "2:18", "'mo' is no day of the week"),
    ("macro", "schedule: '@fortnightly'\n", "MW-S010", "2:11", "there is no '@fortnightly'"),
    ("30 february", "schedule: {cron: '0 0 30 2 *'}\n", "MW-S011", "2:18", "never fires: no month 2 has a day 30"),
    ("31 april", "schedule: {cron: '0 0 31 4,6 *'}\n", "MW-S011", "2:18", "no month 4,6 has a day 31"),
    ("last monday", "triggers: [{cron: '0 0 */20 * 1L'}]\n", "MW-S011", "2:19", "never fires"),
    ("zone", "schedule: {cron: '0 5 * * *', timezone: Europe/Berln}\n", "MW-S012", "2:41", "did you mean 'Europe/Berlin'?"),
    ("zone path", "schedule: {cron: '0 5 * * *', timezone: ../../etc/passwd}\n", "MW-S012", "2:41", "IANA"),
    ("zone folder", "schedule: {cron: '0 5 * * *', timezone: Europe}\n", "MW-S012", "2:41", "IANA"),
    ("no text", "schedule: {cron: 5}\n", "MW-M103", "2:18", "not text: minute, hour"),
    ("a list", "schedule: ['0 5 * * *']\n", "MW-M103", "2:11", "a mapping such as"),
    ("neither", "schedule: {timezone: UTC}\n", "MW-S013", "2:11", "says nothing that it fires at FIX write one of {cron"),
    ("both", "schedule: {cron: '0 5 * * *', every: 1h}\n", "MW-S013", "2:11", "says 'cron' and 'every'"),
    ("two kinds", "triggers: [{on: sales.orders, event: x}]\n", "MW-S013", "2:12", "says 'on' and 'event'"),
    ("no kind", "triggers: [{name: x}]\n", "MW-S013", "2:12", "FIX write one of"),
    ("text", "triggers: [hourly]\n", "MW-S013", "2:12", "FIX write {cron"),
    ("no list", "triggers: {on: sales.orders}\n", "MW-M103", "2:11", "not a list"),
    ("unknown key", "triggers: [{on: sales.orders, joins: all}]\n", "MW-M101", "2:31", "did you mean 'join'?"),
    ("overlap", "schedule: {cron: '0 5 * * *', overlap: wait}\n", "MW-M104", "2:40", "skip, queue, cancel"),
    ("missed beside on", "triggers: [{on: sales.orders, missed: all}]\n", "MW-S018", "2:31", "FIX remove 'missed'; beside 'on' there may be: join"),
    ("zone beside every", "schedule: {every: 1h, timezone: UTC}\n", "MW-S018", "2:23", "FIX remove 'timezone'"),
    ("every 0", "schedule: {every: 0s}\n", "MW-M104", "2:19", "whole seconds, from 1s"),
    ("every 1.5 s", "schedule: {every: 1500ms}\n", "MW-M104", "2:19", "whole seconds"),
    ("from", "schedule: {every: 1h, from: tomorrow}\n", "MW-M104", "2:29", "a day or a time"),
    ("no such product", "triggers: [{on: sales.ordres}]\n", "MW-S014", "2:12", "there is no product 'sales.ordres' FIX did you mean 'sales.orders'?"),
    ("no such domain", "triggers: [{on: sails.orders}]\n", "MW-S014", "2:12", "did you mean 'sales.orders'?"),
    ("no such dataset", "triggers: [{on: sales.orders.ordres}]\n", "MW-S014", "2:12", "did you mean 'sales.orders.orders'?"),
    ("a port", "triggers: [{on: sales.orders/orders}]\n", "MW-S014", "2:17", "domain.product or domain.product.dataset"),
    ("twice", "triggers: [{on: [sales.orders, sales.orders]}]\n", "MW-S014", "2:32", "twice"),
    ("nothing", "triggers: [{on: []}]\n", "MW-S014", "2:17", "waits for nothing"),
    ("itself", "triggers: [{on: sales.totals}]\n", "MW-S015", "2:17", "would start itself"),
    ("its own dataset", "triggers: [{on: sales.totals.per_customer}]\n", "MW-S015", "2:17", "would start itself"),
    ("join of one", "triggers: [{on: sales.orders, join: all}]\n", "MW-S018", "2:37", "joins one thing"),
    ("interval", "triggers: [{on: [sales.orders.orders, finance.report.revenue], join: interval}]\n", "MW-S016", "2:12", "sales.orders.orders is not cut into intervals"),
    ("two of a name", "triggers: [{cron: '0 5 * * *'}, {cron: '0 6 * * *'}]\n", "MW-S017", "2:33", "two triggers are called 'cron', the other one stands at"),
    ("name", "triggers: [{on: sales.orders, name: 'a b'}]\n", "MW-M104", "2:37", "a lower-case letter"),
    ("filter", "triggers: [{event: x, filter: {Region: EU}}]\n", "MW-S019", "2:32", "'data.region'"),
    ("filter value", "triggers: [{event: x, filter: {data.a: {b: c}}}]\n", "MW-S019", "2:40", "a value or a list of values"),
    ("param", "triggers: [{event: x, params: {dey: data.day}}]\n", "MW-S020", "2:32", "did you mean 'day'?"),
    ("param path", "triggers: [{event: x, params: {day: 'data'}}]\n", "OK", "", ""),
    ("param value", "triggers: [{event: x, params: {day: 3}}]\n", "MW-S019", "2:37", "a place in an event"),
    ("wildcard", "triggers: [{event: 'org.*.x'}]\n", "MW-M104", "2:20", "'.*' at its end"),
    ("web", "triggers: [{file: 'https://x.org/*.csv'}]\n", "MW-S021", "2:19", "let the sender send an event"),
    ("bare", "triggers: [{file: 's3://'}]\n", "MW-S021", "2:19", "name a path or a store"),
    ("local", "triggers: [{file: 'in/*.csv', options: {key: k}}]\n", "MW-M208", "2:31", "remove 'options'"),
    ("open", "triggers: [{file: 's3://b/*', options: {secret: abc}}]\n", "MW-M216", "2:41", "${env"),
    ("folder", "triggers: [{file: 'data/'}]\n", "MW-M104", "2:19", "a path"),
]


@pytest.mark.parametrize(("name", "text", "code", "place", "words"), BAD, ids=[case[0] for case in BAD])
def test_what_is_wrong_is_said_with_place_and_fix(tmp_path: Path, name: str, text: str, code: str, place: str, words: str) -> None:
    _, found = load(tmp_path, text)
    if code == "OK":
        assert found == []
        return
    [(got_code, got_place, got_words)] = found
    assert (got_code, got_place) == (code, place)
    assert words in got_words


def test_publications_that_start_each_other_are_told_once(tmp_path: Path) -> None:
    _, found = load(tmp_path, "triggers: [{on: finance.report}]\n", **{"domains__finance__report__pipeline_DOT_yaml": "triggers: [{on: sales.totals.per_customer}]\n"})
    assert [(code, words.partition(" FIX")[0]) for code, _, words in found] == [("MW-S015", "publications start each other in a circle: finance.report waits for sales.totals waits for finance.report")]


def test_a_product_that_cannot_be_read_is_not_said_to_be_absent(tmp_path: Path) -> None:
    _, found = load(tmp_path, "triggers: [{on: finance.report.revenue}]\n", **{"domains__finance__report__models__revenue_DOT_sql": "select from from\n"})
    assert {code for code, _, _ in found}.isdisjoint({"MW-S014"})
