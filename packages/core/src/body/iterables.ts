/** Can it be iterated, one way or the other? Strings are not counted: as bodies and as items they are mistakes or values. */
export function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return [Symbol.asyncIterator, Symbol.iterator].some((name) => typeof Reflect.get(value, name) === "function");
}

/** An iterator of `source`; the asynchronous one where it has both. */
export function iteratorOf<Item>(source: Iterable<Item> | AsyncIterable<Item>): Iterator<Item> | AsyncIterator<Item> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
