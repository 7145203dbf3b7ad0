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
        code="MW-U007",
        title="secret that was told once",
        meaning="The request under this key of idempotency was done, and its answer told a secret (of a token, of a subscription). Secrets "
        "are kept nowhere, so the answer cannot be given again. Nothing was done again.",
        fix="Do what the message says: give up what was made, or change its secret, with a new key.",
        example="the request under the key '2f1c' was done, and its answer told a secret, which is kept nowhere; nothing was done again",
    ),
    Code(
        code="MW-U010",
        title="environment moved on",
        meaning="A move was asked for on the terms that an environment has a certain generation (`If-Match`), and it has another one. Nothing "
        "was changed.",
        fix="Look at the environment again, and decide again.",
        example="prod is at generation 12, and 11 was demanded; nothing was changed",
    ),
    Code(
        code="MW-U020",
        title="no address of a server",
        meaning="What `--server`, MESHWRIGHT_SERVER or `mw login` was given is no http address.",
        fix="Write it as `mw serve` prints it, for example http://127.0.0.1:8080.",
        example="'localhost:8080' is no address of a server",
    ),
    Code(
        code="MW-U021",
        title="token over plain http",
        meaning="A token would be sent to another machine without encryption, for everybody on the way to read. Nothing was sent.",
        fix="Use https, or a tunnel to the server's machine (`ssh -L 8080:127.0.0.1:8080`) and http://127.0.0.1:8080.",
        example="a token would be sent to data.example.org over plain http, for everybody on the way to read",
    ),
    Code(
        code="MW-U022",
        title="damaged file of logins",
        meaning="The file in which `mw login` keeps tokens holds something else.",
        fix="Remove the file, and give `mw login` again.",
        example="'/home/ana/.config/meshwright/servers.json' is not as mw login writes it",
    ),
    Code(
        code="MW-U023",
        title="file of logins out of reach",
        meaning="The file in which `mw login` keeps tokens, or its folder, cannot be read or written.",
        fix="Mend what the message names, or set MESHWRIGHT_TOKEN.",
        example="'/home/ana/.config/meshwright/servers.json' cannot be read or written: Permission denied",
    ),
    Code(
        code="MW-U024",
        title="not through a server",
        meaning="The command works on files where the mesh lies, and a server was named (`--server`, MESHWRIGHT_SERVER).",
        fix="Leave `--server` away and unset MESHWRIGHT_SERVER, or give the command on the server's machine.",
        example="'mw init' works where the mesh lies, and not through a server",
    ),
    Code(
        code="MW-U025",
        title="server does not answer",
        meaning="Nobody answers at the server's address, the connection broke, or what answers is no meshwright server.",
        fix="See whether `mw serve` runs, at this address, and give the same command again.",
        example="http://127.0.0.1:8080 does not answer: [Errno 111] Connection refused",
    ),
    Code(
        code="MW-U026",
        title="nobody is logged in",
        meaning="No token is kept for this server.",
        fix="`mw login URL` with the link that `mw serve` prints, or with a token; or set MESHWRIGHT_TOKEN.",
        example="nobody is logged in at http://127.0.0.1:8080",
    ),
    Code(
        code="MW-U027",
        title="answer of another release",
        meaning="The server refused with a code that this release of meshwright does not know, or with none.",
        fix="Do what the message says; the server's `/api/v1/problems/CODE` explains the code.",
        example="MW-H999 this is not possible on Sundays",
    ),
    Code(
        code="MW-U028",
        title="nothing to log in with",
        meaning="`mw login` was given neither a one-time link nor a token.",
        fix="Give the link that `mw serve` prints, or a token of `mw token create` when asked, or on standard input.",
        example="there is no token on standard input",
    ),
    Code(
        code="MW-U030",
        title="run that was let go",
        meaning="`mw run` through a server was interrupted. The run goes on at the server.",
        fix="`mw runs show RUN` tells how it is, `mw runs stop RUN` ends it.",
        example="let go of run 20261130T090000-0a1b2c, which goes on at the server",
    ),
)
