"""Codes MW-B0xx: events by URL, subscriptions to them, deliveries."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-B001",
        title="no such subscription",
        meaning="No subscription has this id; it may have been deleted.",
        fix="Take an id that `mw subscription list` shows.",
        example="MW-B001 no subscription 'sub_0123456789abcdef'",
    ),
    Code(
        code="MW-B002",
        title="subscription cannot be so",
        meaning=(
            "Something of a subscription is wrong: where it sends to, what it starts, which events it is for, or its limits. An "
            "address that is not on the public internet is refused unless `http: {allow: [...]}` of `mesh.yaml` names its range."
        ),
        fix="Do what the message says.",
        example="MW-B002 sink: host '10.0.0.1' is 10.0.0.1, not on the public internet: it may not be reached",
    ),
    Code(
        code="MW-B003",
        title="subscription changed meanwhile",
        meaning="Somebody else changed the subscription again and again while this change was to be made.",
        fix="Look at it, and try again.",
        example="MW-B003 subscription sub_0123456789abcdef is being changed by others all the time; nothing was changed",
    ),
    Code(
        code="MW-B004",
        title="too many subscriptions",
        meaning="A mesh has 500 subscriptions at most: each event is held against each of them.",
        fix="Delete those that nobody needs. One subscription may name several types, products and domains.",
        example="MW-B004 there are 500 subscriptions already",
    ),
    Code(
        code="MW-B005",
        title="no such delivery",
        meaning="No delivery has this id. Those that ended are forgotten after `retention: {events: ...}`.",
        fix="Take an id that `mw delivery list` shows.",
        example="MW-B005 no delivery 'dlv_0123456789abcdef01234567'",
    ),
    Code(
        code="MW-B006",
        title="delivery cannot be replayed",
        meaning="Only what was sent, or given up, can be sent once more. An event starts one run and no second one.",
        fix="Wait where it is still to be sent; repeat the run where it started one.",
        example="MW-B006 delivery dlv_0123456789abcdef01234567 waits to be sent",
    ),
    Code(
        code="MW-B007",
        title="event would pass for meshwright's own",
        meaning=(
            "Types that begin with `meshwright.` and sources that begin with `/meshwright/` are told by meshwright alone; an event "
            "of such a kind that comes from outside is forged, or a copy."
        ),
        fix="Send it under a type and a source of your own.",
        example="MW-B007 an event of type 'meshwright.product.published' from '/x' would pass for one of meshwright's own; none was taken in",
    ),
    Code(
        code="MW-B008",
        title="no CloudEvents request",
        meaning="The request is in none of the three forms of CloudEvents' HTTP binding: structured, batch, binary.",
        fix=(
            "Send `Content-Type: application/cloudevents+json` with one event, `application/cloudevents-batch+json` with a list, or "
            "the attributes as `ce-` headers with the data as the body."
        ),
        example="MW-B008 application/json is no CloudEvent",
    ),
    Code(
        code="MW-B009",
        title="too many events, or too deep",
        meaning="A request brings more events than are taken at once, or JSON that is nested too deeply.",
        fix="Send 1,000 events at a time at most, nested 64 levels at most.",
        example="MW-B009 the batch brings 5,000 events; none was taken in",
    ),
    Code(
        code="MW-B010",
        title="key of webhooks cannot be used",
        meaning="The key from which the secrets of webhooks follow cannot be read or made, or is too short to be one.",
        fix="Let the server's user read `.meshwright/webhooks.key`, or set `MESHWRIGHT_WEBHOOK_KEY` to a long random text.",
        example="MW-B010 the key of webhooks in MESHWRIGHT_WEBHOOK_KEY is shorter than 16 characters",
    ),
    Code(
        code="MW-B011",
        title="secret of a webhook is not set",
        meaning="A subscription's secret lies in a variable of the server's environment, and that is not set. What waits is tried again.",
        fix="Set the variable where the server runs, and restart it.",
        example="MW-B011 the secret of subscription sub_0123456789abcdef is in the variable MESHWRIGHT_WEBHOOK_CRM, which is not set",
    ),
    Code(
        code="MW-B012",
        title="events are forgotten already",
        meaning="A stream was to go on after an event so old that some that followed it are not kept any more.",
        fix="Begin without `Last-Event-ID`, and look what stands now.",
        example="MW-B012 events after number 17 are forgotten: the oldest that is kept is number 4711",
    ),
    Code(
        code="MW-B013",
        title="secret follows from another key",
        meaning=(
            "The secret that the receiver knows follows from another key of webhooks than this server has: the file is lost, or "
            "another host of the mesh has its own. Nothing is sent, for the receiver could not check it."
        ),
        fix="Bring the key back, or make the receiver another secret: `mw subscription rotate ID`.",
        example="MW-B013 the secret of subscription sub_0123456789abcdef follows from another key of webhooks than this server has",
    ),
    Code(
        code="MW-B014",
        title="too many streams",
        meaning="So many streams of events are open already, by this caller or by all.",
        fix="Close some, or follow several types in one stream.",
        example="MW-B014 20 streams are open by this caller already",
    ),
    Code(
        code="MW-B015",
        title="products would start each other for ever",
        meaning=(
            "The subscription would start a product whose run, by other subscriptions and triggers, leads back to what starts it. "
            "Nothing was made. What cannot be seen beforehand is stopped when a chain of causes is 32 runs long."
        ),
        fix="Subscribe to fewer products or types, or delete one of the subscriptions that are named.",
        example=(
            "MW-B015 products would start each other for ever: sales.orders starts finance.books (subscription "
            "sub_0123456789abcdef), finance.books starts sales.orders (this subscription)"
        ),
    ),
    Code(
        code="MW-B016",
        title="no such filter dialect",
        meaning=(
            "A filter expression names a dialect that is not understood here. Those that are: `exact`, `prefix`, `suffix`, `all`, "
            "`any` and `not` of CloudEvents' Subscriptions API."
        ),
        fix="Write the condition in one of the dialects that the message lists.",
        example="MW-B016 filters[0]: no filter dialect 'sql' here",
    ),
    Code(
        code="MW-B017",
        title="delivery cannot be skipped",
        meaning="Only what is still to be sent, or was given up, can be passed over. What arrived, or started a run, did so.",
        fix="Look how it stands: `mw delivery show ID`.",
        example="MW-B017 delivery dlv_0123456789abcdef01234567 is delivered already",
    ),
    Code(
        code="MW-B018",
        title="no range of deliveries",
        meaning=(
            "Deliveries that are to be sent once more are named wrongly: by ends that are of another subscription or the wrong way "
            "round, by a state in which nothing has ended, or neither one nor many."
        ),
        fix="Take ids that `mw delivery list --subscription ID` shows, the older one as the first.",
        example="MW-B018 delivery dlv_0123456789abcdef01234567 is none of subscription sub_0123456789abcdef",
    ),
    Code(
        code="MW-B019",
        title="chain of causes is too long",
        meaning=(
            "The request says, in its header `baggage` or in `ce-meshwrightdepth`, that 32 runs were started one after the other "
            "before it. That goes round for ever, or is too much; nothing was recorded."
        ),
        fix="Look what asks for runs because of what runs tell, and stop it. A request that is no consequence carries no such header.",
        example="MW-B019 32 runs were started one after the other, the first by /shops/berlin 17; no further one is",
    ),
)
