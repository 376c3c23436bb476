import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { ensureSystem } from "./machine/system.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";
import { ensureToolchain } from "./toolchain/toolchain.js";

/**
 * `npm test`: all tests, with every tool there. Arguments go to mocha; a test file is named by its source:
 * `npm test -- test/graph/order.test.ts --grep cycle`.
 */
main(async () => {
  await ensureSystem();
  const { pathEntries } = await ensureToolchain();
  const mocha = join(projectRoot, "node_modules", "mocha", "bin", "mocha.js");
  const reporter = join(projectRoot, "dist", "tools", "test-reporter.js");
  const child = spawn(process.execPath, [mocha, "--reporter", reporter, ...mochaArguments(process.argv.slice(2))], {
    cwd: projectRoot,
    stdio: "inherit",
    env: { ...process.env, PATH: [...pathEntries, process.env.PATH].join(delimiter) },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
});

function mochaArguments(given: readonly string[]): readonly string[] {
  const isTest = (argument: string) => argument.endsWith(".test.ts");
  if (!given.some(isTest)) return [...given, "--spec", "dist/test/**/*.test.js"];
  return given.map((argument) => (isTest(argument) ? `dist/${argument.slice(0, -".ts".length)}.js` : argument));
}
