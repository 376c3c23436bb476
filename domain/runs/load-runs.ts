import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checked, Problem } from "../problems.js";
import { startOfRun } from "./record.js";
import { runRecordSchema } from "./schema.js";
import type { RunRecord } from "./types.js";

/**
 * The records of runs below a folder, oldest first; none where there is no such folder. One that cannot be read is a problem.
 *
 * @param since milliseconds since 1970: older ones are not read
 */
export async function loadRuns(folder: string, since: number): Promise<Checked<readonly RunRecord[]>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const wanted = names.filter((name) => (startOfRun(name) ?? Number.NEGATIVE_INFINITY) >= since).sort();
  const problems: Problem[] = [];
  const read = wanted.map(async (name) => {
    const file = join(folder, name, "metrics.json");
    try {
      const parsed = runRecordSchema.safeParse(JSON.parse(await readFile(file, "utf8")));
      if (parsed.success) return [parsed.data];
      const [issue] = parsed.error.issues;
      problems.push(problem(file, `${issue?.path.join(".")}: ${issue?.message}`));
    } catch (error) {
      problems.push(problem(file, error instanceof Error ? error.message : String(error)));
    }
    return [];
  });
  return { value: (await Promise.all(read)).flat(), problems };
}

function problem(file: string, found: string): Problem {
  const message = `this is no record of a run (${found}).`;
  return { place: { file }, message, remedy: "Remove its folder: a report needs only those that can be read." };
}
