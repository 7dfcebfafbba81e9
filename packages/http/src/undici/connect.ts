import net from "node:net";
import tls from "node:tls";
import type { buildConnector } from "undici";

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

/**
 * Opens the sockets of one origin. The latest TLS session is kept, so that later connections skip the full handshake.
 */
export class Connector {
  readonly #tls: TlsOptions;
  #session: Buffer | undefined;

  constructor(tlsOptions: TlsOptions) {
    this.#tls = tlsOptions;
  }

  /**
   * Starts a connection that must stand, TLS included, within `limitMs` (no limit when `undefined`). The socket is returned at
   * once so that an abort can destroy it. `done` is called exactly once.
   */
  open(options: buildConnector.Options, limitMs: number | undefined, done: buildConnector.Callback): net.Socket {
    const secure = options.protocol === "https:";
    const socket = secure ? this.#secure(options) : this.#plain(options);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    const timer = limitMs === undefined ? undefined : expiry(socket, options, limitMs);
    let settled = false;
    const settle = (error: Error | undefined): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error === undefined) done(null, socket);
      else done(error, null);
    };
    socket.once(secure ? "secureConnect" : "connect", () => settle(undefined));
    socket.on("error", (error: Error) => settle(error));
    socket.once("close", () => settle(new Error("The connection was closed while it was being opened.")));
    return socket;
  }

  #plain(options: buildConnector.Options): net.Socket {
    return net.connect({ host: options.hostname, port: portOf(options, 80) });
  }

  #secure(options: buildConnector.Options): net.Socket {
    const socket = tls.connect({
      host: options.hostname,
      port: portOf(options, 443),
      ALPNProtocols: ["http/1.1"],
      ...(net.isIP(options.hostname) === 0 ? { servername: options.hostname } : {}),
      ...tlsSettings(this.#tls),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on("session", (session: Buffer) => {
      this.#session = session;
    });
    return socket;
  }
}

function expiry(socket: net.Socket, options: buildConnector.Options, limitMs: number): NodeJS.Timeout {
  return setTimeout(() => {
    socket.destroy(new ConnectTimeoutError(`no connection to ${options.hostname} within ${limitMs} ms`));
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

function portOf(options: buildConnector.Options, standard: number): number {
  return options.port === "" ? standard : Number(options.port);
}

function certificates(ca: NonNullable<TlsOptions["ca"]>): (string | Buffer)[] {
  return typeof ca === "string" || ca instanceof Uint8Array ? [pem(ca)] : ca.map(pem);
}

function pem(value: string | Uint8Array): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
