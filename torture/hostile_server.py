"""Hostile clients by the hundred, and one that only wants an answer: it gets all of them, and the server stays as it was."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

import httpx

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from tests.http.serving import serving, token
from tests.meshes import write_mesh
from torture.hostile_clients import CLIENTS, Target
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="hostile_server",
    page="security",
    claim=(
        "Clients that are slow, huge, endless or malformed (20 kinds, at once) are each answered in time, as their kind is to be, "
        "while every request of another client is answered, and the server's memory stays below 400 MB."
    ),
    unit="hostile clients",
    short=60,
    long=2000,
)
#: So many at once.
_AT_ONCE = 400
_MOST_KIB = 400 * 1024


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Send `n` clients, the kinds in turn."""
    root = write_mesh(folder / "shop")
    apply(open_workspace(root), RunOptions())
    tally = Tally()
    with serving(root, folder=folder) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        target = Target(host=host, port=int(port), token=token(root, "administrator"))
        asyncio.run(_assault(target, n, seed, tally))
        memory_kib = _memory_kib(server.process.pid)
        tally.trial(None if memory_kib < _MOST_KIB else f"the server holds {memory_kib} KiB")
        tally.trial(None if server.stop() == 0 else "the server did not end cleanly")
        said = server.errors.read_text()
        tally.trial(f"the server says: {said[:500]}" if "crash report" in said or "Traceback" in said else None)
    return tally


async def _assault(target: Target, n: int, seed: int, tally: Tally) -> None:
    chance = random.Random(seed)
    places = asyncio.Semaphore(_AT_ONCE)
    kinds = list(CLIENTS)
    over = asyncio.Event()
    headers = {"Authorization": f"Bearer {target.token}"}
    url = f"http://{target.host}:{target.port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        wanted = asyncio.ensure_future(_wanting(client, over, tally))
        await asyncio.gather(*(_one(target, kinds[i % len(kinds)], chance, places, tally) for i in range(n)))
        over.set()
        tally.trial(None if await wanted else "another client never came to ask")


async def _one(target: Target, kind: str, chance: random.Random, places: asyncio.Semaphore, tally: Tally) -> None:
    client, expected = CLIENTS[kind]
    async with places:
        ended = await client(target, random.Random(chance.random()))
    if ended.is_held:
        tally.trial(f"{kind}: the connection was held for a minute")
    else:
        tally.trial(None if ended.status in expected else f"{kind}: answered with {ended.status}")


async def _wanting(client: httpx.AsyncClient, over: asyncio.Event, tally: Tally) -> int:
    """Ask for what there is to know, again and again; return how often."""
    asked = 0
    while not over.is_set():
        asked += 1
        try:
            answer = await client.get("/api/v1/self")
        except httpx.HTTPError as error:
            tally.trial(f"another client's request failed: {error!r}")
        else:
            if answer.status_code != 200:
                tally.trial(f"another client's request was answered with {answer.status_code}: {answer.text[:200]}")
        await asyncio.sleep(0.05)
    return asked


def _memory_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError("the kernel tells of no memory")


if __name__ == "__main__":
    sys.exit(main(PROOF, prove))
