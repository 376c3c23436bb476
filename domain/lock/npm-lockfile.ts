import { z } from "zod";
import type { Checked, Problem } from "../problems.js";
import { checkWith } from "../yaml/check.js";
import { placeOf, type YamlDocument } from "../yaml/document.js";
import { parseYaml } from "../yaml/parse.js";

const names = z.record(z.string(), z.string()).optional();
const conditions = z.union([z.string(), z.array(z.string())]).optional();

const entrySchema = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  os: conditions,
  cpu: conditions,
  libc: conditions,
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
});

const lockfileSchema = z.looseObject({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), entrySchema),
});

/** One package of a lockfile; the application itself stands under `""`. */
export type NpmEntry = z.output<typeof entrySchema>;

/** An npm lockfile, version 3: entries by their path, e.g. `node_modules/a/node_modules/b`. */
export interface NpmLockfile {
  readonly document: YamlDocument;
  readonly packages: ReadonlyMap<string, NpmEntry>;
}

const relock = "Run `npm install --package-lock-only --omit-lockfile-registry-resolved` in its folder.";

/** Reads a lockfile; what no platform can use is a problem (JSON is YAML, so that lines are known). */
export function readNpmLockfile(file: string, text: string): Checked<NpmLockfile | undefined> {
  const parsed = parseYaml(file, text);
  if (parsed.value === undefined) return { value: undefined, problems: parsed.problems };
  const checked = checkWith(lockfileSchema, parsed.value);
  if (checked.value === undefined) return { value: undefined, problems: checked.problems };
  const lockfile = { document: parsed.value, packages: new Map(Object.entries(checked.value.packages)) };
  return {
    value: lockfile,
    problems: [...lockfile.packages].flatMap(([path, entry]) => refusals(lockfile, path, entry)),
  };
}

/** Differences between what package.json asks for and what the lockfile was made for. */
export function staleness(lockfile: NpmLockfile, packageJson: Pick<NpmEntry, keyof typeof asked>): readonly Problem[] {
  const root = lockfile.packages.get("") ?? {};
  const stale = Object.keys(asked).filter((key) => {
    const field = key as keyof typeof asked;
    return sorted(root[field]) !== sorted(packageJson[field]);
  });
  if (stale.length === 0) return [];
  const place = placeOf(lockfile.document, ["packages", ""]);
  return [
    { place, message: `${stale.join(" and ")} differ from those of the package.json beside it.`, remedy: relock },
  ];
}

const asked = {
  dependencies: true,
  devDependencies: true,
  optionalDependencies: true,
  peerDependencies: true,
} as const;

function sorted(record: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function refusals({ document }: NpmLockfile, path: string, entry: NpmEntry): readonly Problem[] {
  if (path === "" || entry.inBundle === true) return [];
  const refuse = (message: string, remedy: string): readonly Problem[] => [
    { place: placeOf(document, ["packages", path]), message, remedy },
  ];
  if (entry.link === true || !path.startsWith("node_modules/"))
    return refuse(`${path} is a workspace.`, "Give the application a lockfile of its own, without workspaces.");
  if (entry.resolved !== undefined && /^https?:/.test(entry.resolved))
    return refuse(
      `${path} names a registry's address: ${entry.resolved}.`,
      `${relock} Addresses come from npm's configuration.`,
    );
  if (entry.resolved !== undefined)
    return refuse(
      `${path} comes from ${entry.resolved}, not from a registry.`,
      "Publish it to your registry and depend on its version.",
    );
  if (entry.version === undefined || !/\bsha512-/.test(entry.integrity ?? ""))
    return refuse(`${path} has no version with a sha512 integrity.`, `Delete the lockfile. ${relock}`);
  return [];
}
