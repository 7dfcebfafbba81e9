import { AZURE_BLOCK_LIST_ANSWER_MAX } from "@stowage/core";
import type { DriverCall } from "@stowage/core";
import { readXml } from "@stowage/http";
import type { XmlReader } from "@stowage/http";
import type { Block } from "../driver/operations.js";
import type { WireClient } from "./wire-client.js";

/** Get Block List, the uncommitted half. */
export async function uncommittedBlocks(client: WireClient, key: string, call: DriverCall): Promise<readonly Block[]> {
  const response = await client.send(
    {
      method: "GET",
      key,
      query: [
        ["blocklisttype", "uncommitted"],
        ["comp", "blocklist"],
      ],
      collectMax: AZURE_BLOCK_LIST_ANSWER_MAX,
      replayable: true,
    },
    call,
  );
  return readBlockList(response.bytes);
}

/** Throws `Unavailable` for an answer that cannot be read: taken for an empty list it would say that the upload has ended. */
export function readBlockList(answer: Uint8Array): readonly Block[] {
  return readXml(answer, readBlocks);
}

/** Blocks are the only elements of the answer that have a name and a size. */
function readBlocks(reader: XmlReader): Block[] {
  const blocks: Block[] = [];
  let id = "";
  for (;;) {
    const event = reader.next();
    if (event === "end") return blocks;
    if (event !== "leaf") continue;
    if (reader.name === "Name") id = reader.text;
    else if (reader.name === "Size") blocks.push({ id, size: Number(reader.text) });
  }
}
