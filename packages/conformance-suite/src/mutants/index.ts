import { attributeValueMutants } from "./attribute-values.js";
import { attributeMutants } from "./attributes.js";
import { conditionMutants } from "./conditions.js";
import { contentMutants } from "./contents.js";
import { etagMutants } from "./etags.js";
import { readConditionMutants } from "./read-conditions.js";
import { rangeMutants } from "./ranges.js";
import { streamMutants } from "./streams.js";
import { copyMutants } from "./copies.js";
import { errorMutants } from "./errors.js";
import { extentMutants } from "./extents.js";
import { headersLostMutants } from "./headers-lost.js";
import { keyFoldMutants } from "./key-folds.js";
import { keyMutants } from "./keys.js";
import { cancelMutants } from "./cancel.js";
import { leakMutants } from "./leaks.js";
import { leaseMutants } from "./leases.js";
import { lieMutants } from "./lies.js";
import { listIterationMutants } from "./list-iteration.js";
import { listPageMutants } from "./list-pages.js";
import { listRuleMutants } from "./list-rules.js";
import { localMutants } from "./local.js";
import type { Mutant } from "./mutant.js";
import { containerMutants } from "./containers.js";
import { presignMutants } from "./presign.js";
import { registryMutants } from "./registry.js";
import { retryMutants } from "./retries.js";
import { unsupportedMutants } from "./unsupported.js";
import { uploadListMutants } from "./upload-lists.js";
import { uploadMutants } from "./uploads.js";
import { wastefulMutants } from "./wasteful.js";
import { aliasingMutants } from "./aliasing.js";
import { lostEffectMutants } from "./lost-effects.js";
import { tornMutants } from "./torn.js";

/** Stores with one fault each: the suite must fail every one of them. */
export const mutants: readonly Mutant[] = [
  ...lostEffectMutants,
  ...copyMutants,
  ...extentMutants,
  ...contentMutants,
  ...rangeMutants,
  ...streamMutants,
  ...aliasingMutants,
  ...keyMutants,
  ...keyFoldMutants,
  ...listRuleMutants,
  ...listPageMutants,
  ...listIterationMutants,
  ...attributeValueMutants,
  ...attributeMutants,
  ...conditionMutants,
  ...readConditionMutants,
  ...etagMutants,
  ...uploadMutants,
  ...uploadListMutants,
  ...tornMutants,
  ...errorMutants,
  ...cancelMutants,
  ...leakMutants,
  ...leaseMutants,
  ...headersLostMutants,
  ...lieMutants,
  ...retryMutants,
  ...unsupportedMutants,
  ...containerMutants,
  ...presignMutants,
  ...registryMutants,
  ...wastefulMutants,
  ...localMutants,
];
