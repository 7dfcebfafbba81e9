/**
 * Calls a caller's callback. What it throws does not disturb the transfer, nor reach a driver in the middle of its work: it is
 * thrown on its own, as Node does with an event listener's.
 */
export function callBack<Argument>(callback: ((argument: Argument) => void) | undefined, argument: Argument): void {
  try {
    callback?.(argument);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
