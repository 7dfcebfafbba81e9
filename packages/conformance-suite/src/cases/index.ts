import type { Case } from "../engine/case.js";
import { attributeCases } from "./attributes.js";
import { callCases } from "./calls.js";
import { cancelCases } from "./cancel.js";
import { concurrencyCases } from "./concurrency.js";
import { conditionalCases } from "./conditional.js";
import { containerCases } from "./containers.js";
import { copyCases } from "./copy.js";
import { deleteCases } from "./delete.js";
import { errorCases } from "./errors.js";
import { readCases } from "./get.js";
import { integrityCases } from "./integrity.js";
import { keyCases } from "./keys.js";
import { pagingCases } from "./list-paging.js";
import { listCases } from "./list.js";
import { localCases } from "./local.js";
import { manifestCases } from "./manifest.js";
import { multipartCases } from "./multipart.js";
import { presignCases } from "./presign.js";
import { writeCases } from "./put.js";
import { rangeCases } from "./range.js";
import { statCases } from "./stat.js";
import { streamCases } from "./stream.js";
import { uriCases } from "./uri.js";

/** Every case of the suite but the refusals, in the order of the list. */
export const allCases: readonly Case[] = [
  ...manifestCases,
  ...writeCases,
  ...streamCases,
  ...readCases,
  ...rangeCases,
  ...statCases,
  ...attributeCases,
  ...keyCases,
  ...listCases,
  ...pagingCases,
  ...deleteCases,
  ...copyCases,
  ...conditionalCases,
  ...multipartCases,
  ...concurrencyCases,
  ...cancelCases,
  ...errorCases,
  ...containerCases,
  ...presignCases,
  ...integrityCases,
  ...uriCases,
  ...callCases,
  ...localCases,
];
