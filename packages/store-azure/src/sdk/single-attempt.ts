import type { BlobServiceClient } from "@azure/storage-blob";
import { StoreError } from "@stowage/core";

/** What is used of the pipeline that sends an SDK client's requests, whichever copy of the SDK made it. */
interface Policies {
  clone(): Policies;
  removePolicy(which: { readonly name: string }): unknown;
  addPolicy(policy: object, where: { readonly phase: "Retry" }): void;
  getOrderedPolicies(): readonly { readonly name: string }[];
}

type Constructor = new (...given: never[]) => object;

const RETRIES = "storageRetryPolicy";

/**
 * A client that is the user's in everything (URL, credential, policies, HTTP client, overridden methods) but makes one attempt a
 * request: retries are core's, which knows when a write must not be sent again. The user's own object is left as it is.
 * Throws `InvalidArgument` for a client whose retries cannot be switched off.
 */
export function singleAttempt(client: BlobServiceClient): BlobServiceClient {
  const given = held(client, "pipeline");
  const policies = policiesOf(client);
  const service = serviceClass(client);
  if (!isObject(given) || policies === undefined || service === undefined) {
    throw new StoreError({
      code: "InvalidArgument",
      message:
        "the option client is no BlobServiceClient of a current @azure/storage-blob 12: its retries cannot be left to Stowage",
    });
  }
  const options = settingsIn(given, "options");
  const settings = { ...options, retryOptions: { ...settingsIn(options, "retryOptions"), maxTries: 1 } };
  const own = policies.clone();
  own.removePolicy({ name: RETRIES });
  // The retry policy does more than retry (time limit of an attempt), and no package exports it: the SDK makes one with the user's
  // settings, in a client that is never used.
  const once = policiesOf(construct(service, [client.url, undefined, settings]));
  const policy = once?.getOrderedPolicies().find(({ name }) => name === RETRIES);
  if (policy !== undefined) own.addPolicy(policy, { phase: "Retry" });
  // A pipeline keeps the policies it has made; the clients of containers and objects are made with the pipeline of the service's.
  const pipeline: object = Object.assign(inheriting(given), { options: settings, _corePipeline: own });
  return Object.assign(inheriting(client), construct(service, [client.url, pipeline]), {
    blobClientConfig: held(client, "blobClientConfig"),
  });
}

function policiesOf(client: object): Policies | undefined {
  const context = held(client, "storageClientContext");
  const policies = isObject(context) ? held(context, "pipeline") : undefined;
  return isPolicies(policies) ? policies : undefined;
}

/** The SDK's own class of the client, of the same copy of the SDK; the client's may be one that extends it. */
function serviceClass(client: object): Constructor | undefined {
  let found: Constructor | undefined;
  for (let prototype = parent(client); prototype !== undefined; prototype = parent(prototype)) {
    const made: unknown = prototype.constructor;
    if (Object.hasOwn(prototype, "getContainerClient") && isConstructor(made)) found = made;
  }
  return found;
}

function parent(value: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  return isObject(prototype) ? prototype : undefined;
}

function construct(made: Constructor, given: readonly unknown[]): object {
  const value: unknown = Reflect.construct(made, given);
  if (!isObject(value)) throw new TypeError("a constructor gives an object");
  return value;
}

function inheriting<Value extends object>(value: Value): Value {
  return Object.create(value);
}

function held(value: object, name: string): unknown {
  return Reflect.get(value, name);
}

function settingsIn(value: object, name: string): object {
  const settings = held(value, name);
  return isObject(settings) ? settings : {};
}

function isPolicies(value: unknown): value is Policies {
  if (!isObject(value)) return false;
  return ["clone", "removePolicy", "addPolicy", "getOrderedPolicies"].every(
    (name) => typeof held(value, name) === "function",
  );
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === "function";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
