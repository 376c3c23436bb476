import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ProblemsError } from "../../domain/problems.js";
import { newState, observe } from "../../domain/state/transitions.js";
import type { ImageState } from "../../domain/state/types.js";
import { FolderStore } from "../../tools/rebuild/folder-store.js";
import { GitStore } from "../../tools/rebuild/git-store.js";
import type { StateStore, States } from "../../tools/rebuild/state-store.js";

const image = "docker.io/library/node:24";
const digest = (number: number) => `sha256:${String(number).padStart(64, "0")}`;

/** Sees one digest more. */
function see(number: number): (states: States) => readonly ImageState[] {
  return (states) => {
    const state = states.get(image) ?? newState(image, "external");
    const firstSeen = `2026-11-01T00:00:${String(number).padStart(2, "0")}Z`;
    return [observe(state, { digest: digest(number), tag: "24", platforms: [], firstSeen, how: "event" })];
  };
}

const numbers = (states: States) => states.get(image)?.ledger.map((entry) => Number(entry.digest.slice(-2))) ?? [];

describe("the store of states", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "factory-store-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const remote = () => path.join(folder, "remote.git");
  const git = (...args: readonly string[]) =>
    execFileSync("git", [...args], { cwd: remote(), encoding: "utf8" }).trim();

  /** A writer with a folder of its own, as on a machine of its own. */
  function writer(name: string): GitStore {
    return new GitStore(folder, name, remote(), "factory-state");
  }

  const kinds: Record<string, () => readonly [StateStore, StateStore]> = {
    "a folder": () => [new FolderStore(folder, "state"), new FolderStore(folder, "state")],
    "a branch": () => {
      execFileSync("git", ["init", "--quiet", "--bare", remote()]);
      return [writer("one"), writer("two")];
    },
  };
  for (const [kind, open] of Object.entries(kinds)) {
    it(`keeps in ${kind} what two writers see at once`, async () => {
      const writers = open();
      await Promise.all(
        Array.from({ length: 8 }, (_, number) => writers[number % 2]?.update(`see ${number}`, see(number))),
      );
      for (const store of writers) assert.deepEqual(numbers(await store.read()), [0, 1, 2, 3, 4, 5, 6, 7]);
    });

    it(`refuses in ${kind} to decide or write beside a damaged file, and leaves it as it is`, async () => {
      const [store] = open();
      await store.update("see 1", see(1));
      const directory = kind === "a folder" ? "state" : "one";
      const file = path.join(folder, directory, "web.yaml");
      writeFileSync(file, "schema: 2\nimage: web\n");
      if (kind === "a branch") {
        execFileSync("git", ["add", "--all"], { cwd: path.dirname(file) });
        const commit = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "by hand"];
        execFileSync("git", commit, { cwd: path.dirname(file) });
        execFileSync("git", ["push", "--quiet", remote(), "HEAD:factory-state"], { cwd: path.dirname(file) });
      }
      const refusal = (error: unknown) => error instanceof ProblemsError && /web\.yaml:\d+: /.test(error.message);
      await assert.rejects(store.read(), refusal);
      await assert.rejects(store.update("see 2", see(2)), refusal);
    });
  }

  it("decides anew on the other's states where a push is too late, so that the branch stays linear", async () => {
    execFileSync("git", ["init", "--quiet", "--bare", remote()]);
    const [first, second] = [writer("one"), writer("two")];
    await first.update("see 1", see(1));
    await second.read();
    const given: (readonly number[])[] = [];
    const states = await first.update("see 3", (before) => {
      given.push(numbers(before));
      return see(3)(before);
    });
    assert.deepEqual(given, [[1]]);
    assert.deepEqual(numbers(states), [1, 3]);

    // The second one is behind now.
    given.length = 0;
    const after = await second.update("see 2", (before) => {
      given.push(numbers(before));
      return see(2)(before);
    });
    assert.deepEqual(given, [[1], [1, 3]]);
    assert.deepEqual(numbers(after), [1, 2, 3]);
    assert.deepEqual(git("log", "--format=%s", "factory-state").split("\n"), ["see 2", "see 3", "see 1"]);
    assert.equal(git("rev-list", "--merges", "factory-state"), "");
  });

  it("commits nothing where nothing changed", async () => {
    execFileSync("git", ["init", "--quiet", "--bare", remote()]);
    const store = writer("one");
    await store.update("see 1", see(1));
    await store.update("see 1", (states) => [...states.values()]);
    await store.update("see 1", see(1));
    assert.equal(git("rev-list", "--count", "factory-state"), "1");
  });

  it("keeps what could not be pushed, and adds it to what others wrote meanwhile", async () => {
    execFileSync("git", ["init", "--quiet", "--bare", remote()]);
    const [first, second] = [writer("one"), writer("two")];
    await first.update("see 1", see(1));
    await second.update("see 2", see(2));
    const hook = path.join(remote(), "hooks", "pre-receive");
    writeFileSync(hook, "#!/bin/sh\necho the disk is full >&2\nexit 1\n");
    chmodSync(hook, 0o755);
    await assert.rejects(second.update("see 3", see(3)), /the disk is full[\s\S]*nothing is lost/);
    rmSync(hook);
    await first.update("see 4", see(4));
    assert.deepEqual(numbers(await writer("two").read()), [1, 2, 3, 4]);
    assert.deepEqual(numbers(await first.read()), [1, 2, 3, 4]);
    assert.equal(git("rev-list", "--merges", "factory-state"), "");
  });

  it("does not read a file again that nobody has changed", async () => {
    const store = new FolderStore(folder, "state");
    await store.update("see 1", see(1));
    const [before] = (await store.read()).values();
    assert.equal((await store.read()).get(image), before);
    await new FolderStore(folder, "state").update("see 2", see(2));
    assert.deepEqual(numbers(await store.read()), [1, 2]);
    assert.deepEqual(readdirSync(path.join(folder, "state")), ["docker.io+library+node@24.yaml"]);
  });
});
