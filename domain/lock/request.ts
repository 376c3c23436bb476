import { createHash } from "node:crypto";
import type { PackagesLock, PackagesRequest } from "./types.js";

/**
 * Hash of all that a lock was made from: what the author asks for (not how it is written down: comments and layout do not
 * count), the npm lockfile's text, and what the parent's lock holds.
 * @returns sha256 in hex, as in `PackagesLock.request`.
 */
export function lockRequestHash(request: PackagesRequest, npmLockfile?: string, parent?: PackagesLock): string {
  const { extends: parentName, debian, python, npm } = request;
  const asked = {
    parentName,
    debian: debian && { suite: debian.suite, packages: debian.packages, without: debian.without },
    python: python && { pythonVersion: python.pythonVersion, requirements: python.requirements },
    npm: npm && {
      lockfile: npm.lockfile,
      withoutScript: npm.withoutScript && Object.keys(npm.withoutScript).sort(),
      incomplete: npm.incomplete && Object.keys(npm.incomplete).sort(),
      unpack: npm.unpack?.map((item) => [item.package, item.version, item.to, item.platform ?? null]),
    },
  };
  const inherited = parent && { request: parent.request, pool: parent.pool.digest };
  return createHash("sha256")
    .update(JSON.stringify([asked, npmLockfile ?? null, inherited ?? null]))
    .digest("hex");
}
