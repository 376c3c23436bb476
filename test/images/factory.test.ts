import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { loadImageGraph } from "../../domain/graph/load.js";
import { contextSources } from "../../domain/plan/context-sources.js";
import { foldersOf, revisionOf, splitFolders } from "../../domain/plan/revisions.js";
import { valueOrThrow } from "../../domain/problems.js";
import { projectRoot } from "../../tools/project.js";
import { readSources } from "../repository/source-files.js";

const folder = join(projectRoot, "images/factory");

interface Package {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What a file imports only when it needs it. */
function importedLater(file: string): readonly string[] {
  const text = readFileSync(join(projectRoot, file), "utf8");
  return [...text.matchAll(/[^f] import\("([^"]+)"\)/g)].map(([, target = ""]) => {
    return target.startsWith(".") ? posix.join(posix.dirname(file), target).replace(/\.js$/, ".ts") : target;
  });
}

function packageOf(file: string): Package {
  return JSON.parse(readFileSync(file, "utf8")) as Package;
}

describe("the factory's own image", () => {
  const sources = new Map(readSources().map((source) => [source.file, source]));
  const reached = new Set(["cli/factory.ts"]);
  // A set hands out what is added to it while it is being walked.
  for (const file of reached) {
    for (const target of sources.get(file)?.runtimeImports ?? []) reached.add(target);
    for (const target of sources.has(file) ? importedLater(file) : []) reached.add(target);
  }
  const image = packageOf(join(folder, "package.json"));

  it("takes all folders that the command line reaches, and compiles nothing else", async () => {
    const { graph } = valueOrThrow("the graph", await loadImageGraph(projectRoot));
    const node = graph.nodes.find(({ id }) => id === "factory");
    assert.ok(node !== undefined);
    const folders = new Set([...reached].filter((file) => sources.has(file)).map((file) => file.split("/")[0] ?? ""));
    const taken = contextSources(node, new Map(graph.nodes.map((each) => [each.id, each])));
    assert.ok(taken !== "everything");
    assert.deepEqual(
      taken.filter((path) => folders.has(path)),
      [...folders].sort(),
    );
    assert.deepEqual(splitFolders(foldersOf(node)), ["images/factory", ...[...folders].sort()]);
  });

  it("has the packages that these import, and the compiler, at the versions of the project", () => {
    const own = packageOf(join(projectRoot, "package.json"));
    const wanted = new Set<string>();
    for (const file of reached) {
      if (sources.has(file) || file.startsWith("node:")) continue;
      wanted.add(
        file
          .split("/")
          .slice(0, file.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    }
    assert.deepEqual(Object.keys(image.dependencies).sort(), [...wanted].sort());
    const versions = { ...own.dependencies, ...own.devDependencies };
    for (const [name, version] of Object.entries({ ...image.dependencies, ...image.devDependencies })) {
      assert.equal(version, versions[name], name);
    }
    assert.equal(image.version, own.version);
  });
});

describe("the revision of an image that takes files from the project's root", () => {
  const folders = "images/factory\ncli\ndomain";
  const revision = { commit: "a", epoch: 1, dirty: false };
  const revisions = {
    byDirectory: new Map([[folders, revision]]),
    withDocuments: new Map([[folders, { ...revision, commit: "b" }]]),
    cutOff: [],
    ignored: new Set(["cli/made.js"]),
  };
  const of = (ignore: string, ...contextPaths: readonly string[]) =>
    revisionOf(revisions, folders, { contextPaths, ignore }, ".");

  it("is dirty where it takes a file that git ignores, by its path in the project", () => {
    assert.deepEqual(of("**\n!cli", "cli", "cli/factory.ts"), revision);
    assert.equal(of("**\n!cli", "cli/made.js").dirty, true);
  });

  it("counts a document of its folder where the build takes it, and none of other folders", () => {
    assert.equal(of("**\n!images/factory/README.md", "images/factory/README.md").commit, "b");
    assert.equal(of("**\n!README.md", "README.md").commit, "a");
  });
});
