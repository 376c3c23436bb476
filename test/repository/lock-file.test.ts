import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../tools/project.js";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

describe("package-lock.json", () => {
  // A registry that lacks one makes `npm install` leave it out without a word, and then `npm ci` refuses the lock.
  it("names the packages of every platform", () => {
    const { packages } = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")) as Lock;
    const missing: string[] = [];
    for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
      const names = Object.keys(optionalDependencies);
      missing.push(
        ...names.filter((name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages)),
      );
    }
    assert.deepEqual(missing, []);
  });
});
