import net from "node:net";
import type { OnReadOpts, Socket } from "node:net";
import tls from "node:tls";

/** TLS settings of a store. Verification is Node's own; everything left out is Node's default. */
export interface TlsOptions {
  /** Certificates to trust instead of Node's own list, in PEM. To add to that list, set `NODE_EXTRA_CA_CERTS`. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** Client certificate and key, in PEM, for services that ask for one. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** `false` accepts any certificate: for experiments only. Default true. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** A connection took longer than the connect timeout. */
export class ConnectTimeoutError extends Error {
  readonly code = "CONNECT_TIMEOUT";
}

export interface OpenOptions {
  /** The connection must stand, TLS included, within so many milliseconds. No limit when absent. */
  readonly limitMs: number | undefined;
  /** Receives what arrives, instead of the socket's stream. */
  readonly onread?: OnReadOpts | undefined;
}

/** Opens the sockets of one origin. The latest TLS session is kept, so that later connections skip the full handshake. */
export class Connector {
  readonly #host: string;
  readonly #port: number;
  /** Absent for plain HTTP. */
  readonly #tls: TlsOptions | undefined;
  #session: Buffer | undefined;

  constructor(origin: string, tlsOptions: TlsOptions) {
    const { protocol, hostname, port } = new URL(origin);
    const secure = protocol === "https:";
    this.#host = hostname.replace(/^\[|\]$/g, "");
    this.#port = port === "" ? (secure ? 443 : 80) : Number(port);
    this.#tls = secure ? tlsOptions : undefined;
  }

  /** Starts a connection. The socket is returned at once so that an abort can destroy it. `done` is called exactly once. */
  open({ limitMs, onread }: OpenOptions, done: (error: Error | undefined, socket: Socket) => void): Socket {
    const target = { host: this.#host, port: this.#port, ...(onread === undefined ? {} : { onread }) };
    const socket = this.#tls === undefined ? net.connect(target) : this.#secure(target, this.#tls);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    const timer = limitMs === undefined ? undefined : expiry(socket, this.#host, limitMs);
    let settled = false;
    const settle = (error: Error | undefined): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      done(error, socket);
    };
    socket.once(this.#tls === undefined ? "connect" : "secureConnect", () => settle(undefined));
    socket.on("error", (error: Error) => settle(error));
    socket.once("close", () => settle(new Error("The connection was closed while it was being opened.")));
    return socket;
  }

  #secure(
    target: { readonly host: string; readonly port: number; readonly onread?: OnReadOpts },
    own: TlsOptions,
  ): Socket {
    const socket = tls.connect({
      ...target,
      ALPNProtocols: ["http/1.1"],
      ...(net.isIP(this.#host) === 0 ? { servername: this.#host } : {}),
      ...tlsSettings(own),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on("session", (session: Buffer) => {
      this.#session = session;
    });
    return socket;
  }
}

function expiry(socket: Socket, host: string, limitMs: number): NodeJS.Timeout {
  return setTimeout(() => {
    socket.destroy(new ConnectTimeoutError(`no connection to ${host} within ${limitMs} ms`));
  }, limitMs);
}

interface TlsSettings {
  ca?: (string | Buffer)[];
  cert?: string | Buffer;
  key?: string | Buffer;
  rejectUnauthorized?: boolean;
}

/** The options as `node:tls` takes them. */
export function tlsSettings({ ca, cert, key, rejectUnauthorized }: TlsOptions): TlsSettings {
  return {
    ...(ca === undefined ? {} : { ca: certificates(ca) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function certificates(ca: NonNullable<TlsOptions["ca"]>): (string | Buffer)[] {
  return typeof ca === "string" || ca instanceof Uint8Array ? [pem(ca)] : ca.map(pem);
}

function pem(value: string | Uint8Array): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
