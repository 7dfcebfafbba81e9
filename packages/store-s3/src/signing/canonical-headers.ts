/** The lines that a signature covers, and their names. */
export interface CanonicalHeaders {
  readonly lines: string;
  /** Separated by `;`. */
  readonly names: string;
}

// Kept from one request to the next: sorting needs them for as long as one call lasts.
const sortedNames: string[] = [];
const sortedValues: string[] = [];

/**
 * Lower-case names and values in turn, in order of name. `host` is given apart because the transport writes it. Sorted by insertion:
 * requests carry about ten headers, mostly in order already.
 */
export function canonicalHeaders(host: string, headers: readonly string[]): CanonicalHeaders {
  sortedNames[0] = "host";
  sortedValues[0] = host;
  let count = 1;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    let place = count;
    while (place > 0 && (sortedNames[place - 1] ?? "") > name) {
      sortedNames[place] = sortedNames[place - 1] ?? "";
      sortedValues[place] = sortedValues[place - 1] ?? "";
      place -= 1;
    }
    sortedNames[place] = name;
    sortedValues[place] = headers[index + 1] ?? "";
    count += 1;
  }
  let lines = "";
  let names = "";
  for (let index = 0; index < count; index += 1) {
    const name = sortedNames[index] ?? "";
    lines += `${name}:${collapse(sortedValues[index] ?? "")}\n`;
    names += index === 0 ? name : `;${name}`;
  }
  // Values may be keys and tokens of a caller: they are not to outlive the request here.
  sortedValues.length = 0;
  return { lines, names };
}

function collapse(value: string): string {
  return value.includes("  ") ? value.replace(/ +/g, " ").trim() : value.trim();
}
