import { StoreError } from "../errors/index.js";
import { attempt } from "../operations/attempt.js";
import { sameService } from "../operations/copy.js";
import { inScope } from "../operations/scope.js";
import type { StoreContext } from "../store/context.js";
import type { CallOptions } from "../store/settings.js";

/** Throws `InvalidArgument` where the destination is, or lies inside, its source: a copy would read what it writes. */
export async function checkApart(from: StoreContext, to: StoreContext, options: CallOptions): Promise<void> {
  const [source, target] = (await placesOf(from, to, options)) ?? [];
  if (source === undefined || target === undefined || !target.startsWith(source)) return;
  throw new StoreError({
    code: "InvalidArgument",
    message: `the destination ${to.uriOf("")} ${target === source ? "is" : "lies inside"} its source ${from.uriOf("")}`,
  });
}

/** Both ends in one spelling, each with a final `/`; `undefined` where they cannot meet. */
async function placesOf(
  from: StoreContext,
  to: StoreContext,
  options: CallOptions,
): Promise<readonly [string, string] | undefined> {
  const source = await placeOf(from, options);
  const target = source === undefined ? undefined : await placeOf(to, options);
  if (source !== undefined && target !== undefined) return [asFolder(source), asFolder(target)];
  return sameService(from, to) ? [asFolder(from.uriOf("")), asFolder(to.uriOf(""))] : undefined;
}

async function placeOf(context: StoreContext, { signal, retries, timeouts }: CallOptions): Promise<string | undefined> {
  const { driver } = context;
  const { place } = driver;
  if (place === undefined) return undefined;
  return inScope(context, "copyPrefix", undefined, { signal, retries, timeouts }, false, (scope) =>
    attempt(scope, (call) => place.call(driver, "", call)),
  );
}

function asFolder(place: string): string {
  return place.endsWith("/") ? place : `${place}/`;
}
