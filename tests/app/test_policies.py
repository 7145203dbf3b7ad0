"""Policies refuse, warn and advise in `check`, `plan` and `run`; exemptions stand beside them; nothing is asked twice."""

# Texts of files stand on one line each.
# ruff: noqa: E501

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.judged import judge_mesh
from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.policies import judge_policies
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, RefusedError, Severity
from meshwright.engines.duckdb.engine import DuckDBEngine
from meshwright.engines.protocol import SmallAnswer, SmallLimits, SmallQuery, SmallTable
from meshwright.faces.cli.main import main
from meshwright.state.database import open_state
from tests.meshes import write_file, write_mesh

CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
BODY = "select product, port, file, line, 'no freshness objective' as message from mesh.ports where freshness_s is null"
EXEMPTION = "{policy: ports_have_slo, object: sales.orders, owner: team:sales, reason: Soon., expires: 2999-12-31}"


def policy(level: str = "block", body: str = BODY) -> str:
    return f"-- level: {level}\n-- why: Consumers plan around freshness.\n-- fix: Promise one.\n{body}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    root = write_mesh(tmp_path / "shop")
    write_file(root, "policies/ports_have_slo.sql", policy())
    return open_workspace(root)


def found(workspace: Workspace, *selection: str) -> list[tuple[str, Severity, str]]:
    return [(one.code, one.severity, str(one.span)) for one in check(workspace, selection).diagnostics]


