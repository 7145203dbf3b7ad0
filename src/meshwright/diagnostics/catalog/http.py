"""Codes MW-H0xx: the server, its requests and its tokens."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-H001",
        title="not a loopback address",
        meaning=(
            "The server was to listen where other machines could reach it. Until there are accounts, roles and an audit of a "
            "whole company, it serves its own machine only."
        ),
        fix="Leave `--host` away. Others reach it through a tunnel: `ssh -L 8080:127.0.0.1:8080 HOST`.",
        example="MW-H001 the server listens on loopback only, and '0.0.0.0' is not that",
    ),
    Code(
        code="MW-H002",
        title="token cannot be made so",
        meaning="A role, a domain or a time for a token is none.",
        fix="Roles are administrator and viewer; domains are those of the mesh; times are as `90d`, or `never`.",
        example="MW-H002 no role 'admin'",
    ),
    Code(
        code="MW-H003",
        title="no such token",
        meaning="No token has this id. The id is what `mw token list` shows, not the secret.",
        fix="Take an id that `mw token list` shows.",
        example="MW-H003 no token '0123456789ab'",
    ),
    Code(
        code="MW-H004",
        title="one-time link is used up",
        meaning="The link that the server prints when it starts lets an administrator in once, within a quarter of an hour.",
        fix="Start the server again for a new one, or make a token where the mesh lies: `mw token create`.",
        example="MW-H004 this link lets nobody in: it was used, or is too old",
    ),
    Code(
        code="MW-H005",
        title="cannot listen",
        meaning="The server's port is taken, or may not be used.",
        fix="Take another one with `--port`; 0 takes any that is free.",
        example="MW-H005 cannot listen on 127.0.0.1:8080: [Errno 98] Address already in use",
    ),
    Code(
        code="MW-H010",
        title="request is not as documented",
        meaning="A parameter or a field of the body is missing, of the wrong type, out of bounds or unknown.",
        fix="See what the operation takes: `/api/v1/docs`, or `/api/v1/openapi.json`.",
        example="MW-H010 query limit: Input should be less than or equal to 1000",
    ),
    Code(
        code="MW-H011",
        title="unknown query parameter",
        meaning="The operation has no query parameter of this name. It is refused, for a misspelt filter would answer too much.",
        fix="Take the name that the message offers, or leave the parameter away.",
        example="MW-H011 no parameter 'limt' here",
    ),
    Code(
        code="MW-H012",
        title="malformed request",
        meaning="The request cannot be read: its body is no JSON, or a header has no sense.",
        fix="Mend what the message names.",
        example="MW-H012 the body is no JSON: Expecting value",
    ),
    Code(
        code="MW-H013",
        title="token needed",
        meaning="Nobody is let in without a token that is good: known, not revoked, not expired.",
        fix="Send `Authorization: Bearer TOKEN`; `mw token create` makes one where the mesh lies.",
        example="MW-H013 this token is not good: it is unknown, revoked, or has expired",
    ),
    Code(
        code="MW-H014",
        title="not allowed",
        meaning="The caller's role, or its domain, does not allow this. Nothing was done.",
        fix="Ask with a token that may: a viewer reads; an administrator of a domain changes what is the domain's.",
        example="MW-H014 a viewer reads, and changes nothing (runs:start)",
    ),
    Code(
        code="MW-H015",
        title="body too large",
        meaning="The body of the request is larger than this path takes.",
        fix="Send less at once.",
        example="MW-H015 the body is larger than 1048576 bytes",
    ),
    Code(
        code="MW-H016",
        title="media type or encoding not taken",
        meaning="The body is of a media type, or is encoded in a way, that this path does not take; compressed bodies never are.",
        fix="Send it as the message says.",
        example="MW-H016 encoded bodies (Content-Encoding) are not taken",
    ),
    Code(
        code="MW-H017",
        title="too many requests",
        meaning="One caller sends more requests than its share, or an address tries tokens that are not good.",
        fix="Wait as the header `Retry-After` says.",
        example="MW-H017 too many requests by this token",
    ),
    Code(
        code="MW-H018",
        title="nothing here",
        meaning="No resource has this path, or there is no object of this name.",
        fix="`/api/v1/openapi.json` lists all paths.",
        example="MW-H018 there is nothing here",
    ),
    Code(
        code="MW-H019",
        title="method not possible",
        meaning="The resource is there, and does not take this method.",
        fix="The header `Allow` lists those that it takes.",
        example="MW-H019 DELETE is not possible here",
    ),
    Code(
        code="MW-H020",
        title="cursor is of no use",
        meaning="A cursor is malformed, of another list, or of one with other filters.",
        fix="Begin again without `cursor`.",
        example="MW-H020 this cursor is of another list, or of one with other filters",
    ),
    Code(
        code="MW-H021",
        title="changed meanwhile",
        meaning="The request was for a state that stands no more (`If-Match`). Nothing was done.",
        fix="Look again, and send the `ETag` of that answer.",
        example="MW-H021 it has changed since you looked: If-Match names another state",
    ),
    Code(
        code="MW-H022",
        title="request too slow",
        meaning="The body of the request did not come in time.",
        fix="Send it again, faster or in pieces.",
        example="MW-H022 the body did not come within 30 s",
    ),
    Code(
        code="MW-H023",
        title="header not taken",
        meaning="The header Host names another machine than this one, or Authorization is of another form than `Bearer TOKEN`.",
        fix="Ask at 127.0.0.1, [::1] or localhost, with `Authorization: Bearer TOKEN`.",
        example="MW-H023 the header Host names another machine than this one",
    ),
    Code(
        code="MW-H025",
        title="fault of the server",
        meaning="Something went wrong that nobody foresaw. The server wrote a crash report and goes on.",
        fix="Send the crash report, whose place the server printed, to the maintainers.",
        example="MW-H025 a fault of the server (request 0123456789abcdef); nothing of it is told here",
    ),
)
