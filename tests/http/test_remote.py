"""The command line through a server: the same documents, text and exit statuses as where the mesh lies."""

from __future__ import annotations

import difflib
import io
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.runs import list_runs
from meshwright.app.tokens import create_link
from meshwright.app.workspace import open_workspace
from meshwright.faces.cli.groups import LazyGroup
from meshwright.faces.cli.main import RootCommands
from meshwright.faces.cli.remote import THROUGH
from meshwright.faces.cli.remote_places import PLACES
from tests.http.comparing import comparable
from tests.http.rich import MODEL, said
from tests.http.serving import Serving, serving, token
from tests.meshes import SHOP, write_file

EVENT = {"specversion": "1.0", "id": "1", "source": "/shops/berlin", "type": "org.example.closed", "data": {"n": 1.10}}
#: Files that commands read: they lie where the command is given, whoever carries it out.
FILES = {
    "one.json": json.dumps(EVENT),
    "many.json": "\ufeff" + json.dumps([{**EVENT, "id": str(each)} for each in range(1, 4)]),
    "none.json": "[]",
    "broken.json": '{"specversion":\n  "1.0",,}',
    "wrong.json": json.dumps([EVENT, {"id": 3}]),
    "ours.json": json.dumps({**EVENT, "type": "meshwright.product.published"}),
    "latin.json": "caf\u00e9",
}
#: Commands, without a worker, in an order in which each has something to do; some are refused. Words in capitals change files:
#: see `CHANGES`.
COMMANDS: tuple[str, ...] = (
    "check",
    "check sales",
    "check nowhere",
    "check --env nowhere",
    "plan",
    "plan sales.totals --variation nightly",
    "plan --retest sales.orders --only",
    "plan --param least=5 sales.totals",
    "plan --param least=5 --param least=6",
    "plan --param least",
    "plan --param most=5",
    "plan --refresh sales.orders",
    "plan --interval yesterday",
    "plan nowhere",
    "plan --env nowhere",
    "plan --resolved sales.totals --variation big",
    "plan --resolved --only",
    "plan --resolved nowhere",
    "run sales.totals --dry-run --retest",
    "run nowhere --dry-run",
    "test",
    "test sales --data",
    "test --unit --param least=9",
    "test nowhere",
    "test sales.totals --param most=9",
    "policy test every_product_described",
    "policy test breaking_changes",
    "policy test none",
    "policy test",
    "policy test none --all",
    "policy test --all",
    "variation diff sales.totals@big",
    "variation diff sales.totals.per_customer@big --key customer --tolerance 0.1 --sample 1",
    "variation diff sales.totals@big --no-data --with nightly",
    "variation diff sales.totals@huge",
    "variation diff sales.totals",
    "variation diff sales.totals@big --tolerance nan",
    "variation promote sales.totals@big --dry-run",
    "variation promote sales.totals@nightly",
    "variation promote sales.totals@huge",
    "variation promote sales.totals@big",
    "LOOK",
    "plan sales.totals",
    "variation promote sales.totals@big",
    "variation drop sales.totals@big --env nowhere",
    "variation drop sales.totals.per_customer@big",
    "variation drop sales.totals@big --reason over",
    "variation drop sales.totals@big",
    "variation list",
    "event send one.json",
    "event send many.json",
    "event send none.json",
    "event send broken.json",
    "event send wrong.json",
    "event send ours.json",
    "event send latin.json",
    "event send nothing.json",
    "event send .",
    "event list",
    "schedule list sales.totals --next 2",
    "schedule list --next 0",
    "schedule pause sales.totals --reason maintenance",
    "schedule list",
    "schedule pause sales.totals --reason again",
    "schedule resume sales.totals --catch-up",
    "schedule resume sales.totals",
    "BREAK",
    "check",
    "plan",
    "test --data",
    "policy test breaking_changes",
    "MISSPELL",
    "check",
    "check finance",
    "plan",
    "test",
    "policy list",
    "policy test every_product_described",
    "variation promote sales.totals@big",
    "UNMESH",
    "check",
    "plan",
    "test",
    "MEND",
    "check sales",
    "plan finance",
)
#: Those for which a worker runs beside the server: some ask it for runs.
WORKED: tuple[str, ...] = (
    "show sales",
    "show sales.orders",
    "show sales.orders/orders",
    "show sales.orders/orders/v9",
    "show sales.orders.orders",
    "show sales.orders.orders --rules",
    "show sales.orders.orders --rule quality:enough",
    "show sales.orders.orders --rule none",
    "show sales.orders.orders --intervals",
    "show sales.orders.nothing",
    "show 0123456",
    "explain currency",
    "explain nothing",
    "lineage finance.report.by_customer",
    "lineage sales.totals.per_customer.total",
    "lineage nothing",
    "impact sales.orders.orders",
    "impact",
    "policy list",
    "exemption list",
    "component list",
    "component show nothing",
    "variation list",
    "schedule list nothing",
    "schedule pause nothing --reason x",
    "schedule resume nothing",
    "env list",
    "env create box --select sales.totals --expires 3d",
    "env create box",
    "env create BOX",
    "env list",
    "env show box",
    "env show nothing",
    "promote box --quiet",
    "RUN_INTO_BOX",
    "env show box --history --limit 3",
    "env diff box",
    "env diff box sales.totals --no-data --tolerance 0.1 --sample 1",
    "env diff box nowhere",
    "env rebase box",
    "promote box --quiet --reason better",
    "env show prod --history",
    "rollback prod sales.totals --only --reason worse",
    "rollback prod --to 77",
    "pin sales.orders --reason audit",
    "env show prod",
    "unpin sales.orders",
    "unpin sales.orders",
    "env extend box --expires never",
    "env delete box",
    "env delete box",
    "token create --role viewer --domain finance --purpose try",
    "token create --role king",
    "token list",
    "token revoke nobody",
    "runs list --limit 3",
    "runs show RUN",
    "runs show nothing",
    "runs list --tree",
    "runs logs RUN",
    "runs logs RUN orders",
    "runs logs RUN nothing",
    "runs logs RUN --follow --search orders",
    "runs logs",
    "runs stop RUN",
    "runs stop nothing",
    "runs resume RUN",
    "runs resume RUN --from orders --quiet",
    "runs resume RUN --from nothing",
    "runs repeat RUN --quiet",
    "runs repeat nothing --quiet",
    "run sales.totals --retest --quiet",
    "run sales.totals --quiet",
    "run nowhere",
    "run sales.orders --param nothing=1",
    "run sales.orders --env nowhere",
    "run sales.orders@nightly",
    "runs export RUN",
    "runs export --check nothing.zip",
    "runs diff RUN RUN",
    "runs cost --by domain",
    "runs openlineage RUN",
    "event list",
    "subscription create --type org.example.* --run sales.orders --owner sales",
    "subscription create",
    "subscription list",
    "subscription show nothing",
    "subscription pause nothing --reason x",
    "subscription resume nothing",
    "subscription rotate nothing",
    "subscription delete nothing",
    "delivery list",
    "delivery show nothing",
    "delivery replay nothing",
    "delivery skip nothing",
    "calls list --kind data",
    "calls list --since soon",
    "calls summary --to nowhere",
)


