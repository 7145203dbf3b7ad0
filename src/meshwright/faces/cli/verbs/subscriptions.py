"""Commands on what events come to: `subscription create|list|show|pause|resume|rotate|delete`, `delivery list|show|replay|skip`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from meshwright.faces.cli.invocation import Invocation, answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption, require_one_or_many
from meshwright.faces.cli.subscription_words import SubscriptionWords  # typer reads its fields

if TYPE_CHECKING:
    from meshwright.app.subscriptions import SubscriptionView

SubscriptionArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of a subscription.")]
DeliveryArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of a delivery.")]


def subscription_create(
    context: typer.Context,
    *,
    words: SubscriptionWords,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Subscribe to events from now on: send them to an address (--sink), or run a product for each (--run).

    With neither it names a filter for streams. Deliveries are made by 'mw serve' and 'mw worker'.
    """
    from meshwright.app.subscriptions import create_subscription
    from meshwright.app.workspace import open_workspace

    invocation = begin(context, directory, is_json=as_json)
    options = words.read()
    _answer(invocation, create_subscription(open_workspace(invocation.start), options, tell=_tell))


def subscription_list(
    context: typer.Context, *, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """List subscriptions, with what waits for them."""
    from meshwright.app.subscriptions import list_subscriptions
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.subscriptions import subscriptions_document
    from meshwright.faces.text.subscriptions import subscriptions_lines

    invocation = begin(context, directory, is_json=as_json)
    views = list_subscriptions(open_workspace(invocation.start))
    answer(
        invocation,
        status=0,
        document=lambda: subscriptions_document(views),
        lines=lambda look: subscriptions_lines(views, look),
    )


def subscription_show(
    context: typer.Context, id_: SubscriptionArgument, *, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Show a subscription, with what waits for it."""
    from meshwright.app.subscriptions import show_subscription
    from meshwright.app.workspace import open_workspace

    invocation = begin(context, directory, is_json=as_json)
    _answer(invocation, show_subscription(open_workspace(invocation.start), id_))


def subscription_pause(
    context: typer.Context,
    id_: SubscriptionArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for whoever asks later.")],
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Let nothing be delivered until it is resumed; what comes meanwhile is delivered then."""
    from meshwright.app.subscriptions import pause_subscription
    from meshwright.app.workspace import open_workspace

    invocation = begin(context, directory, is_json=as_json)
    _answer(invocation, pause_subscription(open_workspace(invocation.start), id_, reason))


def subscription_resume(
    context: typer.Context, id_: SubscriptionArgument, *, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Deliver again, and first what came meanwhile; also where the receiver had said that it is gone."""
    from meshwright.app.subscriptions import resume_subscription
    from meshwright.app.workspace import open_workspace

    invocation = begin(context, directory, is_json=as_json)
    _answer(invocation, resume_subscription(open_workspace(invocation.start), id_))


def subscription_rotate(
    context: typer.Context, id_: SubscriptionArgument, *, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Make another secret, and tell it; for a day the one before signs as well."""
    from meshwright.app.subscriptions import rotate_secret
    from meshwright.app.workspace import open_workspace

    invocation = begin(context, directory, is_json=as_json)
    _answer(invocation, rotate_secret(open_workspace(invocation.start), id_))


def subscription_delete(
    context: typer.Context, id_: SubscriptionArgument, *, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Forget a subscription with its deliveries."""
    from meshwright.app.subscriptions import delete_subscription
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.subscriptions import deleted_document
    from meshwright.faces.text.subscriptions import deleted_lines

    invocation = begin(context, directory, is_json=as_json)
    gone = delete_subscription(open_workspace(invocation.start), id_)
    answer(invocation, status=0, document=lambda: deleted_document(gone), lines=lambda look: deleted_lines(gone, look))


def delivery_list(
    context: typer.Context,
    *,
    subscription: Annotated[
        str | None, typer.Option("--subscription", metavar="ID", help="Of one subscription.", show_default=False)
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="waiting, delivered, started or dead.", show_default=False),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-l", metavar="N", min=1, max=10_000, help="How many, newest first.")
    ] = 20,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List deliveries, newest first: their tries, what came of them, and when the next one is."""
    from meshwright.app.deliveries import list_deliveries, state_named
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.subscriptions import deliveries_document
    from meshwright.faces.text.subscriptions import deliveries_lines
    from meshwright.model.subscriptions import DeliveryFilter

    invocation = begin(context, directory, is_json=as_json)
    wanted = DeliveryFilter(subscription=subscription, state=None if state is None else state_named(state), limit=limit)
    found = list_deliveries(open_workspace(invocation.start), wanted)
    answer(
        invocation,
        status=0,
        document=lambda: deliveries_document(found),
        lines=lambda look: deliveries_lines(found, look),
    )


def delivery_show(
    context: typer.Context, id_: DeliveryArgument, *, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Show a delivery with its tries."""
    from meshwright.app.deliveries import show_delivery
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.subscriptions import delivery_document
    from meshwright.faces.text.subscriptions import deliveries_lines

    invocation = begin(context, directory, is_json=as_json)
    found = show_delivery(open_workspace(invocation.start), id_)
    answer(
        invocation,
        status=0,
        document=lambda: delivery_document(found),
        lines=lambda look: deliveries_lines([found], look),
    )


def delivery_replay(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    id_: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Id of one delivery; or --subscription.", show_default=False)
    ] = None,
    *,
    subscription: Annotated[
        str | None,
        typer.Option("--subscription", metavar="ID", help="Many: those of a subscription.", show_default=False),
    ] = None,
    state: Annotated[
        str, typer.Option("--state", metavar="STATE", help="Of many: dead, delivered or skipped ones.")
    ] = "dead",
    first: Annotated[
        str | None, typer.Option("--first", metavar="ID", help="Of many: the oldest.", show_default=False)
    ] = None,
    last: Annotated[
        str | None, typer.Option("--last", metavar="ID", help="Of many: the newest.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Send what has ended once more, under its own id and beside the order of its product.

    One delivery, or with --subscription all of its dead ones; --first and --last bound them.
    """
    from meshwright.app.deliveries import replay_deliveries, replay_delivery, state_named
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.subscriptions import delivery_document, replayed_document
    from meshwright.faces.text.subscriptions import deliveries_lines, replayed_lines

    invocation = begin(context, directory, is_json=as_json)
    require_one_or_many(id_, subscription)
    workspace = open_workspace(invocation.start)
    if id_ is None:
        assert subscription is not None  # as was just required
        many = replay_deliveries(workspace, subscription, state_named(state), first, last)
        answer(
            invocation,
            status=0,
            document=lambda: replayed_document(many),
            lines=lambda look: replayed_lines(many, look),
        )
        return
    found = replay_delivery(workspace, id_)
    answer(
        invocation,
        status=0,
        document=lambda: delivery_document(found),
        lines=lambda look: deliveries_lines([found], look),
    )


def delivery_skip(
    context: typer.Context,
    id_: DeliveryArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for whoever asks later.")] = "",
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Pass over a delivery that waits or was given up: what waits behind it goes on."""
    from meshwright.app.deliveries import skip_delivery
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.subscriptions import delivery_document
    from meshwright.faces.text.subscriptions import deliveries_lines

    invocation = begin(context, directory, is_json=as_json)
    found = skip_delivery(open_workspace(invocation.start), id_, reason)
    answer(
        invocation,
        status=0,
        document=lambda: delivery_document(found),
        lines=lambda look: deliveries_lines([found], look),
    )


def _tell(line: str) -> None:
    """Tell who runs the mesh here what a caller by URL is not told."""
    sys.stderr.write(f"{line}\n")


def _answer(invocation: Invocation, view: SubscriptionView) -> None:
    from meshwright.faces.documents.subscriptions import subscription_document
    from meshwright.faces.text.subscriptions import subscription_lines

    answer(
        invocation,
        status=0,
        document=lambda: subscription_document(view),
        lines=lambda look: subscription_lines(view, look),
    )
