import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sources } from "../checks/sources.mjs";
import { repository } from "../run/install.mjs";
import { startAzurite, startS3Server } from "../servers/index.mjs";
import { parseSnippets } from "./parse.mjs";
import { createWorkplace } from "./workplace.mjs";

const DOCUMENTS =
  /^(README\.md|CONTRIBUTING\.md|SECURITY\.md|docs\/.*\.md|packages\/[^/]+\/(README\.md|docs\/.*\.md))$/;

const snippets = sources(repository, DOCUMENTS).flatMap(({ path, text }) => parseSnippets(path, text));
const runnable = snippets.filter(({ skip }) => skip === undefined);
const all = runnable.map(({ code }) => code).join("\n");
const moduleName = ({ file, line }: { file: string; line: number }): string => `${file.replaceAll(/\W/g, "-")}-${line}`;

let workplace: Awaited<ReturnType<typeof createWorkplace>>;
let complaints = "";
const environment: NodeJS.ProcessEnv = { NO_COLOR: "1" };
const servers: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  workplace = await createWorkplace(Object.keys(scripts));
  complaints = await workplace.compile(
    runnable.filter(({ language }) => language === "ts").map((one) => ({ name: moduleName(one), code: one.code })),
  );
  const buckets = new Set([...all.matchAll(/s3:\/\/([a-z0-9][a-z0-9.-]+)/g)].map(([, name = ""]) => name));
  if (buckets.size > 0) {
    const server = await startS3Server({ buckets: [...buckets] });
    servers.push(server);
    Object.assign(environment, server.environment);
  }
  const containers = new Set([...all.matchAll(/az:\/\/devstoreaccount1\/([a-z0-9-]+)/g)].map(([, name = ""]) => name));
  if (containers.size > 0) {
    const server = await startAzurite();
    servers.push(server);
    Object.assign(environment, server.environment);
    for (const name of containers) {
      const { code, output } = await workplace.runShell(
        `stowage mb az://${server.account}/${name}`,
        workplace.folder,
        environment,
      );
      expect(code, output).toBe(0);
    }
  }
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await workplace.remove();
});

describe.each([...new Set(snippets.map(({ file }) => file))])("%s", (file) => {
  const folder = (): string => join(workplace.folder, file.replaceAll(/\W/g, "-"));
  beforeAll(() => void mkdirSync(folder(), { recursive: true }));

  for (const snippet of snippets.filter((one) => one.file === file)) {
    it(`line ${snippet.line} (${snippet.language}) runs`, async (context) => {
      if (snippet.skip !== undefined) context.skip(snippet.skip.replace(/^(?!needs )/, "needs what no test has: "));
      if (snippet.language === "sh") {
        const { code, output } = await workplace.runShell(snippet.code, folder(), environment);
        expect(code, output).toBe(0);
        return;
      }
      const name = moduleName(snippet);
      expect(complaints.split("\n").filter((line) => line.startsWith(`${name}.ts`))).toEqual([]);
      const { code, output } = await workplace.runModule(name, folder(), environment);
      expect(code, output).toBe(0);
    });
  }
});
