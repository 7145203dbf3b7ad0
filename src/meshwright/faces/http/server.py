"""The server's process: the application under uvicorn, on loopback alone."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from types import FrameType

import uvicorn

from meshwright.app.serving import Server
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.faces.http.application import new_application
from meshwright.faces.http.protocol import BoundedProtocol
from meshwright.frozen import dataclass

#: Connections at once; more are answered 503.
_MOST_CONNECTIONS = 4000
#: Requests that are under way when the server is asked to stop have so long.
_GRACE_S = 10
#: A thread that has the interpreter gives it up after so long: a look at ten thousand files then holds no answer up.
_SWITCH_S = 0.0005


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeOptions:
    """Where to listen."""

    host: str = "127.0.0.1"
    #: 0: any that is free.
    port: int = 8080


def require_loopback(host: str) -> None:
    """Raise InputError (MW-H001) for an address that others could reach."""
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise InputError(
            Diagnostic(
                code="MW-H001",
                message=f"the server listens on loopback only, and '{host}' is not that",
                fix="leave --host away; others reach it through a tunnel (ssh -L 8080:127.0.0.1:8080) until there are accounts",
            )
        )


def listen(options: ServeOptions) -> socket.socket:
    """Open the socket. Raises InputError (MW-H001), WorldError (MW-H005) where the port is taken."""
    require_loopback(options.host)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((options.host, options.port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise WorldError(
            Diagnostic(
                code="MW-H005",
                message=f"cannot listen on {options.host}:{options.port}: {error}",
                fix="take another port (--port; 0 takes any that is free), or stop what listens there",
            )
        ) from None
    listening.listen(2048)
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(server: Server, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Answer requests until SIGINT or SIGTERM; what is under way then is answered, for ten seconds at most."""
    sys.setswitchinterval(_SWITCH_S)
    _open_many_files()
    application = new_application(server)
    config = uvicorn.Config(
        application,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        # What clients do wrong is told to them; what is wrong with the server is told by `Measuring`.
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=2048,
    )
    running = _Announcing(config, on_ready, application.state.run_feeds.end)
    running.run(sockets=[listening])
    if application.state.tracing is not None:
        application.state.tracing.close()


class _Announcing(uvicorn.Server):
    """A server that says when it answers, and lets what would go on for ever end when it is asked to."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], on_exit: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_exit = on_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        super().handle_exit(sig, frame)
        self._on_exit()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM end the server cleanly; uvicorn would raise them again, and the process end by them."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await asyncio.to_thread(self._on_ready)


def _open_many_files() -> None:
    """Let the process hold as many connections as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 2 * _MOST_CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
