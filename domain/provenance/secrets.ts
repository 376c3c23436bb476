import { isSecretName, secretKindOf } from "../policy/secrets.js";

/** A value in a predicate that looks like a secret: where it stands (`buildDefinition.externalParameters...`) and what it looks like. Never the value. */
export interface SuspectValue {
  readonly path: string;
  readonly what: string;
}

/** Every text in a JSON value that looks like a secret, or stands under a name that says so. */
export function suspectValues(value: unknown, path = ""): readonly SuspectValue[] {
  if (typeof value === "string") {
    const what = secretKindOf(value) ?? secretAssignment(value);
    return what === undefined ? [] : [{ path, what }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const place = path === "" ? key : `${path}.${key}`;
    if (typeof child === "string" && child !== "" && isSecretName(argumentName(key))) {
      return [{ path: place, what: "the value of a name that says secret" }];
    }
    return suspectValues(child, place);
  });
}

/** `NPM_TOKEN=abc`, as steps list their environment. */
function secretAssignment(text: string): string | undefined {
  const name = /^([A-Za-z_]\w*)=./.exec(text)?.[1];
  return name !== undefined && isSecretName(name) ? "the value of a variable whose name says secret" : undefined;
}

/** BuildKit lists build arguments as `build-arg:NAME`. */
function argumentName(key: string): string {
  return key.startsWith("build-arg:") ? key.slice("build-arg:".length) : key;
}
