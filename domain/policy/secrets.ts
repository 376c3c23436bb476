/** Words of a name that say that its value is a secret. */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  "APIKEY",
  "CREDENTIAL",
  "CREDENTIALS",
  "PASSPHRASE",
  "PASSWD",
  "PASSWORD",
  "PWORD",
  "SECRET",
  "SECRETS",
  "TOKEN",
]);

/** Words that make a secret of a following KEY; `PUBLIC_KEY` and `CACHE_KEY` are none. */
const SECRET_KEY_WORDS: ReadonlySet<string> = new Set([
  "ACCESS",
  "ACCOUNT",
  "API",
  "AUTH",
  "ENCRYPTION",
  "LICENSE",
  "MASTER",
  "PRIVATE",
  "SIGNING",
  "SSH",
]);

/** Endings that turn a secret into the place where it is found. */
const POINTER_WORDS: ReadonlySet<string> = new Set(["DIR", "FILE", "ID", "NAME", "PATH", "URL"]);

const SECRET_VALUES: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "an AWS access key", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: "a GitHub token", pattern: /\b(?:gh[opsur]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{36,})/ },
  { what: "a GitLab token", pattern: /\bglpat-[0-9A-Za-z_-]{20,}/ },
  { what: "an npm token", pattern: /\bnpm_[0-9A-Za-z]{36}\b/ },
  { what: "a PyPI token", pattern: /\bpypi-[0-9A-Za-z_-]{40,}/ },
  { what: "a Slack token", pattern: /\bxox[abeoprs]-[0-9A-Za-z-]{10,}/ },
  { what: "a Google API key", pattern: /\bAIza[0-9A-Za-z_-]{35}/ },
  { what: "a Stripe key", pattern: /\b[rs]k_live_[0-9A-Za-z]{16,}/ },
  { what: "a Hugging Face token", pattern: /\bhf_[0-9A-Za-z]{30,}/ },
  { what: "an API key of a model provider", pattern: /\bsk-(?:ant-|proj-)?[0-9A-Za-z_-]{32,}/ },
  { what: "a JSON web token", pattern: /\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\./ },
  { what: "a private key", pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { what: "a URL with a password", pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:[^\s:/@$]+@/i },
];

/** Whether the name alone says "secret": `NPM_TOKEN`, `apiKey` and `DB_PASSWORD` do, `TOKENIZERS_PARALLELISM` and `PASSWORD_FILE` do not. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== "");
  if (POINTER_WORDS.has(words.at(-1) ?? "")) return false;
  return words.some(
    (word, index) => SECRET_WORDS.has(word) || (word === "KEY" && SECRET_KEY_WORDS.has(words[index - 1] ?? "")),
  );
}

/** What a value looks like, e.g. `a GitHub token`; undefined where it looks like no secret. Never part of it. */
export function secretKindOf(value: string): string | undefined {
  return SECRET_VALUES.find(({ pattern }) => pattern.test(value))?.what;
}
