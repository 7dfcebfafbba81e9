import { StoreError } from "../errors/index.js";
import { sameService } from "../operations/copy.js";
import type { StoreContext } from "../store/context.js";

/** Throws `InvalidArgument` where the destination is, or lies inside, its source: a copy would read what it writes. */
export async function checkApart(from: StoreContext, to: StoreContext): Promise<void> {
  const [source, target] = (await placesOf(from, to)) ?? [];
  if (source === undefined || target === undefined || !target.startsWith(source)) return;
  throw new StoreError({
    code: "InvalidArgument",
    message: `the destination ${to.uriOf("")} ${target === source ? "is" : "lies inside"} its source ${from.uriOf("")}`,
  });
}

/** Both ends in one spelling, each with a final `/`; `undefined` where they cannot meet. */
async function placesOf(from: StoreContext, to: StoreContext): Promise<readonly [string, string] | undefined> {
  const [source, target] = [await from.driver.place?.(""), await to.driver.place?.("")];
  if (source !== undefined && target !== undefined) return [asFolder(source), asFolder(target)];
  return sameService(from, to) ? [asFolder(from.uriOf("")), asFolder(to.uriOf(""))] : undefined;
}

function asFolder(place: string): string {
  return place.endsWith("/") ? place : `${place}/`;
}