def command(workspace: Workspace, *words: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main(["-C", str(workspace.root), *words])
    return status, out.getvalue()


def document(workspace: Workspace, *words: str) -> dict[str, object]:
    return json.loads(command(workspace, *words, "--json")[1])  # type: ignore[no-any-return]


class CountingEngine(DuckDBEngine):
    """Counts the policies that it is asked."""

    asked = 0

    def ask(
        self, queries: Sequence[SmallQuery], tables: Sequence[SmallTable], limits: SmallLimits
    ) -> tuple[SmallAnswer, ...]:
        CountingEngine.asked += len(queries)
        return super().ask(queries, tables, limits)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> type[CountingEngine]:
    CountingEngine.asked = 0
    monkeypatch.setattr("meshwright.engines.duckdb.engine.DuckDBEngine", CountingEngine)
    return CountingEngine


# -- levels


def test_a_policy_that_blocks_refuses_check_plan_and_run(shop: Workspace) -> None:
    assert found(shop) == [("MW-V101", Severity.ERROR, f"{CONTRACT}:1:1")]
    assert command(shop, "check")[0] == 1
    with pytest.raises(RefusedError, match="ports_have_slo"):
        plan(shop, PlanOptions())
    with pytest.raises(RefusedError, match="ports_have_slo"):
        apply(shop, RunOptions())
    status, text = command(shop, "run", "--json")
    assert status == 1
    assert json.loads(text)["error"]["code"] == "MW-V101"
    assert command(shop, "runs", "list")[1].startswith("no run yet")


def test_a_refusal_beside_wrong_files_is_wrong_input(shop: Workspace) -> None:
    write_file(shop.root, "policies/ports_have_slo.sql", policy(body="select nope as message from mesh.ports"))
    write_file(shop.root, "policies/other.sql", policy())
    assert {code for code, _, _ in found(shop)} == {"MW-V101", "MW-V104"}
    assert command(shop, "check")[0] == 2
    with pytest.raises(InputError):
        plan(shop, PlanOptions())


def test_a_policy_that_warns_is_a_warning_and_a_note_of_the_plan(shop: Workspace) -> None:
    write_file(shop.root, "policies/ports_have_slo.sql", policy("warn"))
    assert found(shop) == [("MW-V101", Severity.WARNING, f"{CONTRACT}:1:1")]
    assert command(shop, "check")[0] == 0
    notes = plan(shop, PlanOptions()).notes
    assert notes == (
        "sales.orders/orders: no freshness objective (policy 'ports_have_slo': Consumers plan around freshness.)",
    )


def test_a_policy_that_advises_is_a_note_of_the_check_alone(shop: Workspace) -> None:
    write_file(shop.root, "policies/ports_have_slo.sql", policy("advise"))
    assert found(shop) == [("MW-V101", Severity.INFO, f"{CONTRACT}:1:1")]
    assert plan(shop, PlanOptions()).notes == ()


def test_a_policy_that_is_kept_says_nothing(shop: Workspace) -> None:
    with (shop.root / CONTRACT).open("a") as file:
        file.write("slaProperties: [{property: freshness, value: 1, unit: d}]\n")
    assert found(shop) == []
    assert plan(shop, PlanOptions()).notes == ()


def test_only_what_is_selected_is_refused(shop: Workspace) -> None:
    write_file(shop.root, "policies/ports_have_slo.sql", policy("advise"))
    apply(shop, RunOptions())
    write_file(shop.root, "policies/ports_have_slo.sql", policy())
    assert plan(shop, PlanOptions(select=("finance",), only=True)).steps
    assert found(shop, "finance") == []
    with pytest.raises(RefusedError):
        plan(shop, PlanOptions(select=("sales.orders",)))
    with pytest.raises(RefusedError):  # it builds what it is made from as well
        plan(shop, PlanOptions(select=("finance",)))


def test_a_violation_of_no_object_refuses_everything(shop: Workspace) -> None:
    body = "select 'too many domains' as message from mesh.domains having count(*) > 1"
    write_file(shop.root, "policies/ports_have_slo.sql", policy(body=body))
    assert found(shop) == [("MW-V101", Severity.ERROR, "policies/ports_have_slo.sql:1:1")]
    with pytest.raises(RefusedError):
        plan(shop, PlanOptions(select=("finance",), only=True))


def test_policies_wait_until_the_mesh_has_no_other_error(shop: Workspace) -> None:
    write_file(shop.root, "domains/sales/totals/models/per_customer.sql", "select nope from sales.orders.orders")
    codes = {code: severity for code, severity, _ in found(shop)}
    assert codes.pop("MW-V105") is Severity.INFO
    assert "MW-V101" not in codes
    assert command(shop, "check")[0] == 2


# -- domains


def test_a_domain_adds_policies_for_its_own_objects(shop: Workspace) -> None:
    write_file(shop.root, "policies/ports_have_slo.sql", policy("advise"))
    body = "select product, 'it has no team' as message from mesh.products where team is null"
    write_file(shop.root, "domains/finance/policies/products_have_a_team.sql", policy(body=body))
    assert found(shop) == [
        ("MW-V101", Severity.ERROR, "domains/finance/report:1:1"),
        ("MW-V101", Severity.INFO, f"{CONTRACT}:1:1"),
    ]
    state = document(shop, "policy", "list")["policies"]
    assert [(one["policy"], one["violations"]) for one in state] == [  # type: ignore[index,attr-defined]
        ("ports_have_slo", 1),
        ("finance.products_have_a_team", 1),
        ("rising_versions", 0),
    ]
    test = document(shop, "policy", "test", "products_have_a_team")
    assert (test["ok"], test["elsewhere"]) == (False, 2)


# -- exemptions


def test_an_exempted_violation_is_shown_and_refuses_nothing(shop: Workspace) -> None:
    write_file(shop.root, "policies/exemptions.yaml", f"exemptions:\n  - {EXEMPTION}\n")
    assert found(shop) == [("MW-V102", Severity.INFO, f"{CONTRACT}:1:1")]
    assert plan(shop, PlanOptions()).notes == ()
    assert command(shop, "policy", "test", "ports_have_slo")[0] == 0


def test_an_expired_exemption_is_a_warning_and_exempts_nothing(shop: Workspace) -> None:
    text = EXEMPTION.replace("2999", "2019")
    write_file(shop.root, "policies/exemptions.yaml", f"exemptions:\n  - {text}\n")
    assert [code for code, _, _ in found(shop)] == ["MW-V101", "MW-V211"]
    assert command(shop, "check")[0] == 1


@pytest.mark.parametrize(
    ("change", "code"), [(("sales.orders,", "sales.order,"), "MW-V210"), (("ports_have_slo", "ports"), "MW-V209")]
)
def test_an_exemption_of_nothing_refuses_a_plan(shop: Workspace, change: tuple[str, str], code: str) -> None:
    write_file(shop.root, "policies/exemptions.yaml", f"exemptions:\n  - {EXEMPTION.replace(*change)}\n")
    assert code in [one for one, _, _ in found(shop)]
    with pytest.raises(InputError, match=code):
        plan(shop, PlanOptions())


ADD = (
    "exemption",
    "add",
    "ports_have_slo",
    "sales.orders",
    "--owner",
    "team:sales",
    "--expires",
    "2999-12-31",
    "--reason",
)


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# agreed with the board\nexemptions:\n  # the first\n  - {policy: ports_have_slo, object: finance, owner: team:f, reason: r, expires: 2999-01-01}\n",
        "exemptions:\n- policy: ports_have_slo  # why\n  object: finance\n  owner: team:f\n  reason: >\n    folded\n\n    text\n  expires: 2999-01-01\n\n# the end\n",
        "exemptions:\r\n    - policy: ports_have_slo\r\n      object: finance\r\n      owner: team:f\r\n      reason: r\r\n      expires: 2999-01-01",
        "---\nexemptions:\n  -   policy: ports_have_slo\n      object: finance\n      owner: team:f\n      reason: 'it''s'\n      expires: 2999-01-01\n",
    ],
)
@pytest.mark.parametrize("reason", ["The feed is late.", "a: b # c", "- x", "\"quoted\" 'both' \\ ü", "yes", "12"])
def test_adding_an_exemption_keeps_everything_else(shop: Workspace, before: str, reason: str) -> None:
    path = shop.root / "policies/exemptions.yaml"
    if before:
        path.write_bytes(before.encode())
    status, text = command(shop, *ADD, reason)
    assert status == 0, text
    after = path.read_bytes().decode()
    for line in before.splitlines():
        assert line in after.splitlines()
    added = document(shop, "exemption", "list")["exemptions"]
    assert added[-1]["object"] == "sales.orders"  # type: ignore[index]
    assert added[-1]["reason"] == reason  # type: ignore[index]
    assert (added[-1]["state"], added[-1]["covers"]) == ("holds", 1)  # type: ignore[index]
    assert len(added) == 1 + bool(before)  # type: ignore[arg-type]
    assert check(shop).ok


