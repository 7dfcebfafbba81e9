/** Bounds how many operations work on files at once, in arrival order. */
export class Gate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Would `run` have to wait? */
  get full(): boolean {
    return this.#running >= this.#limit;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.full) await this.#turn();
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
