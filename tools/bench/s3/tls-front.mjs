// TLS 1.3 in front of sink.c, in a process of its own: prints its port and serves until its standard input ends.
// usage: node tls-front.mjs <key file> <certificate file> <port of the sink>
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createServer } from "node:tls";

const [, , keyFile = "", certFile = "", upstream = ""] = process.argv;
const pair = { key: readFileSync(keyFile), cert: readFileSync(certFile) };

const server = createServer(
  { ...pair, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"], noDelay: true },
  (client) => {
    const sink = connect({ port: Number(upstream), host: "127.0.0.1", noDelay: true });
    client.pipe(sink).pipe(client);
    for (const [one, other] of [
      [client, sink],
      [sink, client],
    ]) {
      one?.on("error", () => other?.destroy());
      one?.on("close", () => other?.destroy());
    }
  },
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" ? address?.port : "");
});
process.stdin.on("end", () => process.exit()).resume();
