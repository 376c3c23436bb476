import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { withProgress } from "./progress.mjs";

/** Compiles what changed since the last time; costs some milliseconds where nothing did. Throws what tsc says. */
export async function ensureCompiled(root) {
  const stamp = join(root, "dist", ".compiled");
  if (isCurrent(stamp, stateOf(root))) return;
  await withLock(join(root, "dist"), "compiling", tell, async () => {
    const state = stateOf(root);
    if (isCurrent(stamp, state)) return;
    mkdirSync(join(root, "dist"), { recursive: true });
    rmSync(stamp, { force: true });
    await withProgress("compiling", () => compile(root));
    removeStale(root);
    writeFileSync(stamp, state);
  });
}

function compile(root) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const child = spawn(process.execPath, [tsc, "--project", root, "--pretty", "false"], { cwd: root });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      reject(new Error(`the sources do not compile:\n${Buffer.concat(output).toString().trimEnd()}`));
    });
  });
}

/** A compiled file whose source is gone would still be run by whoever looks for files, as the tests do. */
function removeStale(root) {
  const dist = join(root, "dist");
  for (const entry of readdirSync(dist, { recursive: true })) {
    const source = /^(.*)\.js(?:\.map)?$/.exec(entry)?.[1];
    if (source !== undefined && !existsSync(join(root, `${source}.ts`))) rmSync(join(dist, entry));
  }
}

/** A hash of names, sizes and times of everything that tsc reads of the project. */
function stateOf(root) {
  const { include } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
  const hash = createHash("sha256");
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\0`);
  };
  for (const path of ["tsconfig.json", "package-lock.json"]) add(join(root, path));
  for (const path of include.flatMap((it) => sourcesBelow(join(root, it)))) add(path);
  return hash.digest("hex");
}

function sourcesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.isDirectory()) return sourcesBelow(join(path, entry.name));
    return entry.name.endsWith(".ts") ? [join(path, entry.name)] : [];
  });
}

function isCurrent(stamp, state) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === state;
}

function tell(holder) {
  console.error(`waiting for another run: ${holder}`);
}
