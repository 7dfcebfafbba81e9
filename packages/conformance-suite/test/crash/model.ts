export const KEYS = ["a", "b", "dir/c", "dir/sub/d"] as const;
export const OPERATIONS = ["put", "stream", "multipart", "copy", "rename", "delete"] as const;
export const PART_SIZE = 65_536;

export interface Step {
  readonly what: (typeof OPERATIONS)[number];
  readonly key: string;
  readonly to: string;
  readonly salt: number;
  readonly size: number;
}

/** What an object is known by: its attributes say which body must be beside them. */
export function metadataOf(salt: number, size: number): Record<string, string> {
  return { salt: String(salt), size: String(size) };
}

/** Which body, by salt; `undefined` is no object. */
export type State = ReadonlyMap<string, number>;

/** The state after a step that was done whole. */
export function after(state: State, { what, key, to, salt }: Step): State {
  const next = new Map(state);
  const source = state.get(key);
  switch (what) {
    case "put":
    case "stream":
    case "multipart":
      return next.set(key, salt);
    case "delete":
      next.delete(key);
      return next;
    case "copy":
    case "rename":
      if (source === undefined || key === to) return next;
      if (what === "rename") next.delete(key);
      return next.set(to, source);
  }
}

/** States in which a crash within the step may leave the store: before, after, and of a move both objects. */
export function allowed(state: State, step: Step | undefined): readonly State[] {
  if (step === undefined) return [state];
  const states = [state, after(state, step)];
  const source = state.get(step.key);
  if (step.what === "rename" && source !== undefined) states.push(new Map(state).set(step.to, source));
  return states;
}
