import type { Platform } from "../../domain/catalogue/types.js";
import type { WheelPayload } from "../../domain/lock/types.js";
import { wheelPlatformTags } from "./wheel-platform.js";

/** Where wheels lie in a pool image, with `pip.whl`, `pip.conf` and `requirements.txt`. */
export const wheelFolder = "/wheels";

/** Requirements for pip's `--require-hashes`: exactly these wheels. */
export function requirementsWithHashes(wheels: readonly WheelPayload[]): string {
  return wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join("");
}

/**
 * pip's configuration in a build: the wheels beside it and nothing else, for the pool's own platform. So a build for arm64
 * can run pip on the machine that builds, without emulation (with `--target`, as pip wants it then). The requirements are
 * complete, and pip would ask for dependencies by the environment markers of the machine that it runs on: `no-deps`.
 */
export function pipConfiguration(platform: Platform): string {
  const lines = ["[global]", "no-index = true", `find-links = ${wheelFolder}`, "disable-pip-version-check = true", ""];
  lines.push("[install]", "require-hashes = true", "no-deps = true", "only-binary = :all:", "platform =");
  return `${[...lines, ...wheelPlatformTags(platform).map((tag) => `    ${tag}`)].join("\n")}\n`;
}
