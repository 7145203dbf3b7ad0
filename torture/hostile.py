"""Malformed and hostile documents in the place of every YAML file of a mesh: bytes flipped, cut and doubled, values put
for one another, and the known bombs. A failure: an exception, an error without a place in a file, or an answer that takes
two seconds or more."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from meshwright.app.init import init
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.files.loader import load_mesh
from meshwright.graph import build_graph
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="hostile",
    claim="malformed and hostile YAML documents: an answer under 2 s, findings at file:line:column, no traceback",
    unit="documents",
    short=150,
    long=10_000,
)
_LIMIT_S = 2.0
_MOST_FINDINGS = 10_000

#: Texts that stand where a value stood.
_VALUES: Sequence[Callable[[random.Random], bytes]] = (
    lambda rng: b"[" * rng.choice((3, 200, 100_000)),
    lambda rng: b"{a: " * rng.choice((3, 200, 50_000)),
    lambda rng: b"- " * rng.choice((3, 500, 50_000)) + b"x",
    lambda rng: b"&a [" + b"*a, " * rng.choice((2, 1_000)) + b"]",
    lambda _: b"&a {<<: *a}",
    lambda _: b"*nowhere",
    lambda rng: b"9" * rng.choice((19, 400, 100_000)),
    lambda rng: b"1e" + b"9" * rng.choice((3, 4_000)),
    lambda _: b"0x" + b"f" * 5_000,
    lambda rng: b"x" * rng.choice((300, 2_000_000)),
    lambda rng: b"${" * rng.choice((1, 20_000)),
    lambda rng: rng.choice(
        (b"!!python/object/apply:os.system [ls]", b"!!binary =", b"!<tag:x> y", b"!!map [1]", b"!a!b c")
    ),
    lambda rng: rng.choice(
        (b"yes", b"~", b".nan", b"-.inf", b"0o17", b"1_000", b"12:30:45", b"2013-13-41", b"=", b"''")
    ),
    lambda rng: rng.choice(
        (b"|", b">-\n x", b"'", b'"', b'"\\x', b'"\\uD800"', b"\x00", b"\xff\xfe", b"\t", b"%", b"@", b"`")
    ),
    lambda rng: rng.choice(("\u2028", "\u0085", "\ufeff", "e\u0301" * 50, "\U0001f600", "\u202e")).encode(),
    lambda _: b"? {a: b}\n: c",
    lambda _: b"a\n---\nb: 1\n...\nc",
    lambda _: b"[a, [b, [c]], {d: [e]}, null, true, 1.5]",
)
_WHOLE: Sequence[Callable[[], bytes]] = (
    lambda: b"",
    lambda: b"\n" * 100_000,
    lambda: b"#" * 1_000_000,
    lambda: b"a: &x 1\n" + b"".join(b"b%d: [*x, *x]\n" % i for i in range(5_000)),
    lambda: b"a: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in range(1, 60)),
    lambda: (
        b"m0: &m0 {k: v}\n" + b"".join(b"m%d: &m%d {<<: [*m%d, *m%d]}\n" % (i, i, i - 1, i - 1) for i in range(1, 40))
    ),
    lambda: b"".join(b"k%d: v\n" % i for i in range(60_000)),
    lambda: b"".join(b"k: v\n" for _ in range(20_000)),
    lambda: b"".join(b" " * i + b"a:\n" for i in range(2_000)),
    lambda: "name: ä\n".encode("utf-16"),
    lambda: "name: ä\n".encode("latin-1"),
    lambda: b"%YAML 9.9\n---\na: b\n",
    lambda: b"name: x\r\rname: y\r",
    lambda: bytes(range(256)) * 100,
    lambda: b"PK\x03\x04" + b"\x00" * 10_000,
)


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Load a mesh with one document replaced, `n` times."""
    tally, rng = Tally(), random.Random(seed)
    root = folder / "mesh"
    init(root, "blank")
    _add_what_is_missing(root)
    files = sorted(root.rglob("*.yaml"))
    originals = {path: path.read_bytes() for path in files}
    for trial in range(n):
        path = rng.choice(files)
        data = _document(originals[path], rng)
        path.write_bytes(data)
        tally.trial(_problem(root, path, data, f"seed {seed}, trial {trial}: {path.relative_to(root)}"))
        path.write_bytes(originals[path])
    return tally


