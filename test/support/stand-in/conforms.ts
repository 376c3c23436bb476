import type { SdkInterface, SdkType, SdkTypes } from "./sdk-types.js";

export interface Failure {
  /** Path of the property, e.g. `spec.template.spec.containers[0].imag`. */
  readonly property: string;
  readonly reason: string;
}

/** How Pulumi marks what is no plain JSON: secrets, outputs, assets, archives, references to resources. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** What stands for a value that only the update knows. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The value that a secret or an output holds; everything else as it is. */
export function unwrapped(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(SIGNATURE in value)) return value;
  const signed = value as { readonly [SIGNATURE]: unknown; readonly value?: unknown };
  if (signed[SIGNATURE] === SECRET || signed[SIGNATURE] === OUTPUT) return unwrapped(signed.value ?? UNKNOWN);
  return value;
}

/** Everything in `inputs` that the SDK's types do not allow, and everything they ask for that is not there. */
export function failuresOf(
  inputs: Readonly<Record<string, unknown>>,
  allowed: SdkInterface,
  types: SdkTypes,
  at = "",
): readonly Failure[] {
  const failures: Failure[] = [];
  const property = (name: string) => (at === "" ? name : `${at}.${name}`);
  for (const [name, { required }] of allowed) {
    const value = unwrapped(inputs[name]);
    if (required && (value === undefined || value === null)) {
      failures.push({ property: property(name), reason: "is missing" });
    }
  }
  for (const [name, value] of Object.entries(inputs)) {
    // The SDK puts its own version and defaults there.
    if (name === "__defaults" || name === "__internal") continue;
    const known = allowed.get(name);
    if (known === undefined) {
      const reason = `is no property here; there are ${[...allowed.keys()].join(", ")}`;
      failures.push({ property: property(name), reason });
    } else failures.push(...mismatches(value, known.type, types, property(name)));
  }
  return failures;
}

function mismatches(raw: unknown, type: SdkType, types: SdkTypes, at: string): readonly Failure[] {
  const value = unwrapped(raw);
  if (value === undefined || value === null || value === UNKNOWN || type.kind === "any") return [];
  const wrong = (wanted: string): readonly Failure[] => [
    { property: at, reason: `is ${JSON.stringify(value).slice(0, 80)}, and has to be ${wanted}` },
  ];
  switch (type.kind) {
    case "string":
    case "number":
    case "boolean":
      return kindOf(value) === type.kind ? [] : wrong(`a ${type.kind}`);
    case "literal":
      return value === type.value ? [] : wrong(JSON.stringify(type.value));
    case "array":
      if (!Array.isArray(value)) return wrong("a list");
      return value.flatMap((each, index) => mismatches(each, type.of, types, `${at}[${index}]`));
    case "map":
      if (!isRecord(value)) return wrong("a mapping");
      return Object.entries(value).flatMap(([key, each]) => mismatches(each, type.of, types, `${at}.${key}`));
    case "union": {
      const tried = type.of.map((member) => mismatches(value, member, types, at));
      return tried.find((failures) => failures.length === 0) ?? tried.at(-1) ?? [];
    }
    case "object": {
      if (!isRecord(value)) return wrong("an object");
      const nested = types.interface(type.name);
      return nested === undefined ? [] : failuresOf(value, nested, types, at);
    }
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return typeof value;
}
