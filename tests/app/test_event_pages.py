"""Pages of large events: memory is bounded by their size, and a cursor comes by each of them once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshwright.app.events import EventPage, EventQuery, events_since, page_of_events
from meshwright.app.subscriptions import SubscriptionOptions, create_subscription, show_subscription
from meshwright.app.workspace import Workspace
from meshwright.model.subscriptions import EventFilter
from tests.app.telling import deliver_all, event, send, telling_shop
from tests.tools.web import running_web

ANYTHING = EventFilter(environments=("*",))
#: Characters of an event's data: nearly as much as one may hold.
LARGE = 1_000_000
EVENTS = 60
#: A page, what is fetched at a time beyond it, and room: far from what all of them take.
BOUND = 25_000_000


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = telling_shop(tmp_path_factory.mktemp("large"))
    for number in range(EVENTS):
        send(found, event(str(number), data="x" * LARGE))
    return found


def peak_of(work: Callable[[], object]) -> int:
    """Return the bytes that were in memory at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def walked(read: Callable[[int | None], EventPage]) -> Iterator[list[int]]:
    at: int | None = None
    while True:
        page = read(at)
        yield [int(each.id) for each in page.events]
        if page.is_last:
            return
        at = page.looked_at


def newest_first(workspace: Workspace) -> Callable[[int | None], EventPage]:
    return lambda at: page_of_events(workspace, EventQuery(filter=ANYTHING, before=at, limit=500))


def in_order(workspace: Workspace) -> Callable[[int | None], EventPage]:
    return lambda at: events_since(workspace, ANYTHING, at or 0)


@pytest.mark.parametrize("kind", [newest_first, in_order])
def test_a_page_of_large_events_takes_little_memory_and_none_is_left_out(
    workspace: Workspace, kind: Callable[[Workspace], Callable[[int | None], EventPage]]
) -> None:
    read = kind(workspace)
    assert peak_of(lambda: read(None)) < BOUND
    pages = list(walked(read))
    found = [each for page in pages for each in page]
    assert (found if kind is in_order else found[::-1]) == list(range(EVENTS))
    assert max(map(len, pages)) == 4


def test_what_is_rare_among_large_events_is_looked_for_to_the_end(workspace: Workspace) -> None:
    wanted = EventFilter(environments=("*",), subjects=("rare",))
    pages = list(walked(lambda at: events_since(workspace, wanted, at or 0)))
    assert pages == [[]]


@pytest.mark.slow
def test_large_events_are_spread_and_sent_in_little_memory(tmp_path: Path) -> None:
    workspace = telling_shop(tmp_path)
    with running_web() as web:
        made = create_subscription(workspace, SubscriptionOptions(sink=web.url, filter=ANYTHING))
        for number in range(EVENTS):
            send(workspace, event(str(number), subject="s", data="x" * LARGE))
        sizes: list[int] = []
        web.answer = lambda asked: (sizes.append(len(asked.body)) or 204, {}, b"")  # type: ignore[func-returns-value]
        web.asked = _Few()

        def work() -> None:
            while show_subscription(workspace, made.subscription.id).backlog.waiting or not sizes:
                deliver_all(workspace)

        assert peak_of(work) < 2 * BOUND
    assert len(sizes) == EVENTS
    assert min(sizes) > LARGE


class _Few(list):  # type: ignore[type-arg]
    """Keeps nothing of what a receiver was asked: it would be counted."""

    def append(self, _asked: object) -> None:
        return
