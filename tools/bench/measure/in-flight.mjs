/**
 * Runs `count` operations with at most `width` in flight.
 *
 * @param {number} count
 * @param {number} width
 * @param {(index: number) => Promise<unknown>} operation
 */
export async function inFlight(count, width, operation) {
  const work = { next: 0, count, operation };
  await Promise.all(Array.from({ length: Math.min(width, count) }, () => lane(work)));
}

/**
 * One function for all runs: a closure of each run's own would be compiled again within the measured one.
 *
 * @param {{ next: number, count: number, operation: (index: number) => Promise<unknown> }} work
 */
async function lane(work) {
  for (let index = work.next++; index < work.count; index = work.next++) await work.operation(index);
}