@pytest.fixture
def server(root: Path, tmp_path: Path) -> Iterator[Serving]:
    with serving(root, folder=tmp_path) as found:
        yield found


def first_run(root: Path) -> str:
    """The run that published the shop, which both copies have."""
    return list_runs(open_workspace(root), 100)[-1].id


def run_into_box(root: Path) -> None:
    path = root / MODEL
    write_file(root, MODEL, path.read_text().replace("select", "select 1 as one,", 1))
    apply(open_workspace(root), RunOptions(environment="box", select=("sales.totals",), is_environment_explicit=True))


def replace_in(name: str, before: str, after: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / name).read_text()
        assert before in text
        (root / name).write_text(text.replace(before, after, 1))

    return change


ORDERS = "domains/sales/orders/models/orders.sql"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"


def take_a_column(root: Path) -> None:
    """Take a column from a port that another domain reads: what is refused, and whom it reaches."""
    replace_in(ORDERS, "amount, placed", "amount")(root)
    replace_in(CONTRACT, "              - {name: placed, logicalType: date}\n".replace("        ", "", 1), "")(root)
    write_file(
        root, "domains/finance/report/models/revenue.sql", "select sum(amount) as revenue from sales.orders.orders"
    )


def mend(root: Path) -> None:
    for name in (ORDERS, CONTRACT, "domains/finance/report/models/revenue.sql"):
        write_file(root, name, SHOP[name])
    write_file(root, "mesh.yaml", SHOP["mesh.yaml"])


