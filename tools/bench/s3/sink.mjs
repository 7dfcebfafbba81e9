// Compiles and starts sink.c, and nginx in front of it for TLS where there is one.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findProgram } from "../../machine/needs.mjs";
import { freePort } from "../../servers/free-port.mjs";

const execute = promisify(execFile);
const source = fileURLToPath(new URL("sink.c", import.meta.url));

/**
 * @returns {Promise<{ endpoint: string, tls: { endpoint: string, caFile: string } | undefined, stop: () => Promise<void> }>}
 */
export async function startSink() {
  const folder = mkdtempSync(join(tmpdir(), "stowage-sink-"));
  const program = join(folder, "sink");
  await execute(findProgram("gcc") ?? "cc", ["-O2", "-o", program, source]);
  const sink = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const [port] = await once(sink.stdout, "data");
  const endpoint = `http://127.0.0.1:${Number(String(port))}`;
  const tls = await startTls(folder, endpoint);
  return {
    endpoint,
    tls,
    async stop() {
      await tls?.stop();
      const ended = once(sink, "exit");
      sink.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {string} folder @param {string} upstream */
async function startTls(folder, upstream) {
  const nginx = findProgram("nginx");
  if (nginx === undefined || findProgram("openssl") === undefined) return undefined;
  const { keyFile, certFile, caFile } = certificates(folder);
  const port = await freePort();
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, upstream, keyFile, certFile));
  const server = spawn(nginx, ["-p", folder, "-c", file, "-e", join(folder, "error.log")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const endpoint = `https://localhost:${port}`;
  for (let tries = 0; tries < 100; tries += 1) {
    const up = await fetchable(port);
    if (up) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    endpoint,
    caFile,
    async stop() {
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
    },
  };
}

/** An authority and a certificate of it: some clients take no certificate for its own authority. @param {string} folder */
function certificates(folder) {
  const at = (/** @type {string} */ name) => join(folder, name);
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const openssl = (/** @type {string[]} */ args) => execFileSync("openssl", args, { stdio: "ignore" });
  const caUse = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
  openssl([
    "req",
    "-x509",
    ...ec,
    "-days",
    "2",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
    "-subj",
    "/CN=bench",
    ...caUse,
  ]);
  openssl(["req", ...ec, "-keyout", at("key.pem"), "-out", at("leaf.csr"), "-subj", "/CN=localhost"]);
  writeFileSync(at("leaf.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
  const issuer = [
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("leaf.ext"),
  ];
  openssl(["x509", "-req", "-in", at("leaf.csr"), "-out", at("cert.pem"), ...issuer]);
  return { keyFile: at("key.pem"), certFile: at("cert.pem"), caFile: at("ca.pem") };
}

/** @param {number} port */
async function fetchable(port) {
  const { connect } = await import("node:net");
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** @param {string} folder @param {number} port @param {string} upstream @param {string} keyFile @param {string} certFile */
function configuration(folder, port, upstream, keyFile, certFile) {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${join(folder, name.replace("client_", ""))};`)
    .join(" ");
  return `daemon off; worker_processes 1; pid ${join(folder, "nginx.pid")};
events { worker_connections 1024; }
http {
  access_log off; ${temporary}
  upstream sink { server ${upstream.replace("http://", "")}; keepalive 128; }
  server {
    listen 127.0.0.1:${port} ssl; server_name localhost;
    ssl_certificate ${certFile}; ssl_certificate_key ${keyFile}; ssl_protocols TLSv1.3;
    keepalive_requests 1000000; client_max_body_size 0;
    location / {
      proxy_pass http://sink; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_request_buffering off; proxy_buffering on; proxy_buffers 8 64k;
    }
  }
}
`;
}
