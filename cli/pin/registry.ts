import { z } from "zod";
import { fullName, type ImageName, repositoryName } from "../../domain/dockerfile/image-name.js";
import type { Candidate } from "../../domain/pins/pin.js";
import { run } from "../../tools/machine/run.js";

/** What a registry said, or its own words for why not. */
export type LookUp =
  | { readonly kind: "found"; readonly candidate: Candidate }
  | { readonly kind: "refused"; readonly reason: string; readonly unknown: boolean };

const platform = z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() });
const manifest = z.object({ manifests: z.array(z.object({ platform: platform.optional() })).optional() });

/**
 * Asks a registry with crane what a name means now and which platforms that offers.
 *
 * @param crane absolute path of the program
 * @param wanted digest to look at instead of the one that the tag has
 * @param insecure speaks plain HTTP
 */
export async function lookUp(
  crane: string,
  image: ImageName,
  wanted: string | undefined,
  insecure: boolean,
): Promise<LookUp> {
  const ask = async (command: string, name: string) => {
    const { code, stdout, stderr } = await run(crane, [...(insecure ? ["--insecure"] : []), command, name]);
    if (code === 0) return stdout;
    throw new RegistryError(stderr);
  };
  try {
    const digest = wanted ?? (await ask("digest", fullName(image))).trim();
    const pinned = `${repositoryName(image)}@${digest}`;
    const { manifests } = manifest.parse(JSON.parse(await ask("manifest", pinned)));
    const offered = manifests?.map((entry) => entry.platform) ?? [
      platform.parse(JSON.parse(await ask("config", pinned))),
    ];
    // Attestations stand in an index as manifests of an unknown platform.
    const known = offered.filter((it) => it !== undefined && it.os !== "unknown");
    return { kind: "found", candidate: { digest, platforms: [...new Set(known.map(platformName))].sort() } };
  } catch (error) {
    if (error instanceof RegistryError) return { kind: "refused", reason: error.message, unknown: error.unknown };
    throw error;
  }
}

/** crane's last line without its own prefix: `GET https://...: MANIFEST_UNKNOWN: manifest unknown`. */
class RegistryError extends Error {
  readonly unknown: boolean;

  constructor(stderr: string) {
    const [last = ""] = stderr.trim().split("\n").slice(-1);
    super(last.replace(/^Error: /, "").replace(/^(fetching|computing) [^:]+ "?[^ ]*"?: /, ""));
    this.unknown = /MANIFEST_UNKNOWN|NAME_UNKNOWN|404/.test(stderr);
  }
}

function platformName(offered: z.output<typeof platform> | undefined): string {
  const { os, architecture, variant } = offered ?? { os: "unknown", architecture: "unknown" };
  // arm64/v8 is what arm64 means.
  return `${os}/${architecture}${variant === undefined || (architecture === "arm64" && variant === "v8") ? "" : `/${variant}`}`;
}
