import { AZURE_LIST_ANSWER_MAX } from "@stowage/core";
import type { DriverCall } from "@stowage/core";
import type { QueryParameter } from "../auth/signer.js";
import type { BlobPage, PageQuery } from "../driver/operations.js";
import { scanListing } from "./list-scan.js";
import type { WireClient } from "./wire-client.js";

/** One page of List Blobs. Throws `OddListing` for an answer that needs a real parser. */
export async function listPage(client: WireClient, query: PageQuery, call: DriverCall): Promise<BlobPage> {
  const response = await client.send(
    {
      method: "GET",
      query: listQuery(query),
      replayable: true,
      collectMax: AZURE_LIST_ANSWER_MAX,
      asked: { container: true },
    },
    call,
  );
  return scanListing(response.bytes);
}

function listQuery({ prefix, delimiter, marker, pageSize }: PageQuery): QueryParameter[] {
  const query: QueryParameter[] = [["comp", "list"]];
  if (delimiter !== undefined) query.push(["delimiter", delimiter]);
  if (marker !== undefined) query.push(["marker", marker]);
  if (pageSize !== undefined) query.push(["maxresults", String(pageSize)]);
  if (prefix !== "") query.push(["prefix", prefix]);
  query.push(["restype", "container"]);
  return query;
}