def _add_what_is_missing(root: Path) -> None:
    """Give the mesh one of every kind of document."""
    product = root / "domains" / "sales" / "orders"
    (product / "contracts").mkdir(exist_ok=True)
    (product / "tests").mkdir(exist_ok=True)
    (product / "product.odps.yaml").write_text(
        "apiVersion: v1.1.0\nkind: DataProduct\nid: o\nname: Orders\nversion: 1.0.0\nstatus: active\n"
        "outputPorts: [{name: orders, version: 1.0.0, contractId: c}]\n",
        encoding="utf-8",
    )
    (product / "contracts" / "orders.odcs.yaml").write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\nschema:\n  - name: orders\n"
        "    properties:\n      - {name: order_id, logicalType: integer, required: true, unique: true}\n"
        "    quality:\n      - {metric: rowCount, mustBeGreaterThan: 1}\n",
        encoding="utf-8",
    )
    (product / "consumers.yaml").write_text(
        "consumers:\n  - {name: board, type: dashboard, owner: team:a, ports: [orders]}\n", encoding="utf-8"
    )
    (product / "tests" / "by_customer.unit.yaml").write_text(
        "given: {orders: [{customer: a, amount: 1}]}\nexpect: [{customer: a, orders: 1}]\n", encoding="utf-8"
    )


def _document(original: bytes, rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.05:
        return rng.choice(_WHOLE)()
    if kind < 0.45:
        return _with_values(original, rng)
    return _damaged(original, rng)


def _with_values(original: bytes, rng: random.Random) -> bytes:
    """Put hostile values behind one to three keys."""
    lines = original.split(b"\n")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        head, colon, _ = lines[at].partition(b":")
        lines[at] = head + colon + b" " + rng.choice(_VALUES)(rng)
    return b"\n".join(lines)


def _damaged(original: bytes, rng: random.Random) -> bytes:
    """Flip, cut, double and swap slices."""
    data = bytearray(original)
    for _ in range(rng.randint(1, 12)):
        if not data:
            break
        at = rng.randrange(len(data))
        length = rng.choice((1, 1, 2, 8, 40))
        match rng.randrange(5):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                data[at:at] = rng.choice(
                    (b":", b"- ", b"  ", b"\n", b"#", b"'", b'"', b"{", b"]", b"&a ", b"*a", b"? ", b"<<: ")
                )
            case _:
                other = rng.randrange(len(data))
                data[at : at + length], data[other : other + length] = (
                    data[other : other + length],
                    data[at : at + length],
                )
    return bytes(data)


def _problem(root: Path, path: Path, data: bytes, words: str) -> str | None:
    started = time.process_time()
    try:
        loaded = load_mesh(root)
        findings = list(loaded.diagnostics)
        if loaded.mesh is not None:
            findings += build_graph(loaded.mesh, broken=loaded.broken)[1]
    except Exception as error:  # noqa: BLE001  any exception is what this proof looks for
        return f"{words}: {type(error).__name__} {error} at {traceback.extract_tb(error.__traceback__)[-1]}"
    seconds = time.process_time() - started
    if seconds >= _LIMIT_S:
        return f"{words}: {seconds:.1f} s for {len(data)} bytes beginning {data[:40]!r}"
    if len(findings) > _MOST_FINDINGS:
        return f"{words}: {len(findings)} findings"
    lines = data.count(b"\n") + data.count(b"\r") + data.count("\u2028".encode()) + data.count(b"\xc2\x85") + 2
    return next((f"{words}: {found}" for found in findings if not _is_placed(found, root, path, lines)), None)


def _is_placed(found: Diagnostic, root: Path, path: Path, lines: int) -> bool:
    """Whether a finding names a file of the mesh, and a line that the document has."""
    if found.severity is not Severity.ERROR:
        return True
    if found.span is None or found.span.line < 1 or found.span.column < 1:
        return False
    named = root / found.span.file
    # A file that is missing is told at its own place, in a folder that is there.
    return named.parent.exists() and (named != path or found.span.line <= lines)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
