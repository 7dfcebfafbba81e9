import http from "node:http";
import https from "node:https";
import net from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Loopback extends AsyncDisposable {
  readonly origin: string;
  /** Connections accepted so far. */
  connections(): number;
  /** Connections open now. */
  open(): number;
}

/** A real HTTP server on a free loopback port. */
export async function serveHttp(handler: http.RequestListener): Promise<Loopback & { readonly server: http.Server }> {
  const server = http.createServer(handler);
  return { ...(await listen(server, "http")), server };
}

export async function serveHttps(
  tls: { readonly key: string; readonly cert: string },
  handler: http.RequestListener,
): Promise<Loopback> {
  return await listen(https.createServer({ ...tls }, handler), "https");
}

/** A bare TCP server, for answers that no HTTP server would give. */
export async function serveTcp(handler: (socket: Socket) => void): Promise<Loopback> {
  return await listen(net.createServer(handler), "http");
}

async function listen(server: net.Server, scheme: string): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on("connection", (socket: Socket) => {
    count += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${scheme}://127.0.0.1:${port}`,
    connections: () => count,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A fresh self-signed certificate for 127.0.0.1. */
export function certificate(): { readonly key: string; readonly cert: string } {
  const directory = mkdtempSync(join(tmpdir(), "stowage-tls-"));
  try {
    const key = join(directory, "key.pem");
    const cert = join(directory, "cert.pem");
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", [...args, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
