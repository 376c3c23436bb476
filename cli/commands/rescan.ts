import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ImageGraph } from "../../domain/graph/types.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import type { DriftReport } from "../../domain/report/drift.js";
import { renderDrift } from "../../domain/report/render-drift.js";
import { loadSettings } from "../../domain/settings/load.js";
import { didYouMean } from "../../domain/suggest.js";
import { openTrustedSigner } from "../../provider/evidence/trusted-signer.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { attestScans } from "../../provider/rescan/attest-scans.js";
import { rescan } from "../../provider/rescan/rescan.js";
import { ScanError } from "../../provider/scan/scan-error.js";
import { loadAcceptedKeys } from "../../provider/signing/verification-keys.js";
import { defaultDataDir, projectRoot } from "../../tools/project.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly stack: string;
  readonly attest: boolean;
  readonly json?: true;
}

/** `factory rescan [IMAGE...]`. Exit code 1 where an image would not be released today, or could not be rescanned. */
export const registerRescan: RegisterCommand = (program) => {
  program
    .command("rescan")
    .description("scan released images anew from their stored SBOMs, report what has changed, and attest it")
    .argument("[image...]", "ids of images; default: all that the stack releases")
    .option("--stack <name>", "whose settings to use", "local")
    .option("--no-attest", "only look: leave the attested scans as they are")
    .option("--json", "print JSON")
    .action(async (ids: readonly string[], { attest, json, stack }: Options) => {
      const stop = new AbortController();
      process.once("SIGINT", () => stop.abort(new Error("interrupted")));
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const today = new Date().toISOString().slice(0, 10);
      const { evidence, graph, plan } = valueOrThrow("the project", await loadProject(projectRoot, settings, today));
      const keys = await loadAcceptedKeys(projectRoot, settings);
      const signer = attest ? await openTrustedSigner(settings.signingKey, keys, projectRoot) : undefined;
      process.env.PATH = [...(await ensureToolchain(["factory-scan"])).pathEntries, process.env.PATH].join(":");

      const client = new RegistryClient(settings.registry, settings.insecureRegistry);
      const images = selected(
        ids,
        plan.images.map(({ id }) => id),
        graph,
      );
      const progress = (line: string) => console.error(line);
      const { signal } = stop;
      const request = { root: projectRoot, settings, evidence, images, keys, client, signal, progress };
      const { report, scans } = await rescan(request).catch(asProblem);
      if (signer !== undefined) {
        progress(`attesting ${scans.length} scans`);
        await attestScans(client, settings.registry, scans, signer, signal);
      }
      await writeReport(report);
      process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : renderDrift(report));
      const failing = report.images.some(({ platforms }) => platforms.some(({ failures }) => failures.length > 0));
      if (failing || report.unscanned.length > 0) process.exitCode = 1;
    });
};

/** Each image with what it stands on, the nearest first. */
function selected(
  ids: readonly string[],
  known: readonly string[],
  { nodes }: ImageGraph,
): ReadonlyMap<string, readonly string[]> {
  const problems = ids
    .filter((id) => !known.includes(id))
    .map((id) => ({
      place: { file: "factory rescan" },
      message: `there is no image "${id}" in this stack.`,
      remedy: `${didYouMean(id, known)}Known images: ${known.join(", ")}.`,
    }));
  if (problems.length > 0) throw new ProblemsError("the command", problems);
  const direct = new Map(
    nodes.map(({ id, dependencies }) => [id, dependencies.flatMap((it) => (it.kind === "managed" ? [it.id] : []))]),
  );
  const basesOf = (id: string): readonly string[] => {
    const found = new Set(direct.get(id));
    for (const base of found) for (const next of direct.get(base) ?? []) found.add(next);
    return [...found];
  };
  return new Map((ids.length === 0 ? known : ids).map((id) => [id, basesOf(id)]));
}

function asProblem(error: unknown): never {
  if (!(error instanceof ScanError)) throw error;
  const { message, remedy } = error;
  const finding = message.slice(0, message.length - remedy.length).trim();
  throw new ProblemsError("the rescan", [{ place: { file: "factory:scan" }, message: finding, remedy }]);
}

async function writeReport(report: DriftReport): Promise<void> {
  const file = join(defaultDataDir, "reports", "drift.json");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(file.replace(/json$/, "md"), renderDrift(report));
}
