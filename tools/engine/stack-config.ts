import { dump, loadAll } from "js-yaml";

/** What the CLI writes into a stack file and reads from it; other keys are passed on as they are. */
interface StackFile {
  readonly encryptionsalt?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

const HEADER = "# Made from the committed stack file at every run; secrets and their salt are kept only here.\n";

/**
 * The private stack file: the committed one, with the salt and the secrets that must not be committed, and
 * settings of one run. Secrets are the values of `before` (the private file as it is) that the CLI has encrypted.
 */
export function privateStackFile(
  committed: string,
  before: string,
  salt: string,
  overrides: Readonly<Record<string, unknown>> = {},
): string {
  const kept = Object.entries(parse(before).config ?? {}).filter(([, value]) => isSecret(value));
  const { config, ...rest } = parse(committed);
  const merged = { ...config, ...Object.fromEntries(kept), ...overrides };
  return HEADER + dump({ ...rest, encryptionsalt: salt, config: merged }, { lineWidth: -1 });
}

export function saltOf(stackFile: string): string | undefined {
  return parse(stackFile).encryptionsalt;
}

/** The keys of the secrets in a stack file, e.g. `secret:npm-token`. */
export function secretKeys(stackFile: string): readonly string[] {
  return Object.entries(parse(stackFile).config ?? {}).flatMap(([key, value]) => (isSecret(value) ? [key] : []));
}

function parse(text: string): StackFile {
  return (loadAll(text)[0] ?? {}) as StackFile;
}

/** `{secure: ciphertext}`, or a structure that holds one. */
function isSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === "secure" || isSecret(inner));
}
