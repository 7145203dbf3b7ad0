"""Secrets of every store in a whole mesh: used, and in no sink."""

from __future__ import annotations

import base64
import contextlib
import http.server
import io
import json
import re
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest

from meshwright.faces.cli.main import main
from tests.meshes import write_mesh
from tests.secrets.vaultserver import FakeVault, vault_server
from tests.sources.webserver import page, web_server

CANARY = "canary-9431/pä ss"
FORMS = (
    CANARY,
    "canary-9431",
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    json.dumps(CANARY)[1:-1],
    "canary-vault-token",
)


def command(root: Path, *words: str) -> str:
    """Run a command line and return everything that it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(list(words))
    return out.getvalue() + err.getvalue()


def holders(root: Path) -> list[str]:
    """Return the files below `root` that hold a form of the canary, as they are or inflated."""
    found = []
    for file in root.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            inflated = b"".join(_inflated(data))
            if any(form.encode() in data or form.encode() in inflated for form in FORMS):
                found.append(str(file))
    return found


def _inflated(data: bytes) -> list[bytes]:
    """Return what can be inflated: run records are kept as compressed blobs."""
    found = []
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(data[match.start() :], 1 << 20))
    return found


def _echoing(request: http.server.BaseHTTPRequestHandler) -> None:
    """Refuse in words that repeat what the server was sent, and what that stands for."""
    request.send_response(403, f"{request.headers['X-Key']} is not {CANARY}")
    request.send_header("Content-Length", "0")
    request.end_headers()


def test_no_store_s_secret_reaches_any_sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeVault(
        token="canary-vault-token", secrets={"kv/web": {"token": CANARY, "quoted": quote(CANARY, safe="")}}
    )
    root = tmp_path / "shop"
    with vault_server(fake), web_server() as web:
        monkeypatch.setenv("VAULT_ADDR", fake.address)
        monkeypatch.setenv("VAULT_TOKEN", fake.token)
        web.pages["/private.csv"] = page(b"id,name\n1,a\n", etag='"1"')
        web.pages["/refused.csv"] = _echoing
        write_mesh(
            root,
            {
                "mesh.yaml": "meshwright: 1\nname: shop\n",
                "domains/sales/domain.yaml": "name: sales\npurpose: Selling.\nowners: [team:sales]\n",
                "domains/sales/orders/models/orders.sql": "select id, name from private",
                "domains/sales/orders/pipeline.yaml": f"""
                    nodes:
                      private:
                        source: {{path: "{web.url("/private.csv")}", headers: {{X-Key: "k ${{vault:kv/web#quoted}}"}}}}
                      refused:
                        source:
                          path: "{web.url("/refused.csv")}?key=${{vault:kv/web#quoted}}"
                          headers: {{X-Key: "${{vault:kv/web#quoted}}"}}
                      nobody: {{source: {{path: "http://127.0.0.1:1/${{vault:kv/web#quoted}}/a.csv"}}, columns: {{x: INTEGER}}}}
                      absent: {{source: {{path: "https://x/${{vault:kv/web#tokem}}/a.csv"}}, columns: {{x: INTEGER}}}}
                    """,
            },
        )
        printed = [
            command(root, *words)
            for words in (
                ("check", "--json"),
                ("plan", "--json"),
                ("run",),
                ("show", "sales.orders.private", "--json"),
                ("explain", "sales.orders", "--json"),
                ("runs", "list"),
            )
        ]
        run = re.search(r"\d{8}T\d{6}-[0-9a-f]{6}", printed[-1])
        assert run is not None, "\n=====\n".join(printed)
        printed += [command(root, "runs", word, run[0], "--json") for word in ("show", "logs")]
        # Two secrets went out: they were used, and only kept quiet about.
        sent = [headers.get("X-Key") for _, path, headers in web.asked if path == "/private.csv"]
    assert any(value and value.startswith("k canary-9431") for value in sent), sent
    text = "".join(printed)
    assert "MW-X664" in text  # a key that is not there
    assert "403" in text
    assert [form for form in FORMS if form in text] == []
    assert (root / ".meshwright" / "state.db").exists()
    assert holders(root) == []


def test_no_secret_of_a_tool_s_option_reaches_any_sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "shop"
    fake = FakeVault(token="canary-vault-token", secrets={"kv/web": {"token": CANARY, "key": "canary-9431-key"}})
    one = (
        "echo it is ${vault:kv/web#key} for ${HOME}; echo ${vault:kv/web#key} | base64; "
        """echo '{\\"v\\": \\"${vault:kv/web#key}\\"}' > $MESHWRIGHT_VALUES"""
    )
    with vault_server(fake):
        monkeypatch.setenv("VAULT_ADDR", fake.address)
        monkeypatch.setenv("VAULT_TOKEN", fake.token)
        monkeypatch.setenv("HOME", "/home/of-the-shell")
        write_mesh(
            root,
            {
                "mesh.yaml": "meshwright: 1\nname: shop\n",
                "domains/sales/domain.yaml": "name: sales\npurpose: Selling.\nowners: [team:sales]\n",
                "domains/sales/orders/pipeline.yaml": f"""
                    nodes:
                      one: {{shell: "{one}"}}
                      two: {{shell: "echo ${{vault:kv/web#key}} >&2; exit 3", after: [one]}}
                    """,
            },
        )
        printed = [command(root, "check"), command(root, "plan", "--json"), command(root, "run", "--json")]
        run = re.search(r"\d{8}T\d{6}-[0-9a-f]{6}", command(root, "runs", "list"))
        assert run is not None, printed
        printed += [command(root, "runs", word, run[0], "--json") for word in ("show", "logs")]
    text = "".join(printed)
    assert "it is ${vault:kv/web#key} for /home/of-the-shell" in text
    assert "ended with status 3" in text
    assert [form for form in FORMS if form in text] == []
    assert holders(root) == []