@pytest.mark.parametrize(
    "before", [f"exemptions: [{EXEMPTION.replace('sales.orders', 'finance')}]\n", "exemptions: []\n", "exemptions: {"]
)
def test_a_file_that_cannot_take_an_entry_is_left_alone(shop: Workspace, before: str) -> None:
    path = shop.root / "policies/exemptions.yaml"
    path.write_text(before)
    status, text = command(shop, *ADD, "Soon.")
    assert status == 2
    assert "by hand" in text
    assert path.read_text() == before
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({2: "ports_have_sla"}, "did you mean 'ports_have_slo'?"),
        ({3: "sales.order"}, "did you mean 'sales.orders'?"),
        ({5: "ana"}, "team:<name>"),
        ({7: "31.12.2999"}, "2027-03-31"),
        ({7: "2019-12-31"}, "not over"),
        ({9: " "}, "--reason"),
    ],
)
def test_an_exemption_that_check_would_not_accept_is_not_added(
    shop: Workspace, change: Mapping[int, str], words: str
) -> None:
    status, text = command(shop, *(change.get(at, word) for at, word in enumerate((*ADD, "Soon."))))
    assert status == 2
    assert words in text
    assert not (shop.root / "policies/exemptions.yaml").exists()


def test_an_object_is_exempted_once(shop: Workspace) -> None:
    assert command(shop, *ADD, "Soon.")[0] == 0
    status, text = command(shop, *ADD, "Again.")
    assert status == 2
    assert "until 2999-12-31 already (policies/exemptions.yaml:2:5)" in text


def test_an_exemption_from_a_domains_policy_is_written_beside_it(shop: Workspace) -> None:
    body = "select product, 'it has no team' as message from mesh.products where team is null"
    write_file(shop.root, "domains/finance/policies/teams.sql", policy(body=body))
    words = ("--owner", "team:f", "--expires", "2999-01-01", "--reason", "r")
    status, text = command(shop, "exemption", "add", "finance.teams", "sales.orders", *words)
    assert (status, "not in domain finance" in text) == (2, True)
    assert command(shop, "exemption", "add", "finance.teams", "finance.report", *words)[0] == 0
    assert (shop.root / "domains/finance/policies/exemptions.yaml").exists()


