"""Codes MW-U100 to MW-U199: commands through a server."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-U100",
        title="answer of something else",
        meaning="What answers at the server's address is no meshwright server, or something between changed its answer: a page "
        "of a proxy, a login page, text where JSON was due. Nothing of it is shown as an answer.",
        fix="Look at the address with a browser or curl; where a proxy stands between, let it pass `/api/v1` on as it is.",
        example="http://127.0.0.1:8080 is no meshwright server: GET /api/v1/environments gave 502 Bad Gateway, text/html",
    ),
    Code(
        code="MW-U101",
        title="server that sends elsewhere",
        meaning="The server's address answers with a redirect. It is not followed: a token is sent to the server that was named "
        "and to no other.",
        fix="Name the address that the message gives, where it is the server's.",
        example="http://127.0.0.1:8080 sends to https://data.example.org/api/v1/environments",
    ),
    Code(
        code="MW-U102",
        title="certificate that is not trusted",
        meaning="The server's certificate is expired, of another name, or signed by nobody who is trusted here. Nothing was sent.",
        fix="Mend the server's certificate; where your organisation signs its own, set SSL_CERT_FILE to the file of its certificates.",
        example="https://data.example.org cannot be trusted: certificate has expired",
    ),
    Code(
        code="MW-U103",
        title="long table",
        meaning="A table for people was asked for with more rows than a server writes so.",
        fix="Ask for another form (`mw query --format csv`): those stream, however many rows there are.",
        example="a table shows 10,000 rows at most, and 2,000,000 were asked for",
    ),
    Code(
        code="MW-U104",
        title="server is testing",
        meaning="As many tests as the server measures at the same time are being measured already. Nothing was begun.",
        fix="Ask again when they are over.",
        example="2 tests are being measured, and no more at the same time",
    ),
)
