/** Why a run ended before its work was done: the reason of its abort signal. Not an error of any store. */
export class Interrupted extends Error {
  /** What the process ends with. */
  readonly status: number;

  constructor(status: number) {
    super("interrupted");
    this.name = "Interrupted";
    this.status = status;
  }
}