# -- drafts


def test_a_draft_is_judged_wherever_it_lies(shop: Workspace, tmp_path: Path) -> None:
    write_file(tmp_path, "draft.sql", "select dataset, 'm' as message from mesh.datasets")
    status, text = command(shop, "policy", "test", str(tmp_path / "draft.sql"))
    assert status == 1
    assert "4 violations" in text
    assert "does not say 'why'" in text
    write_file(shop.root, "domains/finance/draft.sql", "select dataset, 'm' as message from mesh.datasets")
    status, text = command(shop, "policy", "test", "domains/finance/draft.sql")
    assert "1 violation" in text
    assert "3 rows about other domains" in text


def test_a_draft_that_cannot_be_read_is_wrong_input(shop: Workspace, tmp_path: Path) -> None:
    (tmp_path / "bytes.sql").write_bytes(b"\xff\xfe\x00")
    for name in ("bytes.sql", "absent.sql", "folder.sql"):
        (tmp_path / "folder.sql").mkdir(exist_ok=True)
        status, text = command(shop, "policy", "test", str(tmp_path / name))
        assert status == 2, name
        assert text.startswith("MW-V212"), text


# -- what people read


def test_lists_say_what_is_found_and_what_to_do_first(shop: Workspace) -> None:
    assert "no exemption; mw exemption add" in command(shop, "exemption", "list")[1]
    write_file(shop.root, "policies/wrong.sql", policy("warn", "select nope as message from mesh.ports"))
    status, text = command(shop, "policy", "list")
    assert status == 0
    rows = [line.split() for line in text.splitlines()]
    assert ["ports_have_slo", "block", "1", "0", "Consumers", "plan", "around", "freshness."] in rows
    assert ["wrong", "warn", "?", "?", "Consumers", "plan", "around", "freshness."] in rows
    assert "MW-V104 policies/wrong.sql:4:8 policy 'wrong' cannot be judged" in text
    write_file(shop.root, "domains/sales/totals/models/per_customer.sql", "select nope from sales.orders.orders")
    assert "not judged: the mesh has errors" in command(shop, "policy", "list")[1]
    assert command(shop, "policy", "test", "ports_have_slo")[0] == 2
    (shop.root / "policies/wrong.sql").unlink()
    (shop.root / "policies/ports_have_slo.sql").unlink()
    assert "no policy of your own yet: write policies/<name>.sql" in command(shop, "policy", "list")[1]


def test_a_test_of_a_policy_shows_every_violation_with_its_exemption(shop: Workspace) -> None:
    text = command(shop, "policy", "test", "ports_have_slo")[1]
    assert f"  sales.orders/orders: no freshness objective ({CONTRACT}:1)" in text
    assert text.endswith("fix: Promise one.\nx 1 violation\n")
    write_file(shop.root, "policies/exemptions.yaml", f"exemptions:\n  - {EXEMPTION}\n")
    text = command(shop, "policy", "test", "ports_have_slo")[1]
    assert "    exempted by team:sales until 2999-12-31: Soon." in text
    assert text.endswith("+ it is kept (1 violation exempted)\n")


# -- what is remembered


def test_nothing_is_asked_again_until_a_policy_or_a_table_it_reads_changes(
    shop: Workspace, counting: type[CountingEngine]
) -> None:
    write_file(shop.root, "policies/other.sql", policy("warn", "select product, 'm' as message from mesh.products"))
    before = found(shop)
    assert counting.asked == 2
    assert found(shop) == before
    assert counting.asked == 2
    write_file(shop.root, "policies/other.sql", policy("advise", "select product, 'n' as message from mesh.products"))
    found(shop)
    assert counting.asked == 3
    with (shop.root / CONTRACT).open("a") as file:
        file.write("slaProperties: [{property: freshness, value: 1, unit: d}]\n")
    found(shop)  # ports changed, products did not
    assert counting.asked == 4


