import { bytes } from "./fleet.js";
import type { TestProject } from "./project.js";

/** Bytes of the layers of a stand-in for the devcontainer, which do not compress. */
export interface LayeredShape {
  readonly base: number;
  /** Each of the two layers of the tools, and each of the two of the image. */
  readonly layer: number;
  readonly platforms: readonly string[];
}

/**
 * `base` (as python), `tools` on it (as devtools: linked layers from a stage), `work` on that (as the devcontainer: a small
 * file of its own, then linked layers).
 */
export function writeLayered(project: TestProject, { base, layer, platforms }: LayeredShape): void {
  const settings = `platforms: [${platforms.join(", ")}]\n`;
  project.write({
    "bases/base/Dockerfile": "FROM scratch\nCOPY system /system\nCOPY patched /patched\nUSER 65532:65532\n",
    "bases/base/image.yaml": settings,
    "bases/base/system": bytes("system", base),
    "bases/base/patched": "1",
    "bases/tools/Dockerfile":
      "FROM scratch AS packages\nCOPY one two /\nFROM factory.invalid/base\nCOPY --link --from=packages /one /opt/one\nCOPY --link --from=packages /two /opt/two\n",
    "bases/tools/image.yaml": settings,
    "bases/tools/one": bytes("one", layer),
    "bases/tools/two": bytes("two", layer),
    "images/work/Dockerfile":
      "FROM scratch AS packages\nCOPY three four /\nFROM factory.invalid/tools\nCOPY --link --from=packages /three /opt/three\nCOPY --link --from=packages /four /opt/four\nCOPY --link home /home/user\n",
    "images/work/image.yaml": settings,
    "images/work/three": bytes("three", layer),
    "images/work/four": bytes("four", layer),
    "images/work/home/healthcheck.sh": "1",
  });
  project.commit();
}
