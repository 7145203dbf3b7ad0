"""Codes MW-U001 to MW-U099: clients of a server, keys of idempotency, the record of calls."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-U001",
        title="no key of idempotency",
        meaning="The header `Idempotency-Key` holds nothing, more than 200 signs, blanks, or signs beyond ASCII.",
        fix="Send a new random one with each new request, for example a UUID.",
        example="the key of idempotency is empty, longer than 200 signs, or holds blanks or signs beyond ASCII",
    ),
    Code(
        code="MW-U002",
        title="key of idempotency of another request",
        meaning="The header `Idempotency-Key` was sent before, with another path, method or body. A key stands for one request. "
        "Nothing was changed.",
        fix="Send a new key with each new request.",
        example="the key of idempotency '2f1c' was sent with another request before; nothing was changed",
    ),
    Code(
        code="MW-U003",
        title="request is being answered",
        meaning="The same request, under the same key of idempotency, came before and is not answered yet.",
        fix="Send it again in a moment, with the same key: the answer is kept for a week.",
        example="the request under the key '2f1c' is being answered",
    ),
    Code(
        code="MW-U004",
        title="request that was cut off",
        meaning="The server that answered the request under this key of idempotency was killed before it was done. Whether anything was "
        "changed cannot be told.",
        fix="Look at what it was about (`mw env show`, `mw runs list`), and send what is still wanted with a new key.",
        example="the request under the key '2f1c' was cut off: how far it came is not known",
    ),
    Code(
        code="MW-U005",
        title="no kind of calls",
        meaning="Calls between domains are of one of five kinds.",
        fix="Write one of domain, data, process, event, development.",
        example="calls are of no kind 'dat'",
    ),
    Code(
        code="MW-U006",
        title="no duration to look back",
        meaning="What was given to look back on calls is no duration.",
        fix="Write an integer with s, m, h, d or w, for example 30d.",
        example="'yesterday' is no duration to look back",
    ),
    Code(
        code="MW-U010",
        title="environment moved on",
        meaning="A move was asked for on the terms that an environment has a certain generation (`If-Match`), and it has another one. Nothing "
        "was changed.",
        fix="Look at the environment again, and decide again.",
        example="prod is at generation 12, and 11 was demanded; nothing was changed",
    ),
)