def test_an_expiry_needs_no_new_answer(shop: Workspace, counting: type[CountingEngine]) -> None:
    found(shop)
    write_file(shop.root, "policies/exemptions.yaml", f"exemptions:\n  - {EXEMPTION}\n")
    assert [code for code, _, _ in found(shop)] == ["MW-V102"]
    assert counting.asked == 1


def test_a_policy_is_told_the_day(shop: Workspace) -> None:
    body = "select product, 'late' as message from mesh.products where $today > date '2020-01-01' and product = 'sales.orders'"
    write_file(shop.root, "policies/ports_have_slo.sql", policy(body=body))
    assert [code for code, _, _ in found(shop)] == ["MW-V101"]
    write_file(shop.root, "policies/ports_have_slo.sql", policy(body=body.replace("2020", "2999")))
    assert found(shop) == []


def test_what_depends_on_the_day_is_asked_again_the_next_day(shop: Workspace, counting: type[CountingEngine]) -> None:
    body = "select product, 'late' as message from mesh.products where $today > date '2026-06-01'"
    write_file(shop.root, "policies/ports_have_slo.sql", policy(body=body))
    with open_mesh(shop, "prod") as opened:
        published = read_published(opened.state.reader, "prod")
        judged = judge_mesh(opened, published.versions, {})

        def violations(day: str) -> int:
            (verdict,) = judge_policies(opened, judged, published, dt.date.fromisoformat(day)).verdicts
            return len(verdict.violations)

        assert [violations(day) for day in ("2026-06-01", "2026-06-02", "2026-06-01")] == [0, 3, 0]
    assert counting.asked == 2


def test_a_mesh_without_policies_asks_nothing(tmp_path: Path, counting: type[CountingEngine]) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    assert found(workspace) == []
    listed = document(workspace, "policy", "list")["policies"]
    assert isinstance(listed, list)
    assert all(one["built_in"] for one in listed)
    assert document(workspace, "exemption", "list")["exemptions"] == []
    assert counting.asked == 0


# -- what policies see, and what they leave alone


def test_policies_see_rules_and_what_is_published(shop: Workspace) -> None:
    body = "select dataset, test || ' ' || action as message from mesh.tests where origin = 'file'"
    write_file(shop.root, "policies/ports_have_slo.sql", policy("advise", body))
    (rule,) = document(shop, "policy", "test", "ports_have_slo")["violations"]  # type: ignore[misc]
    assert (rule["object"], rule["message"]) == ("sales.totals.per_customer", "file:no_negative_totals stop")
    body = "select dataset, rows || ' rows of ' || environment as message from mesh.versions where dataset = 'sales.orders.orders'"
    write_file(shop.root, "policies/ports_have_slo.sql", policy("advise", body))
    assert found(shop) == []
    apply(shop, RunOptions())
    (version,) = document(shop, "policy", "test", "ports_have_slo")["violations"]  # type: ignore[misc]
    assert version["message"] == "4 rows of prod"
    body = "select environment as object, generation::varchar as message from mesh.environments where is_checked"
    write_file(shop.root, "policies/ports_have_slo.sql", policy("advise", body))
    (environment,) = document(shop, "policy", "test", "ports_have_slo")["violations"]  # type: ignore[misc]
    assert environment["message"] == "3"


def test_policies_change_no_version_and_are_part_of_a_runs_record(tmp_path: Path) -> None:
    plain = open_workspace(write_mesh(tmp_path / "plain"))
    ruled = open_workspace(write_mesh(tmp_path / "ruled"))
    write_file(ruled.root, "policies/ports_have_slo.sql", policy("warn"))
    write_file(ruled.root, "policies/exemptions.yaml", f"exemptions:\n  - {EXEMPTION}\n")
    versions = []
    for workspace in (plain, ruled):
        report = apply(workspace, RunOptions())
        versions.append({step.dataset: step.version for step in report.steps})
    assert versions[0] == versions[1]
    state = open_state(f"sqlite:///{ruled.root}/.meshwright/state.db", root=ruled.root)
    (run,) = state.reader.runs()
    assert {"policies/ports_have_slo.sql", "policies/exemptions.yaml"} <= set(run.files)
    state.close()
    write_file(ruled.root, "policies/ports_have_slo.sql", policy("advise"))
    assert plan(ruled, PlanOptions()).is_empty
