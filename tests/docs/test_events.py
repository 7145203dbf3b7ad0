"""`events.md` describes every event that is told, as it is told."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.subscriptions import SubscriptionOptions, create_subscription
from meshwright.app.workspace import open_workspace
from meshwright.faces.cli.main import main
from meshwright.model.causes import Cause, CauseKind
from meshwright.model.chains import MOST_DEPTH
from meshwright.model.happenings import TOLD_TYPES
from meshwright.model.subscriptions import EventFilter
from tests.app.telling import deliver_all, event, send
from tests.docs.pages import page, sections
from tests.meshes import SHOP, agree_to_changes, write_file, write_mesh

PAGE = page("events.md")


def schema_of(type_: str) -> dict[str, object]:
    text = sections(PAGE)[type_]
    found: dict[str, object] = json.loads(text.partition("```json")[2].partition("```")[0])
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """Everything that can happen, happens."""
    root = write_mesh(tmp_path_factory.mktemp("told"), SHOP)
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    agree_to_changes(root, "sales", "finance")
    model = root / "domains/sales/totals/models/per_customer.sql"
    text = model.read_text()
    write_file(root, "domains/sales/totals/tests/stops.sql", "select customer from per_customer")
    apply(workspace, RunOptions())
    (root / "domains/sales/totals/tests/stops.sql").unlink()
    model.write_text(text.replace("from", ", 1 as one from", 1))
    apply(workspace, RunOptions())
    odps = root / "domains/sales/orders/product.odps.yaml"
    odps.write_text(odps.read_text().replace("status: active", "status: deprecated"))
    apply(workspace, RunOptions())
    model.write_text(text.replace("from", ", 1 as one, 2 as two from", 1))
    for words in (["env", "create", "box"], ["run", "--env", "box"], ["promote", "box"], ["rollback", "prod"]):
        assert main(["-C", str(root), *words, "--json"]) == 0, words
    create_subscription(
        workspace, SubscriptionOptions(start="sales.orders", filter=EventFilter(types=("org.example.*",)))
    )
    send(workspace, event("too deep", meshwrightdepth=MOST_DEPTH))
    deliver_all(workspace)
    create_subscription(
        workspace, SubscriptionOptions(start="sales.orders", filter=EventFilter(types=("net.example.*",)), most_runs=1)
    )
    for number in range(2):
        cause = Cause(kind=CauseKind.API, name="x", at=utc_now(), key=str(number))
        apply(workspace, RunOptions(select=("sales.orders",), cause=cause))
    send(workspace, event("once more", "net.example.x"))
    deliver_all(workspace)
    with open_state_alone(workspace) as opened:
        return [json.loads(event.document) for event in opened.state.outbox.events_after(0)]


@pytest.mark.parametrize("type_", TOLD_TYPES)
def test_an_event_is_as_its_schema_says(told: list[dict[str, object]], type_: str) -> None:
    found = [each for each in told if each["type"] == type_]
    assert found, f"nothing of type {type_} happened"
    validator = jsonschema_rs.validator_for(schema_of(type_))
    for each in found:
        validator.validate(each["data"])
        assert str(each["source"]).startswith("/meshwright/")


def test_every_type_has_its_section_and_no_other() -> None:
    assert {name for name in sections(PAGE) if name.startswith("meshwright.")} == set(TOLD_TYPES)
