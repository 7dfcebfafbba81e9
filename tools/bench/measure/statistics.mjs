/** @typedef {import("./interleave.mjs").Measurement} Measurement */

/**
 * @param {number[]} values
 * @returns {number}
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/**
 * CPU microseconds an operation: the median and the least of all rounds.
 *
 * @param {Measurement[]} measurements
 */
export function cpuPerOperation(measurements) {
  const each = measurements.map(({ cpuUs, operations }) => cpuUs / operations);
  return { median: median(each), min: Math.min(...each) };
}

/**
 * How many times as fast as `reference` (above 1: faster), the median of the rounds' ratios.
 *
 * @param {Measurement[]} subject
 * @param {Measurement[]} reference
 */
export function speedRatio(subject, reference) {
  return median(subject.map((one, round) => wallOf(reference[round]) / wallOf(one)));
}

/**
 * CPU an operation as a share of `reference`'s (below 1: less), the median of the rounds' ratios.
 *
 * @param {Measurement[]} subject
 * @param {Measurement[]} reference
 */
export function cpuRatio(subject, reference) {
  return median(subject.map((one, round) => cpuOf(one) / cpuOf(reference[round])));
}

/**
 * CPU microseconds an operation costs beyond `reference`, the median of the rounds' differences.
 *
 * @param {Measurement[]} subject
 * @param {Measurement[]} reference
 */
export function cpuDifference(subject, reference) {
  return median(subject.map((one, round) => cpuOf(one) - cpuOf(reference[round])));
}

/** @param {Measurement | undefined} measurement */
function wallOf(measurement) {
  return measurement === undefined ? Number.NaN : measurement.wallUs / measurement.operations;
}

/** @param {Measurement | undefined} measurement */
function cpuOf(measurement) {
  return measurement === undefined ? Number.NaN : measurement.cpuUs / measurement.operations;
}
