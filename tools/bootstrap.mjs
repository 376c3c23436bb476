/**
 * Every npm script starts here: `node tools/bootstrap.mjs ENTRY [ARGS]` makes sure of npm packages and compiled sources
 * and then runs `dist/ENTRY.js` in the same process. It works in a fresh clone, so it imports nothing but Node.
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureCompiled } from "./bootstrap/compile.mjs";
import { ensurePackages, packagesFit } from "./bootstrap/packages.mjs";
import { checkPrerequisites, prerequisiteProblems } from "./bootstrap/prerequisites.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

async function main([entry, ...args]) {
  const prerequisites = await checkPrerequisites();
  const problems = prerequisiteProblems(prerequisites);
  const changesNothing = entry === "tools/doctor";
  if (problems !== undefined && !changesNothing) throw new Error(problems);
  if (changesNothing && !packagesFit(root)) return reportWithoutPackages(prerequisites);

  await ensurePackages(root);
  await ensureCompiled(root);
  const program = join(root, "dist", `${entry}.js`);
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
}

/** All that `doctor` can say as long as there is nothing to run it with. */
function reportWithoutPackages(prerequisites) {
  for (const { name, needed, found, fits } of prerequisites) {
    console.log(`${fits ? "ok     " : "MISSING"}  ${name} ${found ?? "not found"} (needed: ${needed})`);
  }
  console.log(
    "to do    npm packages: the first command installs them; then `npm run doctor` shows tools and services too",
  );
  const problems = prerequisiteProblems(prerequisites);
  if (problems === undefined) return;
  console.error(problems);
  process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
