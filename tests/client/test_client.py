"""The typed client, on the real application, waiting and awaited."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from meshwright.client import AsyncClient, Changed, Client, Forbidden, NotFound, Refused, Unauthorized, WrongInput
from tests.http.conftest import mold, root, shop  # noqa: F401 - fixtures
from tests.http.serving import BASE, Served, token


class InProcess(httpx.BaseTransport):
    """Sends requests to the application in this process."""

    def __init__(self, shop: Served) -> None:  # noqa: F811
        self._client = shop.nobody

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._client.request(
            request.method, str(request.url), content=request.read(), headers=dict(request.headers)
        )
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)


def client_of(shop: Served, role: str = "administrator", domain: str | None = None) -> Client:  # noqa: F811
    return Client(BASE, token(shop.root, role, domain), http=InProcess(shop), attempts=1)


def test_a_sandbox_is_made_shown_and_given_up(shop: Served) -> None:  # noqa: F811
    with client_of(shop) as client:
        made = client.development.create_environment(name="box", select=["sales.totals"], expires="3d")
        assert (made["schema"], made["environment"]) == ("meshwright/environment-answer/1", "box")
        assert client.development.get_environment("box")["base"] == "prod"
        assert client.development.diff_of_environment("box", data=False, select=["sales.totals"])["datasets"] == []
        assert client.development.delete_environment("box")["environment"] == "box"


def test_a_list_is_gone_through_page_after_page(shop: Served) -> None:  # noqa: F811
    with client_of(shop) as client:
        for number in range(5):
            client.development.create_environment(name=f"box-{number}")
        found = [each["name"] for each in client.development.all_environments(page_size=2)]
        assert found == ["prod", *(f"box-{number}" for number in range(5))]
        assert [call["action"] for call in client.server.all_calls(page_size=1)] == ["create"] * 5


def test_refusals_are_exceptions_by_status_with_code_and_fix(shop: Served) -> None:  # noqa: F811
    with client_of(shop) as client:
        with pytest.raises(NotFound) as missing:
            client.development.get_environment("nowhere")
        assert (missing.value.code, missing.value.status) == ("MW-R013", 404)
        assert "mw env create" in missing.value.fix
        assert missing.value.diagnostics[0]["code"] == "MW-R013"
        assert "MW-R013 no environment 'nowhere'" in str(missing.value)
        with pytest.raises(WrongInput):
            client.development.create_environment(name="No!")
        client.development.create_environment(name="box")
        with pytest.raises(Refused):
            client.development.create_environment(name="box")
        with pytest.raises(Changed):
            client.development.delete_environment("box", if_match='"77"')
    with client_of(shop, "viewer") as viewer, pytest.raises(Forbidden):
        viewer.development.create_environment(name="mine")
    with Client(BASE, None, http=InProcess(shop)) as nobody, pytest.raises(Unauthorized):
        nobody.server.who_calls()


@pytest.mark.parametrize("name", ["../prod", "a/b", "..", ".", "a?b", "a#b", "a%2Fb", "", "ü", "a\nb"])
def test_a_name_cannot_leave_its_place_in_the_path(shop: Served, name: str) -> None:  # noqa: F811
    with client_of(shop) as client, pytest.raises((NotFound, WrongInput)) as refused:
        client.development.delete_environment(name)
    assert refused.value.code in {"MW-R013", "MW-H018", "MW-H019"}


def test_the_same_awaited(shop: Served) -> None:  # noqa: F811
    async def work() -> list[str]:
        http = httpx.ASGITransport(shop.nobody.app)  # type: ignore[attr-defined]
        async with AsyncClient(BASE, token(shop.root, "administrator"), http=http) as client:
            await client.development.create_environment(name="box")
            with pytest.raises(Refused):
                await client.development.create_environment(name="box")
            return [each["name"] async for each in client.development.all_environments(page_size=1)]

    assert asyncio.run(work()) == ["prod", "box"]


def test_it_needs_nothing_but_httpx() -> None:
    """Neither the rest of meshwright nor pyarrow is there where somebody only calls a server."""
    program = (
        "import sys; import meshwright.client\n"
        "print([n for n in sys.modules if n.split('.')[0] in ('pyarrow', 'fastapi', 'pydantic', 'duckdb', 'sqlalchemy')"
        " or n.startswith('meshwright.') and not n.startswith('meshwright.client')])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_the_command_line_does_without_it_where_no_server_is_named(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom meshwright.faces.cli.main import main\nmain(['--help'])\n"
        "sys.exit(any(n.split('.')[0] in ('httpx', 'fastapi') for n in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=tmp_path, check=False).returncode == 0
    )


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x", "http://", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no http address"):
        Client(url)