#: What happens to the files on both sides, by its word among the commands.
CHANGES: dict[str, Callable[[Path], None]] = {
    "RUN_INTO_BOX": run_into_box,
    "LOOK": lambda _root: None,
    "BREAK": take_a_column,
    "MISSPELL": replace_in(ORDERS, "from raw_orders", "from raw_order"),
    "UNMESH": replace_in("mesh.yaml", "meshwright: 1", "meshwright: many"),
    "MEND": mend,
}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("has_worker", [False, True], ids=["alone", "worker"])
def test_every_command_answers_as_where_the_mesh_lies(
    rich_mold: Path,
    tmp_path: Path,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    form: str,
    *,
    has_worker: bool,
) -> None:
    local = Path(shutil.copytree(rich_mold, tmp_path / "local"))
    remote = Path(shutil.copytree(rich_mold, tmp_path / "remote"))
    folder = tmp_path / "here"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(text.encode("latin-1" if name.startswith("latin") else "utf-8"))
    monkeypatch.chdir(folder)
    wrong: list[str] = []
    # A worker would start what events and schedules do, which nobody does where the mesh lies.
    with serving(remote, *([] if has_worker else ["--api-only"]), folder=tmp_path) as server:
        monkeypatch.setenv("MESHWRIGHT_TOKEN", token(remote, "administrator"))
        token(local, "administrator")
        create_link(open_workspace(local))  # as the server has made one: both have as many tokens
        for command in WORKED if has_worker else COMMANDS:
            if command in CHANGES:
                CHANGES[command](local)
                CHANGES[command](remote)
                if command == "RUN_INTO_BOX":
                    _let_see(server)
                continue
            words = [*command.replace("RUN", first_run(local)).split(), *(["--json"] if form == "json" else [])]
            here, there = said(capsys, "-C", str(local), *words), said(capsys, "--server", server.url, *words)
            if there[0] != here[0]:
                wrong.append(f"{command}: status {there[0]}, not {here[0]}: {there} {here}")
            if command.startswith("runs openlineage"):  # of other folders, whose schemas and files it names
                assert there[1].count('"eventType"') == here[1].count('"eventType"') > 0
                continue
            told_here, told_there = here[1].replace(str(local), "ROOT"), there[1].replace(str(remote), "ROOT")
            wrong += _differences(command, _comparable(told_here, form), _comparable(told_there, form))
            wrong += _differences(f"{command} (errors)", comparable(here[2]), comparable(there[2]))
    assert not wrong, "\n".join(wrong)


def _differences(command: str, here: Any, there: Any) -> list[str]:
    """Return what differs between what a command says where the mesh lies and through a server."""
    if here == there:
        return []
    lines = [(each if isinstance(each, str) else json.dumps(each, indent=1)).splitlines() for each in (here, there)]
    return [f"{command}:", *(line for line in difflib.ndiff(*lines) if not line.startswith((" ", "?")))]


