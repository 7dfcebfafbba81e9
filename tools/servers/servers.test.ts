import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:https";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { needs } from "../machine/needs.mjs";
import { createContainer } from "./azurite/create-container.mjs";
import { selfSignedCertificate, startAzurite, startFaultProxy, startRgw, startS3Server } from "./index.mjs";

async function isListening(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    async (response) => (await response.arrayBuffer(), true),
    () => false,
  );
}

describe("a test server", () => {
  it.each([
    ["miniflare", startS3Server],
    ["azurite", startAzurite],
  ])("%s answers on a loopback port of its own and is gone after stop()", async (product, start) => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(first.product).toBe(product);
    expect(new URL(first.endpoint).hostname).toBe("127.0.0.1");
    expect(second.endpoint).not.toBe(first.endpoint);
    expect(await isListening(first.endpoint)).toBe(true);
    await Promise.all([first.stop(), second.stop()]);
    expect(await isListening(first.endpoint)).toBe(false);
  });

  it("ends with the process that started it, even a killed one", async () => {
    const script = `
      import { startS3Server } from ${JSON.stringify(new URL("index.mjs", import.meta.url).href)};
      console.log((await startS3Server()).endpoint);
      setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(starter.stdout.setEncoding("utf8"), "data");
    const endpoint = String(line).trim();
    expect(await isListening(endpoint)).toBe(true);
    starter.kill("SIGKILL");
    await expect.poll(() => isListening(endpoint), { timeout: 20_000 }).toBe(false);
  });

  it("serves https with a certificate that its clients can verify", async (context) => {
    needs(context, "openssl");
    const { certificatePath, keyPath, certificate, remove } = await selfSignedCertificate();
    const server = await startAzurite({ tls: { certificate: certificatePath, key: keyPath }, oauth: true });
    try {
      expect(server.endpoint).toMatch(/^https:/);
      const [response] = await once(get(server.endpoint, { ca: certificate, agent: false }), "response");
      expect(response.resume().statusCode).toBeGreaterThanOrEqual(400);
    } finally {
      await Promise.all([server.stop(), remove()]);
    }
  });

  it("has the containers that it was asked for", async () => {
    const server = await startAzurite({ containers: ["demo"] });
    try {
      expect(server.containers).toEqual(["demo"]);
      await expect(createContainer(server, "demo")).rejects.toThrow(
        /refused the container demo.*ContainerAlreadyExists/s,
      );
    } finally {
      await server.stop();
    }
  });

  it("says why it did not start", async () => {
    await expect(startAzurite({ tls: { certificate: "/nowhere/cert.pem", key: "/nowhere/key.pem" } })).rejects.toThrow(
      /azurite.*serve\.mjs.*\n.*cert\.pem/s,
    );
  });
});

describe("ceph", () => {
  beforeEach((context) => needs(context, "radosgw", "ceph-mon", "ceph-osd", "ceph"));

  it("answers with its buckets in place, and leaves no daemon after stop()", async () => {
    const server = await startRgw({ buckets: ["first"] });
    const answer = await fetch(`${server.endpoint}/first`);
    const missing = await fetch(`${server.endpoint}/missing`);
    expect([answer.status, missing.status]).toEqual([403, 404]);
    await server.stop();
    expect(await isListening(server.endpoint)).toBe(false);
    const processes = execFileSync("ps", ["-A", "-o", "args"], { encoding: "utf8" });
    expect(processes).not.toContain(`endpoint=${new URL(server.endpoint).host}`);
  });
});

describe("npm run servers", () => {
  it("prints variables that are ready to export, and stops on Ctrl-C", async () => {
    const run = spawn(process.execPath, [fileURLToPath(new URL("run.mjs", import.meta.url))], {
      // Without the system's folders no Ceph is found: this test is about the printing.
      env: { ...process.env, PATH: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(run, "exit");
    let output = "";
    for await (const text of run.stdout.setEncoding("utf8")) {
      output += text;
      if (String(text).includes("Ctrl-C stops")) run.kill("SIGINT");
    }
    expect(await exited).toEqual([0, null]);
    const endpoint = /^export AWS_ENDPOINT_URL_S3='(.+)'$/m.exec(output)?.[1] ?? "";
    expect(output).toMatch(/^export AZURE_STORAGE_CONNECTION_STRING='.*BlobEndpoint=http:\/\/127/m);
    expect(await isListening(endpoint)).toBe(false);
  });
});

describe("startFaultProxy", () => {
  it("refuses a target that it cannot speak to", async () => {
    await expect(startFaultProxy({ target: "https://127.0.0.1:1" })).rejects.toThrow(TypeError);
  });
});
