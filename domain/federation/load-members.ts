import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { IncludedCatalogue } from "../catalogue/types.js";
import { loadImageGraph } from "../graph/load.js";
import { reachableOf } from "../impact/reachable.js";
import { formatPlace, type Problem } from "../problems.js";
import type { Fault, Member } from "./types.js";

const run = promisify(execFile);

/** Longest fetch of a repository, in milliseconds: one that does not answer holds nobody up. */
const FETCH_MS = 60_000;
/** Repositories fetched at once. */
const TOGETHER = 8;

/**
 * The catalogues of other teams at their pinned commits. Whatever is wrong with one is a fault of that one: a repository that
 * cannot be reached, a commit that is gone, a file that is not understood.
 *
 * @param cache absolute path of a folder; a commit that was fetched once is never asked for again
 */
export async function loadMembers(cache: string, includes: readonly IncludedCatalogue[]): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (let start = 0; start < includes.length; start += TOGETHER) {
    members.push(
      ...(await Promise.all(includes.slice(start, start + TOGETHER).map((each) => loadMember(cache, each)))),
    );
  }
  return members;
}

async function loadMember(cache: string, include: IncludedCatalogue): Promise<Member> {
  const { commit, name, path, registry, repository, waitMs } = include;
  const member = { name, repository, commit, registry, waitMs };
  try {
    const tree = await checkOut(cache, include);
    const root = join(tree, path);
    if (!(await isThere(root)))
      return { ...member, images: [], faults: [{ reason: `there is no folder ${path} in it` }] };
    const { value, problems } = await loadImageGraph(root);
    const directories = value.graph.nodes.map(({ id, image }) => [id, `${image.directory}/`] as const);
    const faults = problems.flatMap((problem) => faultsOf(problem, directories));
    return { ...member, images: reachableOf(value.graph), faults };
  } catch (error) {
    return { ...member, images: [], faults: [{ reason: reasonOf(error) }] };
  }
}

/** The images that a problem is about; what lies in no image's folder is the whole catalogue's. */
function faultsOf({ message, place }: Problem, directories: readonly (readonly [id: string, folder: string])[]) {
  const reason = `${formatPlace(place)}: ${message}`;
  const file = `${place.file}/`;
  if (!/^(bases|images)\//.test(file)) return [{ reason }];
  const images = directories.filter(([, folder]) => file.startsWith(folder)).map(([id]): Fault => ({ id, reason }));
  // The graph has left such an image out already; it is named by its folder.
  return images.length > 0 ? images : [{ id: file.split("/")[1] ?? "", reason }];
}

/** The files of a commit, fetched at most once. Links become files, so that none leads out of the folder. */
async function checkOut(cache: string, { commit, repository }: IncludedCatalogue): Promise<string> {
  const folder = join(cache, createHash("sha256").update(repository).digest("hex").slice(0, 16));
  const tree = join(folder, commit);
  if (await isThere(tree)) return tree;
  const scratch = join(folder, `.${commit}.${process.pid}.${Math.random().toString(36).slice(2)}`);
  await mkdir(join(scratch, "tree"), { recursive: true });
  try {
    const git = (...args: readonly string[]) => quietGit(scratch, args);
    await git("init", "--quiet", "--bare", "repository");
    const store = ["--git-dir", "repository"];
    await git(...store, "fetch", "--quiet", "--depth", "1", "--no-tags", "--", repository, commit);
    await git(
      ...store,
      "-c",
      "core.symlinks=false",
      "-c",
      "core.hooksPath=/dev/null",
      "--work-tree",
      "tree",
      "checkout",
      "--quiet",
      "--force",
      commit,
    );
    // Whoever else has fetched the same commit meanwhile has made the same.
    await rename(join(scratch, "tree"), tree).catch(async (error: unknown) => {
      if (!(await isThere(tree))) throw error;
    });
    return tree;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function quietGit(cwd: string, args: readonly string[]): Promise<void> {
  const env = {
    ...process.env,
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "true",
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
  };
  await run("git", [...args], { cwd, env, timeout: FETCH_MS });
}

function reasonOf(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n").at(-1) : undefined;
  const timedOut = error instanceof Error && "killed" in error && error.killed === true;
  if (timedOut) return `its repository did not answer within ${FETCH_MS / 1000} s`;
  return `it cannot be fetched: ${said || (error instanceof Error ? error.message : String(error))}`;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
