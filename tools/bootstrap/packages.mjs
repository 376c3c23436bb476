import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { withProgress } from "./progress.mjs";

/** Installs the npm packages of package-lock.json, unless node_modules holds exactly these. */
export async function ensurePackages(root) {
  if (packagesFit(root)) return;
  await withLock(join(root, "node_modules"), "installing npm packages", tell, async () => {
    if (!packagesFit(root)) await withProgress("installing npm packages", () => npmCi(root));
  });
}

/** @returns {boolean} whether npm's own record of what it installed last agrees with the committed lock */
export function packagesFit(root) {
  const wanted = readJson(join(root, "package-lock.json"))?.packages ?? {};
  const installed = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  return installed !== undefined && sameInstalled(wanted, installed);
}

/** Optional packages are there only where they fit the platform. */
export function sameInstalled(wanted, installed) {
  for (const [path, { version, integrity }] of Object.entries(installed)) {
    if (wanted[path]?.version !== version || wanted[path]?.integrity !== integrity) return false;
  }
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || installed[path] !== undefined,
  );
}

/** Warnings are left out: @pulumi/pulumi asks for a newer Node than it needs, and a person can do nothing about it. */
function npmCi(root) {
  const args = ["ci", "--loglevel=error", "--no-audit", "--no-fund", "--no-progress"];
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      // What matters stands first; after it npm may explain all its options.
      const text = Buffer.concat(output).toString().split("\n").slice(0, 15).join("\n");
      reject(
        new Error(`npm ci failed:\n${text}\nCheck that the package registry of your npm configuration can be reached.`),
      );
    });
  });
}

function tell(holder) {
  console.error(`waiting for another run: ${holder}`);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
