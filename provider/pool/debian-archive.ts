import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ProblemsError } from "../../domain/problems.js";

/** Where Debian packages come from on this machine. Addresses end without `/`. */
export interface DebianArchive {
  readonly mirror: string;
  readonly securityMirror: string;
  /** Absolute path of the keyring that must have signed the lists; without one, apt's own trusted keys count. */
  readonly keyring?: string;
}

interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly signedBy?: string;
}

const codenames = ["stable", "testing", "sid", "bullseye", "bookworm", "trixie", "forky", "duke"];

/**
 * `FACTORY_DEBIAN_MIRROR`, `FACTORY_DEBIAN_SECURITY_MIRROR` and `FACTORY_DEBIAN_KEYRING`; what they leave open is read from
 * the host's apt sources, of which only the addresses and the keyring count: the suite is the lock's.
 * @throws ProblemsError where neither says it.
 */
export async function debianArchive(
  env: NodeJS.ProcessEnv = process.env,
  aptDirectory = "/etc/apt",
): Promise<DebianArchive> {
  const sources = await readAptSources(aptDirectory);
  const main = sources.find(({ suites }) => suites.some((suite) => codenames.includes(suite)));
  const security = sources.find(({ suites }) => suites.some(isSecurity));
  const mirror = env.FACTORY_DEBIAN_MIRROR ?? main?.uris[0];
  if (mirror === undefined) {
    const message = "no Debian mirror is known: there is no source of a Debian suite here.";
    const remedy =
      "Set FACTORY_DEBIAN_MIRROR to the address of a mirror, and FACTORY_DEBIAN_SECURITY_MIRROR to its security archive.";
    throw new ProblemsError("the Debian archive", [{ place: { file: aptDirectory }, message, remedy }]);
  }
  const securityMirror = env.FACTORY_DEBIAN_SECURITY_MIRROR ?? security?.uris[0] ?? `${trimmed(mirror)}-security`;
  const keyring = env.FACTORY_DEBIAN_KEYRING ?? main?.signedBy;
  return {
    mirror: trimmed(mirror),
    securityMirror: trimmed(securityMirror),
    ...(keyring === undefined ? {} : { keyring }),
  };
}

function isSecurity(suite: string): boolean {
  return suite.endsWith("-security") || suite.endsWith("/updates");
}

function trimmed(uri: string): string {
  return uri.replace(/\/+$/, "");
}

async function readAptSources(directory: string): Promise<readonly AptSource[]> {
  const parts = path.join(directory, "sources.list.d");
  const names = (await orEmpty(readdir(parts), [])).sort();
  const files = [path.join(directory, "sources.list"), ...names.map((name) => path.join(parts, name))];
  const sources: AptSource[] = [];
  for (const file of files) {
    const text = await orEmpty(readFile(file, "utf8"), "");
    if (file.endsWith(".sources")) sources.push(...parseDeb822(text));
    else if (file.endsWith(".list")) sources.push(...parseOneLine(text));
  }
  return sources;
}

/** The deb822 form: stanzas of `Field: value`, comments with `#`, continuations indented. */
export function parseDeb822(text: string): readonly AptSource[] {
  const stanzas = text.replace(/^#.*\n/gm, "").split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const [, name = "", value = ""] of stanza.matchAll(/^([\w-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(name.toLowerCase(), value.trim());
    }
    const words = (name: string): readonly string[] => (fields.get(name) ?? "").split(/\s+/).filter(Boolean);
    if (!words("types").includes("deb") || fields.get("enabled")?.toLowerCase() === "no") return [];
    const signedBy = fields.get("signed-by");
    // A key may stand in the field itself; apt takes only files for a private root.
    const keyring = signedBy?.startsWith("/") ? { signedBy: signedBy.split(/[\s,]+/)[0] ?? signedBy } : {};
    return [{ uris: words("uris"), suites: words("suites"), ...keyring }];
  });
}

/** The one-line form: `deb [option=value ...] URI suite component...`. */
export function parseOneLine(text: string): readonly AptSource[] {
  return [...text.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/gm)].map(
    ([, options = "", uri = "", suite = ""]) => {
      const signedBy = /signed-by=(\/[^\s,]+)/.exec(options)?.[1];
      return { uris: [uri], suites: [suite], ...(signedBy === undefined ? {} : { signedBy }) };
    },
  );
}

async function orEmpty<T>(reading: Promise<T>, empty: T): Promise<T> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return empty;
    throw error;
  });
}
