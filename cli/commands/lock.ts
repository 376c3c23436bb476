import { formatChanges } from "../../domain/lock/diff.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import type { RegisterCommand } from "../command.js";
import { type LockResult, lockImages } from "../lock/lock-images.js";
import { progressLine } from "../lock/progress-line.js";

export const registerLock: RegisterCommand = (program) => {
  program
    .command("lock [names...]")
    .description("resolve packages.yaml to exact packages: packages.lock.json, with the pool image's digest")
    .option("--overlay", "write to .factory/locks/ instead; what is built on it cannot be promoted", false)
    .action(async (names: string[], { overlay }: { overlay: boolean }) => {
      const line = progressLine(process.stderr);
      try {
        const results = await lockImages(process.cwd(), {
          names,
          overlay,
          cache: new PayloadCache(),
          progress: line.show,
        });
        line.clear();
        for (const result of results) console.log(describe(result));
      } finally {
        line.clear();
      }
    });
};

function describe({ name, file, lock, changes, fixed }: LockResult): string {
  const counts = Object.entries(lock.platforms).map(([platform, payloads]) => `${payloads.length} for ${platform}`);
  const summary = `${name}: ${file}, ${counts.join(", ")}, pool ${lock.pool.digest}`;
  return changes.length === 0
    ? `${summary}\n  no package changed`
    : `${summary}\n${indent(formatChanges(changes, fixed))}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
