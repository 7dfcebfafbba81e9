import { attributeMutants } from "./attributes.js";
import { conditionMutants } from "./conditions.js";
import { copyMutants } from "./copies.js";
import { errorMutants } from "./errors.js";
import { extentMutants } from "./extents.js";
import { keyMutants } from "./keys.js";
import { cancelMutants, leakMutants, lieMutants } from "./lifecycle.js";
import { listMutants } from "./lists.js";
import { localMutants } from "./local.js";
import type { Mutant } from "./mutant.js";
import { containerMutants, presignMutants, registryMutants, retryMutants } from "./services.js";
import { unsupportedMutants } from "./unsupported.js";
import { uploadMutants } from "./uploads.js";
import { wastefulMutants } from "./wasteful.js";
import { aliasingMutants, lostEffectMutants, tornMutants } from "./writes.js";

/** Stores with one fault each: the suite must fail every one of them. */
export const mutants: readonly Mutant[] = [
  ...lostEffectMutants,
  ...copyMutants,
  ...extentMutants,
  ...aliasingMutants,
  ...keyMutants,
  ...listMutants,
  ...attributeMutants,
  ...conditionMutants,
  ...uploadMutants,
  ...tornMutants,
  ...errorMutants,
  ...cancelMutants,
  ...leakMutants,
  ...lieMutants,
  ...retryMutants,
  ...unsupportedMutants,
  ...containerMutants,
  ...presignMutants,
  ...registryMutants,
  ...wastefulMutants,
  ...localMutants,
];
