import { execFile } from "node:child_process";

/**
 * @typedef {object} Prerequisite what a person has to install before the first command
 * @property {string} name
 * @property {string} needed what fits, in words
 * @property {string | undefined} found the version found; undefined where there is none
 * @property {boolean} fits
 * @property {string} remedy
 */

/** @returns {Promise<readonly Prerequisite[]>} all of them, the fitting ones too */
export async function checkPrerequisites() {
  const [go, git] = await Promise.all([
    output("go", ["version"], { GOTOOLCHAIN: "local" }),
    output("git", ["version"], {}),
  ]);
  const goVersion = /go version go(\S+)/.exec(go)?.[1];
  const gitVersion = /git version (\S+)/.exec(git)?.[1];
  const node = process.versions.node;
  return [
    {
      name: "Linux",
      needed: "x86-64 or arm64",
      found: `${process.platform} ${process.arch}`,
      fits: process.platform === "linux" && ["x64", "arm64"].includes(process.arch),
      remedy: "Use a Linux machine, a virtual machine, or WSL 2.",
    },
    {
      name: "Node",
      needed: "20.19 or newer",
      found: node,
      fits: isAtLeast(node, [20, 19]),
      remedy: "Install a newer one from nodejs.org or your distribution.",
    },
    {
      name: "Go",
      needed: "1.26 or newer",
      found: goVersion,
      fits: isAtLeast(goVersion, [1, 26]),
      remedy: "Install a newer one from go.dev/dl or your distribution, and put its bin folder on PATH.",
    },
    {
      name: "git",
      needed: "any",
      found: gitVersion,
      fits: gitVersion !== undefined,
      remedy: "Install it: apt-get install git",
    },
  ];
}

/**
 * Whether a version is at least `least`; a release candidate counts as its release.
 *
 * @param {string | undefined} version
 * @param {readonly number[]} least major and minor
 */
export function isAtLeast(version, [major, minor]) {
  const match = /^(\d+)\.(\d+)/.exec(version ?? "");
  if (match === null) return false;
  const [foundMajor, foundMinor] = [Number(match[1]), Number(match[2])];
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

/** All that does not fit, as one text; the same shape as the problems of every later stage. */
export function prerequisiteProblems(prerequisites) {
  const missing = prerequisites.filter((it) => !it.fits);
  const lines = [`${missing.length} ${missing.length === 1 ? "problem" : "problems"} in this machine`];
  for (const { name, needed, found, remedy } of missing) {
    lines.push(` - ${name}: ${found === undefined ? "not found" : `found ${found}`}, needed ${needed}`, `   ${remedy}`);
  }
  return missing.length === 0 ? undefined : lines.join("\n");
}

/** What a program writes to stdout; empty where it fails or is not there. */
function output(program, args, env) {
  return new Promise((resolve) => {
    execFile(program, args, { env: { ...process.env, ...env } }, (_, stdout) => resolve(stdout ?? ""));
  });
}
