import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { loadRevisions } from "../../domain/plan/load-revisions.js";
import { revisionOf, splitFolders } from "../../domain/plan/revisions.js";

const DIRECTORIES = ["bases/debian", "bases/python", "images/web", "images/caf\u00e9 1"];

/** A repository in a folder of its own, with a clock that goes on by a minute at every commit. */
class Repository {
  readonly root = mkdtempSync(join(tmpdir(), "factory-git-"));
  private time = 1_700_000_000;

  constructor() {
    this.git("init", "-q", "-b", "main");
  }

  git(...args: readonly string[]): string {
    const identity = {
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@b",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@b",
    };
    const dates = { GIT_AUTHOR_DATE: `${this.time} +0000`, GIT_COMMITTER_DATE: `${this.time} +0000` };
    const isolated = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    const env = { ...process.env, ...identity, ...dates, ...isolated };
    return execFileSync("git", args, {
      cwd: this.root,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    appendFileSync(join(this.root, path), text);
  }

  commit(...paths: readonly string[]): string {
    for (const path of paths) this.put(path, `${this.time}\n`);
    this.time += 60;
    this.git("add", "-A");
    this.git("commit", "-q", "--allow-empty", "-m", "change");
    return this.git("rev-parse", "HEAD");
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

describe("loadRevisions", () => {
  let repository: Repository;
  beforeEach(() => {
    repository = new Repository();
  });
  afterEach(() => repository.remove());

  it("gives each folder the last commit that touched it, and its time", async () => {
    const first = repository.commit("bases/debian/Dockerfile", "images/web/Dockerfile", 'images/caf\u00e9 1/a "b"');
    const second = repository.commit("images/web/app.py");
    repository.commit("README.md", "bases/README.md");
    const { byDirectory, cutOff } = await loadRevisions(repository.root, DIRECTORIES);
    assert.deepEqual(
      [...byDirectory],
      [
        ["bases/debian", { commit: first, epoch: 1_700_000_060, dirty: false }],
        ["bases/python", { commit: "", epoch: 0, dirty: true }],
        ["images/caf\u00e9 1", { commit: first, epoch: 1_700_000_060, dirty: false }],
        ["images/web", { commit: second, epoch: 1_700_000_120, dirty: false }],
      ],
    );
    assert.deepEqual(cutOff, []);
  });

  it("notices changed, staged, deleted and new files, each in its own folder", async () => {
    repository.commit("bases/debian/a", "bases/python/a", "images/web/a", "images/caf\u00e9 1/a");
    const dirty = async () => {
      const { byDirectory } = await loadRevisions(repository.root, DIRECTORIES);
      return [...byDirectory].flatMap(([directory, revision]) => (revision.dirty ? [directory] : []));
    };
    assert.deepEqual(await dirty(), []);
    repository.put("bases/debian/a", "more");
    assert.deepEqual(await dirty(), ["bases/debian"]);
    repository.put("bases/python/a", "more");
    repository.git("add", "bases/python");
    rmSync(join(repository.root, "images/web/a"));
    repository.put("images/caf\u00e9 1/new", "new");
    assert.deepEqual(await dirty(), [...DIRECTORIES].sort());
  });

  it("does not mind files that git ignores, nor changes elsewhere, unless a build takes an ignored one", async () => {
    repository.put(".gitignore", "*.pyc\nnode_modules/\n");
    repository.commit("images/web/a");
    repository.put("images/web/b.pyc", "");
    repository.put("images/web/node_modules/m/index.js", "");
    repository.put("README.md", "new");
    const revisions = await loadRevisions(repository.root, ["images/web"]);
    assert.deepEqual([...revisions.ignored].sort(), ["images/web/b.pyc", "images/web/node_modules"]);
    const dirty = (...contextPaths: readonly string[]) => {
      return revisionOf(revisions, "images/web", { contextPaths, ignore: "**\n" }).dirty;
    };
    assert.equal(dirty("a"), false);
    assert.equal(dirty("a", "b.pyc"), true);
    assert.equal(dirty("node_modules/m/index.js"), true);
  });

  it("does not mind tests, READMEs and VEX of an image, unless a build takes such files", async () => {
    const first = repository.commit("images/web/Dockerfile", "images/web/app.py", "images/web/test-cli.yaml");
    repository.commit("images/web/README.md", "images/web/test.yaml", "images/web/lib.openvex.json");
    rmSync(join(repository.root, "images/web/test-cli.yaml"));
    const last = repository.commit();
    const commitOf = async (contextPaths: readonly string[], ignore: string) => {
      const revisions = await loadRevisions(repository.root, ["images/web"]);
      return revisionOf(revisions, "images/web", { contextPaths, ignore }).commit;
    };
    assert.equal(await commitOf(["app.py"], "**\n!app.py\n"), first);
    assert.equal(await commitOf(["test.yaml"], "**\n!test.yaml\n"), last);
    assert.equal(await commitOf(["app.py"], "# what was deleted would have been taken\n"), last);

    repository.put("images/web/README.md", "not committed");
    const revisions = await loadRevisions(repository.root, ["images/web"]);
    assert.equal(revisions.byDirectory.get("images/web")?.dirty, false);
    assert.equal(revisions.withDocuments?.get("images/web")?.dirty, true);
    const nested = repository.commit("images/web/tests/README.md");
    assert.equal(await commitOf(["app.py"], "**\n!app.py\n"), nested);
  });

  it("works in a folder of a repository", async () => {
    const commit = repository.commit("factory/images/web/a");
    repository.commit("images/web/a");
    repository.put("factory/images/web/b", "new");
    const { byDirectory } = await loadRevisions(join(repository.root, "factory"), ["images/web"]);
    assert.deepEqual(byDirectory.get("images/web"), { commit, epoch: 1_700_000_060, dirty: true });
  });

  it("names the folders whose commit a shallow clone does not have", async () => {
    repository.commit("images/web/a");
    const boundary = repository.commit("README.md");
    const last = repository.commit("bases/debian/a");
    const clone = mkdtempSync(join(tmpdir(), "factory-git-"));
    try {
      repository.git("clone", "-q", "--depth", "2", `file://${repository.root}`, clone);
      const { byDirectory, cutOff } = await loadRevisions(clone, ["images/web", "bases/debian"]);
      assert.deepEqual(cutOff, ["images/web"]);
      assert.equal(byDirectory.get("images/web")?.commit, boundary);
      assert.equal(byDirectory.get("bases/debian")?.commit, last);
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  });

  it("knows nothing without a commit, and without a repository", async () => {
    const nothing = {
      byDirectory: new Map([["images/web", { commit: "", epoch: 0, dirty: true }]]),
      cutOff: [],
      ignored: new Set(),
    };
    assert.deepEqual(await loadRevisions(repository.root, ["images/web"]), nothing);
    const plain = mkdtempSync(join(tmpdir(), "factory-plain-"));
    try {
      writeFileSync(join(plain, "a"), "");
      assert.deepEqual(await loadRevisions(plain, ["images/web"]), nothing);
    } finally {
      rmSync(plain, { recursive: true, force: true });
    }
  });

  it("says what `git log -1 -- FOLDER...` says, whatever was branched and merged", async () => {
    const steps = fc.record({
      branch: fc.nat({ max: 2 }),
      touch: fc.subarray([0, 1, 2], { minLength: 0 }),
      document: fc.boolean(),
      merge: fc.option(fc.record({ from: fc.nat({ max: 2 }), ours: fc.boolean() }), { freq: 2 }),
    });
    const folders = DIRECTORIES.slice(0, 3);
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 10 }), async (history) => {
        const own = new Repository();
        try {
          own.commit("README.md");
          for (const name of ["b0", "b1", "b2"]) own.git("branch", name);
          for (const [index, { branch, document, touch, merge }] of history.entries()) {
            own.git("checkout", "-q", `b${branch}`);
            const file = document ? `test-${index}.yaml` : String(index);
            own.commit(...touch.map((at) => `${folders[at]}/${file}`));
            if (merge === null || merge.from === branch) continue;
            own.git("merge", "-q", "--no-edit", "--no-ff", ...(merge.ours ? ["-s", "ours"] : []), `b${merge.from}`);
          }
          const sets = [...folders, folders.slice(0, 2).join("\n"), folders.join("\n")];
          const { byDirectory, withDocuments } = await loadRevisions(own.root, sets);
          const last = (...paths: readonly string[]) => own.git("log", "-1", "--format=%H", "--", ...paths);
          const without = (folder: string) => `:(exclude)${folder}/test-*.yaml`;
          for (const set of sets) {
            const of = splitFolders(set);
            const commit = byDirectory.get(set)?.commit;
            assert.equal(commit, last(...of, ...of.map(without)), set);
            // The documents of an image are its own; those of its mixins never count.
            assert.equal(withDocuments?.get(set)?.commit ?? commit, last(...of, ...of.slice(1).map(without)), set);
          }
        } finally {
          own.remove();
        }
      }),
      { numRuns: 15 },
    );
  });
});
