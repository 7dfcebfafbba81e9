/** O_DIRECT: sizes, queue depths and thresholds of store-direct. */
export {};
