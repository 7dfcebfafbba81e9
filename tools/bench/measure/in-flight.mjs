/**
 * Runs `count` operations with at most `width` in flight.
 *
 * @param {number} count
 * @param {number} width
 * @param {(index: number) => Promise<unknown>} operation
 */
export async function inFlight(count, width, operation) {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await operation(index);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}
