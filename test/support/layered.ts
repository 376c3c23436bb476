import { bytes } from "./fleet.js";
import type { TestProject } from "./project.js";

/** Bytes of the layers of a stand-in for the devcontainer, which do not compress. */
export interface LayeredShape {
  readonly base: number;
  /** Each of the two layers of the tools, and each of the two of the image. */
  readonly layer: number;
  readonly platforms: readonly string[];
}

/** Bytes of the file that a patch of the base changes, which is a layer of its own. */
export const patchBytes = 1_000_000;

export function patched(version: string): Buffer {
  return bytes(`patched ${version}`, patchBytes);
}

/**
 * `base` (as python), `tools` on it (as devtools: linked layers), `work` on that (as the devcontainer: a small file of its own,
 * then linked layers). What is in the layers comes from `packages`, as it does from a pool: contexts are small.
 */
export function writeLayered(project: TestProject, { base, layer, platforms }: LayeredShape): void {
  const settings = `platforms: [${platforms.join(", ")}]\n`;
  const compressed = `${settings}compression: zstd\n`;
  const link = (name: string) => `COPY --link --from=factory.invalid/packages /${name} /opt/${name}\n`;
  project.write({
    "bases/packages/Dockerfile": "FROM scratch\nCOPY one two three four /\nUSER 65532:65532\n",
    "bases/packages/image.yaml": settings,
    "bases/packages/one": bytes("one", layer),
    "bases/packages/two": bytes("two", layer),
    "bases/packages/three": bytes("three", layer),
    "bases/packages/four": bytes("four", layer),
    "bases/base/Dockerfile": "FROM scratch\nCOPY system /system\nCOPY patched /patched\nUSER 65532:65532\n",
    "bases/base/image.yaml": settings,
    "bases/base/system": bytes("system", base),
    "bases/base/patched": patched("1"),
    "bases/tools/Dockerfile": `FROM factory.invalid/base\n${link("one")}${link("two")}`,
    "bases/tools/image.yaml": compressed,
    "images/work/Dockerfile": `FROM factory.invalid/tools\n${link("three")}${link("four")}COPY --link home /home/user\n`,
    "images/work/image.yaml": compressed,
    "images/work/home/healthcheck.sh": "1",
  });
  project.commit();
}
