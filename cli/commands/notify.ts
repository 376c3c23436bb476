import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messagesOf } from "../../domain/notify/messages.js";
import { duePromotions, failedBuilds, severeVulnerabilities, standingRecalls } from "../../domain/notify/notices.js";
import type { Findings, Told } from "../../domain/notify/types.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadPromotions } from "../../domain/promotion/load.js";
import { loadRecalls } from "../../domain/recall/load.js";
import type { Recall } from "../../domain/recall/types.js";
import type { DriftReport } from "../../domain/report/drift.js";
import { loadRuns } from "../../domain/runs/load-runs.js";
import { loadSettings } from "../../domain/settings/load.js";
import { stackFile } from "../../domain/settings/stack-file.js";
import type { Settings } from "../../domain/settings/types.js";
import { resolveAddress, type Sender } from "../../provider/notify/sender.js";
import { slackSender } from "../../provider/notify/slack.js";
import { snsSender } from "../../provider/notify/sns.js";
import { tell } from "../../provider/notify/tell.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { RegistryError } from "../../provider/registry/registry-error.js";
import { readHistory } from "../../provider/release/read-history.js";
import { projectRoot } from "../../tools/project.js";
import { runsFolder } from "../../tools/reports/record-run.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly stack: string;
  readonly ledger: string;
  readonly dryRun?: true;
}

/** By sender and stack: what it has told. */
type Ledger = Readonly<Record<string, Told>>;

/** `factory notify`. A sender that fails is told, and fails nothing: the next call tells what is missing. */
export const registerNotify: RegisterCommand = (program) => {
  program
    .command("notify")
    .description("tell people of failed builds, severe vulnerabilities, recalls and due promotions, each thing once")
    .option("--stack <name>", "whose settings, runs and promotions", "local")
    .option("--ledger <file>", "where it is kept what was told", ".factory/notified.json")
    .option("--dry-run", "print what would be told, and tell nobody")
    .action(async ({ dryRun, ledger: path, stack }: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const senders = sendersOf(settings, process.env);
      if (senders.size === 0) throw noSender(stack);
      const findings = await findingsOf(settings);
      const file = join(projectRoot, path);
      let ledger = await readLedger(file);
      for (const [name, open] of senders) {
        const key = `${stack}/${name}`;
        const told = ledger[key] ?? {};
        if (dryRun) {
          for (const { message } of messagesOf(stack, told, findings)) {
            console.log(`${name} ${message.change}: ${message.title}`);
          }
          continue;
        }
        const {
          delivered,
          told: next,
          problem,
        } = await tell(open, stack, told, findings, new AbortController().signal);
        // Kept after each sender: what was delivered is not told again, whatever happens to the next.
        ledger = { ...ledger, [key]: next };
        await writeLedger(file, ledger);
        for (const { message } of delivered) console.log(`${name} ${message.change}: ${message.title}`);
        if (problem !== undefined)
          console.error(`${name}: not everything was told: ${problem} The next call tries again.`);
      }
    });
};

function sendersOf({ notify }: Settings, env: NodeJS.ProcessEnv): ReadonlyMap<string, () => Promise<Sender>> {
  const { slack, sns } = notify ?? {};
  const senders = new Map<string, () => Promise<Sender>>();
  if (slack !== undefined) senders.set("slack", async () => slackSender(resolveAddress(slack, env)));
  if (sns !== undefined) senders.set("sns", async () => snsSender(resolveAddress(sns, env)));
  return senders;
}

function noSender(stack: string): ProblemsError {
  const message = "factory:notify names nobody who could be told.";
  const remedy = "Name one, e.g. factory:notify: { slack: env:SLACK_WEBHOOK_URL }.";
  return new ProblemsError("the settings", [{ place: { file: stackFile(stack) }, message, remedy }]);
}

async function findingsOf(settings: Settings): Promise<readonly Findings[]> {
  const recalls = valueOrThrow("the recalls", await loadRecalls(projectRoot));
  const { value: runs } = await loadRuns(runsFolder(projectRoot), 0);
  const last = runs.filter(({ stack }) => stack === settings.stack).at(-1);
  const drift = await readJson<DriftReport>(join(projectRoot, ".factory", "reports", "drift.json"));
  return [
    ...(last === undefined ? [] : [failedBuilds(last)]),
    ...(drift === undefined ? [] : [severeVulnerabilities(drift)]),
    standingRecalls(recalls),
    ...(await promotionsOf(settings, recalls)),
  ];
}

async function promotionsOf(settings: Settings, recalls: readonly Recall[]): Promise<readonly Findings[]> {
  const { notify, promotes } = settings;
  if (promotes === undefined) return [];
  const { releases } = valueOrThrow("the promotions", await loadPromotions(projectRoot, promotes.releases));
  const client = new RegistryClient(promotes.registry, promotes.insecureRegistry);
  try {
    const newest = releases.map(async ({ image, stack }) => {
      const [release] = await readHistory(client, `${promotes.registry}/${image}`, stack, 1);
      return release === undefined ? [] : [{ image, ...release }];
    });
    const known = { promoted: releases, newest: (await Promise.all(newest)).flat(), recalls };
    return [duePromotions({ ...known, after: notify?.promotionAfter ?? 0, now: Date.now() })];
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    console.error(`${error.message}\nNothing is told of promotions; the next call tries again.`);
    return [];
  }
}

async function readLedger(file: string): Promise<Ledger> {
  return (await readJson<Ledger>(file)) ?? {};
}

async function writeLedger(file: string, ledger: Ledger): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(temporary, `${JSON.stringify(ledger, undefined, 2)}\n`);
  await rename(temporary, file);
}

/** @returns undefined where there is no such file */
async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    const message = `it cannot be read (${error instanceof Error ? error.message : error}).`;
    throw new ProblemsError("what was told", [{ place: { file }, message, remedy: "Mend it, or remove it." }]);
  }
}
