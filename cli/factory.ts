import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { ProblemsError } from "../domain/problems.js";
import type { RegisterCommand } from "./command.js";
import { registerAdopted } from "./commands/adopted.js";
import { registerAdvisories } from "./commands/advisories.js";
import { registerBuilders } from "./commands/builders.js";
import { registerCascade } from "./commands/cascade.js";
import { registerDeriveStack } from "./commands/derive-stack.js";
import { registerFederation } from "./commands/federation.js";
import { registerGraph } from "./commands/graph.js";
import { registerImpact } from "./commands/impact.js";
import { registerLock } from "./commands/lock.js";
import { registerNew } from "./commands/new.js";
import { registerNotify } from "./commands/notify.js";
import { registerPin } from "./commands/pin.js";
import { registerPlan } from "./commands/plan.js";
import { registerPromote } from "./commands/promote.js";
import { registerRecall } from "./commands/recall.js";
import { registerReconcile } from "./commands/reconcile.js";
import { registerRecord } from "./commands/record.js";
import { registerRefs } from "./commands/refs.js";
import { registerRender } from "./commands/render.js";
import { registerReport } from "./commands/report.js";
import { registerReproduce } from "./commands/reproduce.js";
import { registerRescan } from "./commands/rescan.js";
import { registerRollback } from "./commands/rollback.js";
import { registerSimulate } from "./commands/simulate.js";
import { registerStatus } from "./commands/status.js";
import { registerVerify } from "./commands/verify.js";
import { registerWatch } from "./commands/watch.js";
import { registerWhy } from "./commands/why.js";

const commands: readonly RegisterCommand[] = [
  registerNew,
  registerLock,
  registerRefs,
  registerGraph,
  registerPlan,
  registerBuilders,
  registerImpact,
  registerPin,
  registerReproduce,
  registerVerify,
  registerRescan,
  registerRollback,
  registerPromote,
  registerRecord,
  registerReport,
  registerDeriveStack,
  registerNotify,
  registerAdvisories,
  registerSimulate,
  registerRender,
  registerAdopted,
  registerRecall,
  registerStatus,
  registerReconcile,
  registerWatch,
  registerFederation,
  registerCascade,
  registerWhy,
];

/** Exit codes: 0 done, 1 problems in the input, 2 wrong usage, 70 a fault of ours or of the machine. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("factory").description("The image factory's command line").showSuggestionAfterError();
  program.version(await ownVersion());
  program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const register of commands) register(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** The program's, not that of the project it works on. */
async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(__dirname, "../../package.json"), "utf8"));
  return String(version);
}

main(process.argv).catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 70;
});
