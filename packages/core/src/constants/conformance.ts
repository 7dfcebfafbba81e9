/** Longest that one case of the conformance suite may take before it counts as hanging, unless it names its own. Milliseconds;
 * ours: some hundred times what the slowest case takes on a local server, a loaded machine included. */
export const CONFORMANCE_CASE_DEADLINE_DEFAULT_MS = 20_000;

/** Entries after which a listing that a case collects is taken for one that never ends. Ours: four times the longest one. */
export const CONFORMANCE_LISTING_MAX = 20_000;

/** Pages (or entries, one by one) after which a case takes a listing for one that never ends. Ours: more than any case has. */
export const CONFORMANCE_PAGES_MAX = 3000;
