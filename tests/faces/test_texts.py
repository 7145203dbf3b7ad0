"""What people read, letter for letter."""

from __future__ import annotations

import dataclasses

from meshwright.app.reports import (
    CheckReport,
    DatasetCard,
    DoctorFinding,
    DoctorReport,
    Explanation,
    FileProblem,
    InitReport,
    LineageReport,
    RepairedVersion,
    RepairReport,
    UnrepairedVersion,
    VerifyReport,
    VersionCard,
)
from meshwright.app.reports import TestReport as Tested
from meshwright.app.values import RunState, StepState
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.faces.text.findings import error_lines
from meshwright.faces.text.plan import plan_lines
from meshwright.faces.text.run import rule_report_lines, run_lines
from meshwright.faces.text.show import card_lines, runs_lines
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.verbs import (
    check_lines,
    doctor_lines,
    explanation_lines,
    init_lines,
    lineage_lines,
)
from meshwright.faces.text.verify import verify_lines
from meshwright.graph.lineage import Influence
from meshwright.plan.compatibility import Change, ChangedKind, Level, ObjectChange, Reach, greatest
from meshwright.plan.values import Affected, StepAction
from tests.faces.samples import (
    ASCII,
    PIPE,
    built,
    outcome,
    placed,
    plan,
    problem,
    report,
    step,
    stopped,
    version,
)


def text(lines: list[str]) -> str:
    return "\n".join(lines)


def test_a_finding_stands_as_code_place_message_and_fix() -> None:
    assert text(error_lines([placed()], PIPE)) == (
        "MW-L003 contracts/orders.odcs.yaml:31:9 column 'custmer_id' is not in dataset sales.orders.orders\n"
        "        fix: did you mean 'customer_id'? columns: customer_id, order_id"
    )


