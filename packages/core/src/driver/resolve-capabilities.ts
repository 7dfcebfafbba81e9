import { DELETE_BATCH_DEFAULT } from "../constants/transfer.js";
import { KEY_BYTES_MAX, METADATA_BYTES_MAX } from "../constants/keys.js";
import { FEATURES } from "./capabilities.js";
import type { Capabilities, Feature, Support } from "./capabilities.js";
import type { StoreDriver } from "./driver.js";

/** Features that core derives from the required primitives. */
const emulated: ReadonlySet<Feature> = new Set<Feature>([
  "getInto",
  "lease",
  "getRanges",
  "deleteMany",
  "copy",
  "rename",
]);

/** Features that mean a method; saying `native` without it is a driver's mistake that users must not meet. */
const methods: Partial<Record<Feature, (driver: StoreDriver) => unknown>> = {
  getInto: (driver) => driver.readInto,
  lease: (driver) => driver.releaseBytes,
  getRanges: (driver) => driver.readRanges,
  deleteMany: (driver) => driver.deleteMany,
  copy: (driver) => driver.copyFrom,
  rename: (driver) => driver.rename,
  presign: (driver) => driver.presign,
  cleanup: (driver) => driver.cleanup,
  multipart: (driver) => driver.multipart,
  listParts: (driver) => driver.multipart?.listParts,
  listUploads: (driver) => driver.multipart?.listUploads,
};

/** The public record of what a store can do, from what its driver declares and has. */
export function resolveCapabilities(driver: StoreDriver, containers: readonly Feature[] = []): Capabilities {
  const declared = driver.capabilities;
  const native = new Set<Feature>([...declared.native, ...containers]);
  const refused = new Set<Feature>(declared.unsupported);
  const support = (feature: Feature): Support => {
    if (refused.has(feature)) return "unsupported";
    const method = methods[feature];
    if (native.has(feature) && (method === undefined || method(driver) !== undefined)) return "native";
    // A copy that must create only, or keep attributes, goes the way of put.
    if (feature === "copyCreateOnly" && !refused.has("copy") && native.has("createOnly")) return "emulated";
    if (feature === "putStream") return support("multipart") === "native" ? "emulated" : "unsupported";
    return emulated.has(feature) ? "emulated" : "unsupported";
  };
  const multipart = support("multipart") !== "unsupported";
  return deepFreeze({
    ...record(support),
    ...(multipart ? {} : { listParts: "unsupported" as const, listUploads: "unsupported" as const }),
    listOrder: declared.listOrder,
    etag: declared.etag,
    multipartBehaviour: declared.multipart ?? { concurrent: "independent", abortReclaims: true, unequalParts: false },
    keys: { ...declared.keys },
    limits: {
      deleteBatch: DELETE_BATCH_DEFAULT,
      keyBytes: KEY_BYTES_MAX,
      metadataBytes: METADATA_BYTES_MAX,
      ...declared.limits,
    },
    notes: { ...declared.notes },
  });
}

function record(support: (feature: Feature) => Support): Record<Feature, Support> {
  const result: Partial<Record<Feature, Support>> = {};
  for (const feature of FEATURES) result[feature] = support(feature);
  // Complete by construction: FEATURES holds every Feature.
  return result as Record<Feature, Support>;
}

function deepFreeze<Shape extends object>(value: Shape): Shape {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