def _let_see(server: Serving) -> None:
    """Wait until the server has seen that files changed: it looks once a second."""
    for _ in range(600):
        headers = {"Authorization": f"Bearer {os.environ['MESHWRIGHT_TOKEN']}"}
        diff = httpx.get(f"{server.url}/api/v1/environments/box/diff", params={"data": False}, headers=headers)
        if diff.json().get("datasets"):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not see the change")


#: Fields that documents have by URL besides.
_BY_URL = frozenset({"next", "next_after", "links", "history"})


def _comparable(out: str, form: str) -> Any:
    if form != "json":
        # Runs by URL say who asked for them.
        return comparable(out).replace(" api <who>", "")
    # Lists by URL go on where those of the command line end.
    return comparable(_without_causes({key: value for key, value in json.loads(out).items() if key not in _BY_URL}))


def _without_causes(value: Any) -> Any:
    """Return a document without what says that its runs were asked for by URL."""
    if isinstance(value, dict):
        return {key: _without_causes(each) for key, each in value.items() if key not in {"cause", "request"}}
    return [_without_causes(each) for each in value] if isinstance(value, list) else value


def test_every_command_of_the_table_is_compared() -> None:
    """A command that is added to the table is added to those that are compared."""
    compared = {words for words in THROUGH for command in (*COMMANDS, *WORKED) if f"{command} ".startswith(f"{words} ")}
    assert sorted(THROUGH - compared - {"query"}) == [], "queries are compared in test_remote_queries"


def _commands(group: type[LazyGroup], words: tuple[str, ...] = ()) -> Iterator[str]:
    for name, entry in group.entries.items():
        inner = getattr(getattr(entry, "info", None), "cls", None)
        if inner is not None:
            yield from _commands(inner, (*words, name))
        else:
            yield " ".join((*words, name))


#: Arguments that a command needs to be understood.
NEEDED = {
    "domain new": "x --owner team:x",
    "product new": "x.y",
    "contract lint": "x",
    "contract test": "x --data y",
    "contract diff": "x y",
    "contract import": "x",
    "contract export": "x --to avro",
    "policy add": "x",
    "exemption add": "x y --owner team:x --reason r --expires 2999-01-01",
}


@pytest.mark.parametrize("command", sorted(PLACES))
def test_a_command_that_works_where_the_mesh_lies_refuses_a_server(
    capsys: pytest.CaptureFixture[str], config: Path, command: str
) -> None:
    words = [*command.split(), *NEEDED.get(command, "").split()]
    status, out, _ = said(capsys, "--server", "http://127.0.0.1:9", *words, "--json")
    code = json.loads(out)["error"]["code"]
    # One that lacks an argument says that first.
    assert (status, code) in {(2, "MW-U024"), (2, "MW-L003")}, out
    assert code == "MW-U024" or command not in NEEDED


def test_every_command_works_through_a_server_or_says_why_it_does_not() -> None:
    """A new command is put into the table of its requests, or into `PLACES` with its reason: never into both."""
    elsewhere = {*PLACES, "login", "logout"}
    assert set(_commands(RootCommands)) == elsewhere | THROUGH
    assert elsewhere & THROUGH == set()
    assert all(reason and fix for reason, fix in PLACES.values())


