/**
 * The local-path half of the file stores: keys and paths, URIs, listing, attributes, publication, uploads, clean-up. A store on
 * another data path (`DataPath`) is a `LocalDriver` over a context that holds it.
 */
export { allocateBytes, createBufferedPath } from "./buffered-path.js";
export { mayHaveSidecar, nextTime } from "./clock.js";
export { createDirectory, deleteDirectory, listDirectories } from "./containers.js";
export { locationOf } from "./confinement.js";
export { createContext, DURABILITIES } from "./context.js";
export type { Durability, LocalContext } from "./context.js";
export type { DataPath, MaybePromise, OpenedFile, SmallFile, SmallFileRequest } from "./data-path.js";
export { checkOneOf, LocalDriver } from "./driver.js";
export { toStoreError } from "./errors.js";
export { etagOf, factsOf } from "./facts.js";
export type { FileFacts } from "./facts.js";
export { InlineCalls } from "./inline-calls.js";
export { codeOf } from "./fs-calls.js";
export { keyToPath, LOCAL_KEY_LIMITS } from "./keys.js";
export type { KeyPath } from "./keys.js";
export { temporaryName } from "./names.js";
export { describe, infoOf } from "./open-object.js";
export { realPathOf } from "./real-path.js";
export { derivedAttributes, needsSidecar, removeSidecar } from "./sidecar.js";
export { checkDirectory, formatFileUri, parseFileUri } from "./uri.js";
