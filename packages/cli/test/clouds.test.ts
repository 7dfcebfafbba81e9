import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startAzurite, startS3Server } from "../../../tools/servers/index.mjs";
import { lines, stowage } from "./command.js";

/** Names that a URL, a shell or a careless client would change. */
const files = {
  "a.txt": "1",
  "sp ace/%41#?.json": "22",
  "e\u0301/😀": "333",
  "big.bin": "x".repeat(3_000_000),
  empty: "",
};

let root: string;
let from: string;
let azure: string;
const servers: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "stowage-clouds-"));
  from = join(root, "from");
  for (const [path, body] of Object.entries(files)) {
    await mkdir(dirname(join(from, path)), { recursive: true });
    await writeFile(join(from, path), body);
  }
  const s3 = await startS3Server({ buckets: ["one"] });
  servers.push(s3);
  const azurite = await startAzurite();
  servers.push(azurite);
  for (const [name, value] of Object.entries({ ...s3.environment, ...azurite.environment })) vi.stubEnv(name, value);
  azure = `az://${azurite.account}/two`;
}, 120_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.map((server) => server.stop()));
  await rm(root, { recursive: true, force: true });
});

it("a tree goes from here to S3, from there to Azure, and comes back the same, plain as it was", async () => {
  expect((await stowage(["mb", azure])).status).toBe(0);
  for (const [source, destination] of [
    [from, "s3://one/tree"],
    ["s3://one/tree", `${azure}/copy/`],
    [`${azure}/copy`, join(root, "back")],
  ] as const) {
    const { status, stderr } = await stowage(["cp", "-r", "--verify", source, destination]);
    expect(lines(stderr).at(-1)).toBe("verified 5 files, 3000006 bytes, 0 differences");
    expect(status).toBe(0);
  }
  expect(execFileSync("diff", ["-r", from, join(root, "back")], { encoding: "utf8" })).toBe("");
});

it("ls of a whole service names its containers", async () => {
  const account = azure.slice(0, azure.lastIndexOf("/"));
  expect(await stowage(["ls", "s3://"])).toMatchObject({ status: 0, stdout: "one/\n", stderr: "" });
  expect(await stowage(["ls", account])).toEqual({ status: 0, stdout: "two/\n", stderr: "" });
  const [line = ""] = lines((await stowage(["ls", "--json", "s3://"])).stdout);
  expect(JSON.parse(line)).toMatchObject({ container: "one", uri: expect.stringMatching(/^s3:\/\/one/) });
  const listed = await stowage(["ls", "-l", "--include", "o*", "s3://", account]);
  expect(listed.stdout).toMatch(/^s3:\/\/:\n +- {2}\S+ +one\/\n\naz:\/\/\w+:\n$/);
  expect(await stowage(["ls", "-r", "s3://"])).toMatchObject({ status: 2, stdout: "" });
  expect(await stowage(["ls", "az://"])).toMatchObject({ status: 2, stderr: expect.stringContaining("InvalidUri") });
});

it("listings are in UTF-8 byte order on both, and name objects that cat finds", async () => {
  const sorted = Object.keys(files).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const uri of ["s3://one/tree", `${azure}/copy`]) {
    const { stdout } = await stowage(["ls", "-r", "--json", uri]);
    const entries = lines(stdout).map((line): { uri: string; key: string } => JSON.parse(line));
    expect(entries.map(({ key }) => key)).toEqual(sorted);
    const odd = entries.find(({ key }) => key.includes("#"));
    expect((await stowage(["cat", odd?.uri ?? ""])).stdout).toBe("22");
  }
});

it("ranges, attributes and summaries are the same on both", async () => {
  for (const uri of ["s3://one/tree", `${azure}/copy`]) {
    expect((await stowage(["cat", "--range", "1-2", `${uri}/e\u0301/😀`])).stdout).toBe("33");
    expect((await stowage(["cat", "--suffix", "4", `${uri}/big.bin`])).stdout).toBe("xxxx");
    const put = [
      "put",
      "--metadata",
      "owner=Jürgen",
      "--cache-control",
      "no-store",
      join(from, "a.txt"),
      `${uri}/b.txt`,
    ];
    expect((await stowage(put)).status).toBe(0);
    expect(JSON.parse((await stowage(["stat", "--json", `${uri}/b.txt`])).stdout)).toMatchObject({
      size: 1,
      contentType: "text/plain",
      cacheControl: "no-store",
      metadata: { owner: "Jürgen" },
    });
    expect((await stowage(["mv", `${uri}/b.txt`, `${uri}/c.txt`])).status).toBe(0);
    expect((await stowage(["rm", `${uri}/c.txt`])).status).toBe(0);
    expect((await stowage(["du", "--json", uri])).stdout).toContain('"bytes":3000006,"objects":5}');
  }
});

it("options reach the store: another endpoint has other objects, an unknown option is answered with the list", async () => {
  const elsewhere = await stowage(["ls", "--endpoint", "http://127.0.0.1:9", "-o", "retries=0", "s3://one/"]);
  expect(elsewhere).toMatchObject({ status: 1, stdout: "" });
  expect(elsewhere.stderr).toContain("Unavailable");
  const unknown = await stowage(["ls", "-o", "regoin=x", "s3://one/"]);
  expect(unknown).toMatchObject({ status: 2 });
  expect(unknown.stderr).toMatch(/its options are .*endpoint.*region/);
});

it("everything goes with rm -r and rb --force", async () => {
  expect((await stowage(["rm", "-r", "--yes", "s3://one/tree"])).stderr).toMatch(/^removed 5 objects/);
  expect(await stowage(["ls", "s3://one/"])).toEqual({ status: 0, stdout: "", stderr: "" });
  const refused = await stowage(["rb", azure]);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("--force") });
  expect(refused.stderr).toContain("[Unsupported]");
  expect(refused.stderr).not.toContain("force: true");
  expect((await stowage(["rb", "--force", azure])).status).toBe(0);
  expect(await stowage(["ls", azure])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("ContainerNotFound"),
  });
});