def test_a_server_of_the_environment_is_used_and_can_be_left_aside(
    server: Serving, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MESHWRIGHT_SERVER", server.url)
    monkeypatch.setenv("MESHWRIGHT_TOKEN", token(server.root, "viewer"))
    assert said(capsys, "env", "list")[0] == 0
    assert said(capsys, "-C", str(server.root), "--server", "", "doctor")[0] == 0
    for words in (("doctor",), ("policy", "list", "--available")):
        status, _, err = said(capsys, *words)
        assert (status, err.partition(" ")[0]) == (2, "MW-U024")


def test_the_one_time_link_logs_in_and_the_token_is_kept_for_its_user_alone(
    server: Serving, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = said(capsys, "login", server.login, "--json")
    document = json.loads(out)
    assert (status, document["schema"], document["role"], document["server"]) == (
        (0, "meshwright/login/1", "administrator", server.url)
    )
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
    assert json.loads(config.read_text())["servers"][server.url]["token"] not in out
    assert said(capsys, "--server", server.url, "env", "list")[0] == 0
    assert said(capsys, "--server", f"{server.url}/api/v1/", "env", "list")[0] == 0
    status, out, _ = said(capsys, "login", server.login, "--json")
    assert (status, json.loads(out)["error"]["code"]) == (1, "MW-H004")
    status, out, _ = said(capsys, "logout", server.url)
    assert (status, "forgot the token" in out) == (0, True)
    status, out, _ = said(capsys, "--server", server.url, "env", "list", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, "MW-U026")
    assert said(capsys, "logout", server.url)[0] == 2


def test_a_token_logs_in_from_standard_input(
    server: Serving, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(token(server.root, "viewer", "finance") + "\n"))
    status, out, _ = said(capsys, "login", server.url)
    assert (status, "as viewer of finance" in out) == (0, True)
    status, _, err = said(capsys, "--server", server.url, "env", "create", "box")
    assert (status, err.partition(" ")[0]) == (1, "MW-H014")
    monkeypatch.setattr(sys, "stdin", io.StringIO("mwt_000000000000_" + "x" * 43))
    status, _, err = said(capsys, "login", server.url)
    assert (status, err.partition(" ")[0]) == (1, "MW-H013")
    assert json.loads(config.read_text())["servers"][server.url]["role"] == "viewer", "what was kept stays"
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert said(capsys, "login", server.url)[2].startswith("MW-U028")


@pytest.mark.parametrize(
    ("server", "code"),
    [
        ("localhost:8080", "MW-U020"),
        ("ftp://localhost", "MW-U020"),
        ("http://", "MW-U020"),
        ("http://[::1", "MW-U020"),
        ("http://127.0.0.1:99999", "MW-U020"),
        ("http://data.example.org", "MW-U021"),
        ("http://127.0.0.1.example.org", "MW-U021"),
        ("http://127.0.0.1:9", "MW-U025"),
    ],
)
def test_a_wrong_server_is_told(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: str, code: str
) -> None:
    monkeypatch.setenv("MESHWRIGHT_TOKEN", "mwt_secret")
    status, out, _ = said(capsys, "--server", server, "env", "list", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (3 if code == "MW-U025" else 2, code)
    assert "mwt_secret" not in out


@pytest.mark.parametrize("text", ["{", "[]", '{"servers": 3}', '{"servers": {"x": 3}}'])
def test_a_damaged_file_of_logins_is_told(config: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    config.parent.mkdir(parents=True)
    config.write_text(text)
    status, out, _ = said(capsys, "--server", "http://127.0.0.1:9", "env", "list", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, "MW-U022")


def test_a_run_is_asked_for_followed_and_told(
    server: Serving, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MESHWRIGHT_TOKEN", token(server.root, "administrator"))
    status, out, err = said(capsys, "--server", server.url, "run", "sales.totals", "--retest", "--json")
    record = json.loads(out)
    assert (status, record["schema"], record["state"]) == (0, "meshwright/run/1", "succeeded"), (out, err)
    assert err.startswith(f"run {record['run_id']}\n")
    status, out, _ = said(capsys, "--server", server.url, "run", "nowhere", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, "MW-G201")
    write_file(server.root, "domains/sales/totals/tests/never.sql", "select * from per_customer")
    until = time.monotonic() + 60  # the server looks at its files once a second; before that nothing is to be done
    while True:
        status, out, err = said(capsys, "--server", server.url, "run", "sales.totals", "--quiet")
        if status != 0 or time.monotonic() > until:
            break
        time.sleep(0.1)
    assert (status, err) == (1, ""), (out, err)
