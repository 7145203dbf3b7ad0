// Receives webhooks: the SDK reads and validates the event, Standard Webhooks' library checks the signature. The secret is in SECRET.
// Writes its port, then one JSON line for each request.
const http = require("http");
const { HTTP } = require("cloudevents");
const { Webhook } = require("standardwebhooks");

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts).toString("utf-8");
    let line;
    try {
      new Webhook(process.env.SECRET).verify(body, request.headers, { jsonParse: false });
      const event = HTTP.toEvent({ headers: request.headers, body });
      line = { valid: event.validate(), event: event.toJSON() };
      response.statusCode = 204;
    } catch (error) {
      line = { error: `${error.name}: ${error.message}` };
      response.statusCode = 400;
    }
    console.log(JSON.stringify(line));
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
