import type { Case } from "../engine/case.js";
import { attributeCases } from "./attributes.js";
import { callCases } from "./calls.js";
import { cancelWriteCases } from "./cancel-writes.js";
import { cancelCases } from "./cancel.js";
import { concurrencyCases } from "./concurrency.js";
import { conditionalRaceCases } from "./conditional-races.js";
import { conditionalReadCases } from "./conditional-reads.js";
import { conditionalWriteCases } from "./conditional-writes.js";
import { leaseCases } from "./lease.js";
import { lifecycleCases } from "./lifecycle.js";
import { manyRangesCases } from "./ranges.js";
import { renameCases } from "./rename.js";
import { retryCases } from "./retries.js";
import { uploadListCases } from "./upload-lists.js";
import { uploadCases } from "./uploads.js";
import { writerCases } from "./writer.js";
import { containerCases } from "./containers.js";
import { copyCases } from "./copy.js";
import { deleteCases } from "./delete.js";
import { errorCases } from "./errors.js";
import { readCases } from "./get.js";
import { integrityCases } from "./integrity.js";
import { keyCases } from "./keys.js";
import { pagingCases } from "./list-paging.js";
import { startAfterCases } from "./list-start-after.js";
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
  ...writerCases,
  ...readCases,
  ...rangeCases,
  ...manyRangesCases,
  ...leaseCases,
  ...statCases,
  ...attributeCases,
  ...keyCases,
  ...listCases,
  ...pagingCases,
  ...startAfterCases,
  ...deleteCases,
  ...copyCases,
  ...renameCases,
  ...conditionalWriteCases,
  ...conditionalReadCases,
  ...conditionalRaceCases,
  ...multipartCases,
  ...uploadCases,
  ...uploadListCases,
  ...concurrencyCases,
  ...cancelCases,
  ...cancelWriteCases,
  ...lifecycleCases,
  ...errorCases,
  ...retryCases,
  ...containerCases,
  ...presignCases,
  ...integrityCases,
  ...uriCases,
  ...callCases,
  ...localCases,
];
