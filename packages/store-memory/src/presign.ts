import { randomBytes, timingSafeEqual, createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { isStoreError, normalizeAttributes, StoreError } from "@stowage/core";
import type {
  DriverCall,
  DriverPresignCall,
  DriverReadCall,
  PresignedRequest,
  StoreDriver,
  WriteBody,
} from "@stowage/core";

/** URLs of a small server on loopback that is started by the first of them and never keeps the process alive. */
export interface PresignServer {
  presign(key: string, call: DriverPresignCall): Promise<PresignedRequest>;
  close(): Promise<void>;
}

/** What a URL allows; it travels in the URL, signed. */
interface Grant extends Pick<DriverPresignCall, "method" | "contentType" | "contentLength" | "ifNoneMatch" | "part"> {
  readonly key: string;
  readonly expires: number;
  readonly responseContentType: string | undefined;
  readonly responseContentDisposition: string | undefined;
}

const plainCall: DriverCall = {
  signal: undefined,
  timeouts: { connect: undefined, idle: undefined },
  native: undefined,
};
const readCall: DriverReadCall = { ...plainCall, conditions: undefined, versionId: undefined };

const statusOf: Partial<Record<string, number>> = {
  NotFound: 404,
  ContainerNotFound: 404,
  AlreadyExists: 412,
  InvalidArgument: 400,
};

export function presignServer(driver: StoreDriver): PresignServer {
  const secret = randomBytes(32);
  let running: Promise<{ readonly server: Server; readonly origin: string }> | undefined;
  const sign = (payload: string): string => createHmac("sha256", secret).update(payload).digest("base64url");
  return {
    async presign(key, call) {
      running ??= start((request, response) => void answer(driver, sign, request, response));
      const { origin } = await running;
      const expires = Date.now() + call.expiresIn * 1000;
      const { method, contentType, contentLength, ifNoneMatch, part, responseContentType, responseContentDisposition } =
        call;
      const grant: Grant = {
        key,
        expires,
        method,
        contentType,
        contentLength,
        ifNoneMatch,
        part,
        responseContentType,
        responseContentDisposition,
      };
      const payload = Buffer.from(JSON.stringify(grant)).toString("base64url");
      return {
        method,
        url: `${origin}/${encodeURIComponent(key)}?grant=${payload}&signature=${sign(payload)}`,
        headers: {
          ...(contentType === undefined ? {} : { "content-type": contentType }),
          ...(contentLength === undefined ? {} : { "content-length": String(contentLength) }),
          ...(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
        },
        expiresAt: new Date(expires),
      };
    },
    async close() {
      const { server } = (await running) ?? {};
      running = undefined;
      server?.closeAllConnections();
      if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function start(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { server, origin: `http://127.0.0.1:${port}` };
}

async function answer(
  driver: StoreDriver,
  sign: (payload: string) => string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const payload = url.searchParams.get("grant") ?? "";
    if (!sameText(url.searchParams.get("signature") ?? "", sign(payload)))
      return end(response, 403, "no valid signature");
    const grant: Grant = JSON.parse(Buffer.from(payload, "base64url").toString());
    if (grant.method !== request.method) return end(response, 403, `this URL is for ${grant.method}`);
    if (Date.now() > grant.expires) return end(response, 403, "this URL has expired");
    await carryOut(driver, grant, request, response);
  } catch (error) {
    end(
      response,
      isStoreError(error) ? (statusOf[error.code] ?? 500) : 500,
      isStoreError(error) ? error.code : "failed",
    );
  }
}

async function carryOut(
  driver: StoreDriver,
  grant: Grant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { key, method } = grant;
  if (method === "DELETE") {
    await driver.delete(key, { ...plainCall, conditions: undefined, versionId: undefined });
    return end(response, 204);
  }
  if (method === "PUT") return receive(driver, grant, request, response);
  const { info, chunks } = await driver.read(key, undefined, readCall);
  response.writeHead(200, {
    "content-length": info.size,
    "content-type": grant.responseContentType ?? info.attributes.contentType ?? "",
    etag: `"${info.etag}"`,
    ...(grant.responseContentDisposition === undefined
      ? {}
      : { "content-disposition": grant.responseContentDisposition }),
  });
  if (method === "GET")
    for (let step = await chunks.next(); step.done !== true; step = await chunks.next()) response.write(step.value);
  else await chunks.return?.();
  response.end();
}

async function receive(
  driver: StoreDriver,
  grant: Grant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const type = request.headers["content-type"];
  if (grant.contentType !== undefined && type !== grant.contentType)
    return end(response, 403, "another content type was signed");
  if (grant.contentLength !== undefined && Number(request.headers["content-length"]) !== grant.contentLength) {
    return end(response, 403, "another content length was signed");
  }
  const body: WriteBody = { size: undefined, bytes: undefined, replayable: false, chunks: () => request };
  if (grant.part !== undefined) {
    const part = await driver.multipart?.uploadPart(grant.part.upload, grant.part.partNumber, body, plainCall);
    if (part === undefined)
      throw new StoreError({ code: "Unsupported", message: "no multipart uploads", capability: "multipart" });
    response.setHeader("etag", `"${part.etag}"`);
    return end(response, 200);
  }
  const attributes = normalizeAttributes(grant.key, type === undefined ? {} : { contentType: type });
  const conditions = grant.ifNoneMatch === undefined ? undefined : { ifNoneMatch: grant.ifNoneMatch };
  const written = await driver.write(grant.key, body, { ...plainCall, attributes, conditions, onBytes: undefined });
  response.setHeader("etag", `"${written.etag}"`);
  end(response, 200);
}

function end(response: ServerResponse, status: number, text = ""): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { "content-type": "text/plain" });
  response.end(text);
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
