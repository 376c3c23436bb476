/**
 * Properties that cross the engine as one JSON text each. As trees, the program, the engine and the provider would take them
 * apart and put them together again several times for every resource, also where nothing changed.
 */
export function encodeTexts<T extends object>(properties: T, names: readonly string[] = []): T {
  return mapped(properties, names, (value) => (value === undefined ? undefined : JSON.stringify(value)));
}

/** What `encodeTexts` was given; what is no text is taken as it is. */
export function decodeTexts<T extends object>(properties: T, names: readonly string[] = []): T {
  return mapped(properties, names, (value) => (typeof value === "string" ? JSON.parse(value) : value));
}

function mapped<T extends object>(properties: T, names: readonly string[], map: (value: unknown) => unknown): T {
  if (names.length === 0) return properties;
  const entries = Object.entries(properties).map(([name, value]) => [name, names.includes(name) ? map(value) : value]);
  return Object.fromEntries(entries) as T;
}