def test_control_characters_of_a_message_cannot_reach_the_screen() -> None:
    told = text(error_lines([problem(message="bad \x1b[2Jname\u202e", fix="a\x07b")], PIPE))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\x1b[2Jname\\u202e" in told


def test_check_sums_up_after_its_findings() -> None:
    findings = (placed(), problem(severity=Severity.WARNING, fix=None))
    lines = check_lines(CheckReport(diagnostics=findings, counts={"domains": 1, "datasets": 31}), PIPE)
    assert lines[2:] == ["MW-L003 warning: it is wrong", "", "✗ 1 error, 1 warning (1 domain, 31 datasets)"]
    assert check_lines(CheckReport(diagnostics=(), counts={"domains": 5}), ASCII) == ["+ all good (5 domains)"]


def test_a_plan_is_grouped_by_product_with_reasons_and_counts() -> None:
    assert text(plan_lines(plan(), PIPE)) == (
        "plan for prod at generation 4\n"
        "\n"
        "sales.orders\n"
        "  build    orders: expression of `total` changed; input sales.orders.raw has a new version\n"
        "  pending  late: known after sales.orders.orders\n"
        "  test     orders (1 rule): 1 rule without evidence\n"
        "  publish  sales.orders: 2 datasets change\n"
        "  reuse    1 dataset\n"
        "\n"
        "affected:\n"
        "  finance.billing: reads sales.orders.orders.total; consumers: dashboard revenue\n"
        "\n"
        "note: sales.orders.raw: seen by size and time only\n"
        "\n"
        "1 to build, 1 to test, 1 to publish, 1 pending (known after what they read is built), 1 reused"
    )


def _changed(address: str, kind: ChangedKind, *changes: Change, **reaches: tuple[str, ...]) -> ObjectChange:
    level = greatest(change.level for change in changes)
    return ObjectChange(object=address, kind=kind, level=level, changes=changes, reaches=Reach(**reaches))


def _change(kind: str, level: Level, message: str) -> Change:
    return Change(path="" if kind.endswith("_added") else "columns/x", kind=kind, level=level, message=message)


def test_a_plan_says_what_changes_for_whom_and_names_nobody_twice() -> None:
    gone = _change("column_removed", Level.MAJOR, "column total removed")
    reach = {"products": ("finance.billing",), "datasets": ("finance.billing.sums", "sales.orders.daily")}
    broken = {"columns": ("finance.billing.sums.total",), "consumers": ("dashboard revenue",)}
    minor = (_change("type_widened", Level.MINOR, f"type of column {name * 20} changed") for name in "abcdefg")
    changes = (
        _changed("sales.orders.orders", ChangedKind.DATASET, gone, **reach, **broken),
        _changed("sales.orders/orders", ChangedKind.PORT, gone, **reach, **broken),
        _changed("sales.orders.wide", ChangedKind.DATASET, *minor),
        _changed("sales.new.a", ChangedKind.DATASET, _change("dataset_added", Level.MINOR, "dataset added")),
        _changed("sales.new.b", ChangedKind.DATASET, _change("dataset_added", Level.MINOR, "dataset added")),
        _changed("sales.new/p", ChangedKind.PORT, _change("port_added", Level.MINOR, "port added")),
        _changed(
            "sales.orders.late",
            ChangedKind.DATASET,
            _change("definition_changed", Level.PATCH, "definition changed"),
            products=("finance.ledger",),
        ),
    )
    one = plan(step("orders", StepAction.BUILD, "column `total` removed"))
    ledger = Affected(domain="finance", product="finance.ledger", columns=("sales.orders.late.day",))
    told = dataclasses.replace(one, changes=changes, affected=(*one.affected, ledger), notes=())
    assert text(plan_lines(told, PIPE)) == (
        "plan for prod at generation 4\n"
        "\n"
        "sales.orders\n"
        "  build    orders: column `total` removed\n"
        "\n"
        "changes: major\n"
        "  major  sales.orders.orders: column total removed\n"
        "           reaches finance.billing, sales.orders.daily\n"
        "           columns: finance.billing.sums.total\n"
        "           consumers: dashboard revenue\n"
        "  major  sales.orders/orders: column total removed\n"
        "           reaches the same as sales.orders.orders\n"
        "  minor  sales.orders.wide:\n"
        f"           - type of column {'a' * 20} changed\n"
        f"           - type of column {'b' * 20} changed\n"
        f"           - type of column {'c' * 20} changed\n"
        f"           - type of column {'d' * 20} changed\n"
        "           - 3 more changes\n"
        "  minor  sales.new: 2 new datasets, 1 new port\n"
        "  patch  sales.orders.late: definition changed\n"
        "\n"
        "affected:\n"
        "  finance.ledger: reads sales.orders.late.day\n"
        "\n"
        "1 to build"
    )


def test_a_plan_without_work_says_so() -> None:
    empty = dataclasses.replace(plan(step("raw", StepAction.REUSE)), affected=(), notes=())
    assert plan_lines(empty, PIPE) == ["✓ nothing to do: prod is up to date (1 dataset, generation 4)"]


def test_long_reasons_stand_on_a_line_each() -> None:
    lines = plan_lines(plan(step("orders", StepAction.BUILD, "a" * 60, "b" * 60)), PIPE)
    assert lines[3:6] == ["  build    orders:", f"             - {'a' * 60}", f"             - {'b' * 60}"]


def test_a_blocked_step_shows_its_problem() -> None:
    blocked = step("orders", StepAction.BLOCKED, "source is missing", problem=placed())
    told = text(plan_lines(plan(blocked), PIPE))
    assert "  blocked  orders: source is missing" in told
    assert "MW-L003 contracts/orders.odcs.yaml:31:9 column 'custmer_id'" in told
    assert "fix: did you mean 'customer_id'?" in told


def test_a_problem_is_told_once_and_not_again_with_each_step_below() -> None:
    first = step("orders", StepAction.BLOCKED, placed().message, problem=placed())
    below = step("late", StepAction.BLOCKED, placed().message, problem=placed())
    told = text(plan_lines(plan(first, below), PIPE))
    assert told.count(placed().code) == 1
    assert told.count(placed().message) == 2, "each step says why, and the place comes once"


def test_a_good_run_is_one_line() -> None:
    assert run_lines(report(), PIPE) == [
        "✓ run r1 succeeded in 1.2 s: 2 built, 0 reused, 1 test passed, 1 product published; prod is at generation 5"
    ]


def test_a_run_without_work_says_so() -> None:
    idle = report(steps=(built("raw", action=StepAction.REUSE),), tests=(), published=())
    assert run_lines(idle, PIPE) == ["✓ nothing to do: 1 dataset up to date; prod is at generation 5 (1.2 s)"]


def test_a_stopped_run_names_product_test_value_bound_and_the_next_command() -> None:
    candidate = "cd" * 16
    assert text(run_lines(stopped(), PIPE)) == (
        "tests that did not pass:\n"
        "  stop sales.orders.orders: required on `customer_id`: 12 rows\n"
        "       found 12, must be 0; rule contract:required(customer_id)\n"
        "       order_id=7, customer_id=null\n"
        f"       look: mw show {candidate}\n"
        f'       look: mw query --version {candidate} "select * from sales.orders.orders"\n'
        "\n"
        "not published (prod keeps what it had):\n"
        "  ⊘ sales.orders: a test stopped sales.orders.orders\n"
        "\n"
        "✗ run r1 failed in 1.2 s: 2 built, 0 reused, 2 tests (1 passed, 1 stopped), 0 products published, 1 not; "
        "prod is at generation 4\n"
        "next: correct sales.orders, then mw run (what is finished is not repeated); details: mw runs show r1"
    )


def test_a_failed_step_shows_the_engines_words_and_its_place() -> None:
    failed = report(RunState.FAILED, steps=(built("orders", StepState.FAILED, error=placed()),), tests=(), published=())
    told = run_lines(failed, PIPE)
    assert told[:3] == [
        "failed steps:",
        "  ✗ build sales.orders.orders",
        "    MW-L003 contracts/orders.odcs.yaml:31:9 column 'custmer_id' is not in dataset sales.orders.orders",
    ]


def test_an_interrupted_run_says_what_stands_and_how_to_go_on() -> None:
    told = run_lines(report(RunState.INTERRUPTED), PIPE)
    assert told[-2:] == ["  published before the stop: sales.orders; finished work is kept", "next: mw runs resume r1"]


def test_a_failure_of_the_world_is_continued_by_resuming() -> None:
    failed = built("orders", StepState.FAILED, error=problem(), is_retryable=True)
    assert run_lines(report(RunState.FAILED, steps=(failed,), tests=()), PIPE)[-1].startswith("next: mw runs resume r1")


def test_tests_are_told_only_where_they_did_not_pass() -> None:
    told = rule_report_lines(
        Tested(tests=(outcome("pass"), outcome("warn", "warn")), untested=("sales.x.y: never built",)), PIPE
    )
    assert told[0] == "  warn sales.orders.orders: required on `customer_id`: 12 rows"
    assert told[-2:] == ["  untested sales.x.y: never built", "✓ 2 tests (1 passed, 1 warned)"]


def test_lineage_is_two_trees_and_ends_on_cycles_of_names() -> None:
    lineage = LineageReport(
        object="a.p.c",
        nodes=("a.p.a", "a.p.b", "a.p.c", "a.p.d"),
        edges=(
            ("a.p.a", "a.p.b", Influence.DIRECT),
            ("a.p.a", "a.p.c", Influence.INDIRECT),
            ("a.p.b", "a.p.c", Influence.DIRECT),
            ("a.p.c", "a.p.d", Influence.DIRECT),
        ),
    )
    assert text(lineage_lines(lineage, PIPE)) == (
        "a.p.c\nmade from:\n├─ a.p.a (indirect)\n└─ a.p.b\n   └─ a.p.a\nused by:\n└─ a.p.d"
    )
    assert "`- a.p.d" in text(lineage_lines(lineage, ASCII))


def test_a_lineage_of_thousands_of_levels_is_drawn() -> None:
    edges = tuple((f"a.p.n{i}", f"a.p.n{i + 1}", Influence.DIRECT) for i in range(3000))
    assert len(lineage_lines(LineageReport(object="a.p.n3000", nodes=(), edges=edges), PIPE)) == 3002


def test_verify_tells_damage_from_waste() -> None:
    broken = FileProblem(path="s/x.parquet", kind="damaged", dataset="a.p.d", version="ab", detail="checksum differs")
    waste = FileProblem(
        path="s/y.parquet", kind="orphan", dataset=None, version=None, detail="no version", size_bytes=1500, age_s=90
    )
    told = text(
        verify_lines(
            VerifyReport(versions=2, files=3, bytes=4000, problems=(broken,), orphans=(waste,), is_deep=True), PIPE
        )
    )
    assert "damaged s/x.parquet (a.p.d, version ab): checksum differs" in told
    assert "1 file (1.5 kB) that no version lists" in told
    assert "no version; last written 1 min 30 s ago" in told
    assert "✗ 1 thing not as recorded (2 versions, 3 files, 4.0 kB; every byte compared)" in told
    assert told.endswith("fix: mw verify --repair builds lost versions again")


def test_a_repair_tells_what_it_did_and_what_it_could_not() -> None:
    done = RepairedVersion(dataset="a.p.d", version="ab", rows=4, files=("s/z.parquet",), seconds=0.5)
    lost = UnrepairedVersion(dataset="a.p.e", version="cd", error=Diagnostic(code="MW-R062", message="it changed"))
    repair = RepairReport(
        repair_id="r1",
        repaired=(done,),
        unrepaired=(lost,),
        quarantined=(("s/x.parquet", ".quarantine/r1/s/x.parquet"),),
        readers=("prod",),
    )
    report = VerifyReport(versions=2, files=3, bytes=4000, problems=(), orphans=(), is_deep=True, repair=repair)
    assert text(verify_lines(report, PIPE)).splitlines() == [
        "✓ repaired a.p.d (version ab): 4 rows, 0.50 s",
        "✗ not repaired: a.p.e (version cd)",
        "  MW-R062 it changed",
        "1 file moved to '.quarantine/r1' in the store",
        "files for plain readers written anew: prod",
        "✓ everything is there and whole (2 versions, 3 files, 4.0 kB; every byte compared)",
    ]


def test_doctor_shows_the_fix_of_what_is_not_fine() -> None:
    findings = (
        DoctorFinding(topic="python", ok=True, detail="3.11.7"),
        DoctorFinding(topic="disk", ok=False, detail="10 MB free", fix="make room"),
    )
    assert doctor_lines(DoctorReport(findings=findings), PIPE) == [
        "✓ python: 3.11.7",
        "✗ disk: 10 MB free",
        "        fix: make room",
    ]


def test_init_tells_the_next_steps() -> None:
    made = InitReport(directory="/x/my mesh", template="blank", files=3, data_files=0, bytes=900)
    assert init_lines(made, PIPE, shown="my mesh", is_here=False) == [
        "✓ wrote a mesh into 'my mesh' from template 'blank': 3 files (900 B)",
        "next:",
        "  cd 'my mesh'",
        "  mw check      look for problems, before anything runs",
        "  mw plan       what would be built, and why",
        "  mw run        build, test and publish",
    ]


def test_explain_shows_its_lines_under_the_object() -> None:
    told = explanation_lines(Explanation(object="a.p.d", kind="dataset", lines=("it is new",)), PIPE)
    assert told == ["dataset a.p.d", "  it is new"]


def test_a_dataset_card_says_how_to_read_it() -> None:
    card = DatasetCard(
        address="sales.orders.orders",
        description="All orders.",
        owners=("team:sales",),
        environment="prod",
        published=version(),
        versions=(version(),),
        reads=("sales.orders.raw",),
        read_by=(),
        ports=("sales.orders/orders",),
        tests=(outcome("pass"),),
    )
    told = text(card_lines(card, PIPE))
    assert 'read         mw query "select * from sales.orders.orders limit 10"' in told
    assert f"→  {'ab' * 16}  1,234 rows, 2.0 kB, built 2026-01-31 07:15:02Z" in told
    assert "order_id  BIGINT" in told


def test_a_candidate_says_that_nothing_points_to_it() -> None:
    told = text(card_lines(VersionCard(version=version(), published_in=(), tests=(), files=("/s/1.parquet",)), PIPE))
    assert "state        candidate: no environment points to it" in told
    assert f'mw query --version {"ab" * 16} "select * from sales.orders.orders"' in told


def test_no_runs_yet_is_a_sentence() -> None:
    assert runs_lines((), PIPE) == ["no run yet; mw run makes the first one"]


def test_colour_only_paints() -> None:
    """Without its escapes the coloured text is the plain one."""
    import re

    coloured = text(run_lines(stopped(), Look(is_terminal=True, has_color=True)))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(run_lines(stopped(), PIPE))
