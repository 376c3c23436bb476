import assert from "node:assert/strict";
import { readSources, type SourceFile } from "./source-files.js";

/** The one-way flow: a file imports only from its own layer and the ones before it. */
const layers: readonly (readonly string[])[] = [
  ["domain/"],
  ["provider/sdk/"],
  ["provider/"],
  ["components/", "policy-pack/"],
  ["index.ts", "cli/", "tools/"],
];

/** What may do I/O inside `domain/`. */
const loader = /\/(load|write)[^/]*\.ts$/;

const sources = readSources();
const byFile = new Map(sources.map((source) => [source.file, source]));

describe("the one-way flow", () => {
  for (const source of sources) {
    it(`holds for ${source.file}`, () => {
      const own = layerOf(source.file);
      const later = source.imports.filter((target) => byFile.has(target) && layerOf(target) > own);
      assert.deepEqual(later, [], `${source.file} may not import from a later layer`);
    });
  }

  it("keeps what serves resources out of components: they know the typed classes only", () => {
    const wrong = sources
      .filter(({ file }) => file.startsWith("components/"))
      .flatMap(({ file, imports }) =>
        imports.filter((target) => /^provider\/(?!sdk\/)/.test(target)).map((target) => `${file} -> ${target}`),
      );
    assert.deepEqual(wrong, []);
  });
});

describe("domain", () => {
  const domain = sources.filter(({ file }) => file.startsWith("domain/"));

  it("reaches no Pulumi, not even through others", () => {
    const wrong = domain.flatMap(({ file }) =>
      reachable(file)
        .filter((target) => target.startsWith("@pulumi/"))
        .map((target) => `${file} -> ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("does I/O only in files named load* or write*", () => {
    const io = /^node:(fs|child_process|http|https|net)/;
    const wrong = domain
      .filter(({ file }) => !loader.test(file))
      .flatMap(({ file, runtimeImports }) =>
        runtimeImports.filter((target) => io.test(target)).map((target) => `${file} -> ${target}`),
      );
    assert.deepEqual(wrong, []);
  });
});

function layerOf(file: string): number {
  const matches = layers.map((prefixes, index) => ({
    index,
    length: Math.max(...prefixes.map((prefix) => (file.startsWith(prefix) ? prefix.length : 0))),
  }));
  const best = matches.reduce((longest, match) => (match.length > longest.length ? match : longest));
  assert.ok(best.length > 0, `${file} stands in no layer`);
  return best.index;
}

function reachable(file: string): readonly string[] {
  const seen = new Set<string>([file]);
  for (const next of seen) {
    const source: SourceFile | undefined = byFile.get(next);
    for (const target of source?.runtimeImports ?? []) seen.add(target);
  }
  return [...seen];
}
