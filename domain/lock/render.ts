import type { PackagesLock, Payload } from "./types.js";

/** The text of `packages.lock.json`: keys in a fixed order, platforms sorted, one payload a line so that a relock reads well as a diff. */
export function renderLock(lock: PackagesLock): string {
  const platforms = Object.keys(lock.platforms)
    .sort()
    .map((platform) => {
      const payloads = (lock.platforms[platform] ?? []).map((payload) => `      ${JSON.stringify(ordered(payload))}`);
      const list = payloads.length === 0 ? "[]" : `[\n${payloads.join(",\n")}\n    ]`;
      return `    ${JSON.stringify(platform)}: ${list}`;
    });
  return `{
  "schema": ${lock.schema},
  "request": ${JSON.stringify(lock.request)},
  "pool": { "digest": ${JSON.stringify(lock.pool.digest)} },
  "platforms": {
${platforms.join(",\n")}
  }
}
`;
}

const keys = [
  "kind",
  "name",
  "version",
  "architecture",
  "suite",
  "security",
  "path",
  "filename",
  "unpackTo",
  "size",
  "sha256",
];

function ordered(payload: Payload): Readonly<Record<string, unknown>> {
  const fields = new Map<string, unknown>(Object.entries(payload));
  return Object.fromEntries(keys.flatMap((key) => (fields.has(key) ? [[key, fields.get(key)]] : [])));
}
