// Sends events as the JavaScript SDK of CloudEvents does, in each of its modes: node send.cjs URL. The token is in TOKEN.
// Writes what was answered to each request, as one JSON list.
const { CloudEvent, HTTP, Mode, emitterFor, httpTransport } = require("cloudevents");

const url = process.argv[2];
const options = { headers: { authorization: `Bearer ${process.env.TOKEN}` } };
const made = (id, more) => new CloudEvent({ id, source: "/node", type: "org.example.node", subject: "s", ...more });

async function main() {
  const transport = httpTransport(url);
  const binary = emitterFor(transport, { binding: HTTP, mode: Mode.BINARY });
  const structured = emitterFor(transport, { binding: HTTP, mode: Mode.STRUCTURED });
  const answers = [
    await binary(made("binary", { data: { n: 1, text: "ü" }, region: "eu" }), options),
    await structured(made("structured", { data: { n: 2, list: [1, null] }, time: "2026-01-31T12:00:00.000Z" }), options),
    await structured(made("bytes", { data: new Uint8Array([0, 255]), datacontenttype: "application/octet-stream" }), options),
    await transport(
      {
        headers: { "content-type": "application/cloudevents-batch+json" },
        body: JSON.stringify([made("first", { data: 1 }), made("second", { data: "text" })]),
      },
      options,
    ),
    await structured(made("binary", { data: { n: 9 } }), options),
  ];
  console.log(JSON.stringify(answers.map((each) => JSON.parse(each.body))));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
