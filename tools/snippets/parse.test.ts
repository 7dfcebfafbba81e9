import { expect, it } from "vitest";
import { parseSnippets } from "./parse.mjs";

it("finds ts and sh blocks with the line they start on, and no others", () => {
  const text = [
    "# Title",
    "",
    "```ts",
    "const a = 1;",
    "```",
    "",
    "```json",
    "{}",
    "```",
    "```sh",
    "ls",
    "```",
    "",
  ].join("\n");
  expect(parseSnippets("a.md", text)).toEqual([
    { file: "a.md", line: 4, language: "ts", code: "const a = 1;\n" },
    { file: "a.md", line: 11, language: "sh", code: "ls\n" },
  ]);
});

it("takes the reason for not running a snippet from the comment right before it", () => {
  const text = "<!-- snippet: skip needs an AWS account -->\n\n```sh\naws\n```\n\n```sh\nls\n```\n";
  expect(parseSnippets("a.md", text).map(({ skip }) => skip)).toEqual(["needs an AWS account", undefined]);
});

it("keeps fences inside longer fences as text", () => {
  expect(parseSnippets("a.md", "````md\n```sh\nexit 1\n```\n````\n")).toEqual([]);
});
