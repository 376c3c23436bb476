/** Files of a layer by path, each by its properties. */
export type Files = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** How many differences are told before the rest is only counted. */
const TOLD = 5;

/**
 * How files that were rebuilt differ from those that were released, in the order of their paths: the first few in words,
 * and how many more there are.
 */
export function fileDifferences(released: Files, rebuilt: Files): readonly string[] {
  const paths = [...new Set([...released.keys(), ...rebuilt.keys()])].sort();
  const differences = paths.flatMap((path) => {
    const [before, after] = [released.get(path), rebuilt.get(path)];
    if (before === undefined) return [`${path}: only in the rebuild`];
    if (after === undefined) return [`${path}: only in the release`];
    const changed = propertyDifferences(before, after);
    return changed === "" ? [] : [`${path}: ${changed}`];
  });
  if (differences.length === 0) return ["the same files, in another order or packed in another way"];
  const rest = differences.length - TOLD;
  return rest > 0 ? [...differences.slice(0, TOLD), `and ${rest} more`] : differences;
}

/** `mode 0755 in the release, 0775 in the rebuild; content differs`. */
function propertyDifferences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) =>
      name === "content"
        ? "content differs"
        : `${name} ${before[name] ?? "absent"} in the release, ${after[name] ?? "absent"} in the rebuild`,
    )
    .join("; ");
}

/** Where two JSON values differ: `config.Env.0: "A=1" in the release, "A=2" in the rebuild`. */
export function jsonDifferences(released: unknown, rebuilt: unknown, path = ""): readonly string[] {
  if (isTree(released) && isTree(rebuilt)) {
    const keys = [...new Set([...Object.keys(released), ...Object.keys(rebuilt)])].sort();
    return keys.flatMap((key) => jsonDifferences(released[key], rebuilt[key], path === "" ? key : `${path}.${key}`));
  }
  const [before, after] = [JSON.stringify(released), JSON.stringify(rebuilt)];
  return before === after ? [] : [`${path}: ${before ?? "absent"} in the release, ${after ?? "absent"} in the rebuild`];
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
