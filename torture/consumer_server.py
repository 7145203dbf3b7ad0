"""A server whose queries have little time and memory, so that those which cost without bound end soon; a process of a proof.

``python -m torture.consumer_server ROOT`` prints its address and answers until it is killed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from meshwright.app.serving import open_server
from meshwright.engines.duckdb.consumers.values import ConsumerLimits
from meshwright.faces.http.server import ServeOptions, listen, serve, url_of

LIMITS = ConsumerLimits(
    seconds=3,
    memory_bytes=250_000_000,
    spill_bytes=500_000_000,
    answer_rows=300_000,
    answer_bytes=60_000_000,
    threads=1,
)


def main() -> None:
    """Serve the mesh that is named."""
    with open_server(Path(sys.argv[1]), LIMITS) as server:
        listening = listen(ServeOptions(port=0))
        serve(server, listening, lambda: print(url_of(listening), flush=True))  # noqa: T201  the process's answer


if __name__ == "__main__":
    main()
