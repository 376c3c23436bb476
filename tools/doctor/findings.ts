import { dirname } from "node:path";
import { bootstrapModule } from "../machine/bootstrap-module.js";
import { type Emulation, emulationInUse, foreign } from "../machine/emulation.js";
import { machineRights, systemPackages, systemProblems } from "../machine/system.js";
import { type ServiceStatus, servicesStatus } from "../services/local-services.js";
import { holderOf, isFree } from "../services/ports.js";
import { type FoundTool, findTool } from "../toolchain/find.js";
import { tools } from "../toolchain/tools.js";
import type { Finding } from "./finding.js";

/** Everything about this machine that decides whether the factory runs on it. Looks, and changes nothing. */
export async function findings(dataDir: string, registryPort: number): Promise<readonly Finding[]> {
  const [prerequisites, found, services] = await Promise.all([
    prerequisiteFindings(),
    Promise.all(tools.map(findTool)),
    serviceFindings(dataDir, registryPort),
  ]);
  return [...prerequisites, ...found.map(toolFinding), ...systemFindings(), ...services];
}

interface PrerequisitesModule {
  checkPrerequisites(): Promise<
    readonly { name: string; needed: string; found: string | undefined; fits: boolean; remedy: string }[]
  >;
}

async function prerequisiteFindings(): Promise<readonly Finding[]> {
  const module = (await bootstrapModule("prerequisites")) as PrerequisitesModule;
  const all = await module.checkPrerequisites();
  return all.map(({ name, needed, found, fits, remedy }) => {
    const detail = `${found ?? "not found"} (needed: ${needed})`;
    if (fits) return { area: "prerequisites", name, state: "ok", detail };
    return { area: "prerequisites", name, state: "missing", detail, remedy };
  });
}

const WHERE: Readonly<Record<FoundTool["source"], string>> = {
  path: "on PATH, in",
  plugin: "installed by Pulumi, in",
  cache: "built, in",
  missing: "will be built into",
};

function toolFinding({ tool, source, version, programs }: FoundTool): Finding {
  const folders = [...new Set(Object.values(programs).map(dirname))].join(", ");
  const state = source === "missing" ? "todo" : "ok";
  return { area: "tools", name: tool.name, state, detail: `${version} ${WHERE[source]} ${folders}` };
}

function systemFindings(): readonly Finding[] {
  const missing = systemPackages.filter((it) => !it.isInstalled());
  const problems = systemProblems(
    missing.map(({ name }) => name),
    machineRights(),
  );
  const packages = systemPackages.map(
    ({ name, purpose }): Finding =>
      missing.some((it) => it.name === name)
        ? { area: "system", name, state: "todo", detail: `${purpose}; not installed` }
        : { area: "system", name, state: "ok", detail: purpose },
  );
  const obstacles = problems.map(
    ({ place, message, remedy }): Finding => ({
      area: "system",
      name: place.file,
      state: "missing",
      detail: message,
      remedy,
    }),
  );
  return [...packages, ...obstacles, emulationFinding(emulationInUse())];
}

function emulationFinding(emulation: Emulation): Finding {
  const about = { area: "system", name: foreign.platform } as const;
  if (emulation === "binfmt") return { ...about, state: "ok", detail: "emulated by the kernel (binfmt_misc)" };
  if (emulation === "none") return { ...about, state: "todo", detail: "no emulation yet: qemu-user-static brings it" };
  return {
    ...about,
    state: process.getuid?.() === 0 ? "todo" : "limited",
    detail: "emulated by BuildKit: the first process of a RUN step works, processes that it starts do not",
    remedy: "As root the next command registers QEMU with binfmt_misc, where the kernel allows that.",
  };
}

async function serviceFindings(dataDir: string, registryPort: number): Promise<readonly Finding[]> {
  const services = await servicesStatus(dataDir);
  const registry = services.find(({ name }) => name === "registry");
  const taken = registry?.state !== "running" && !(await isFree(registryPort));
  const all = services.map(serviceFinding);
  if (!taken) return all;
  const detail = `held by ${holderOf(registryPort) ?? "another process"}`;
  const remedy = "Stop that process, or set another `factory:registry` in Pulumi.local.yaml.";
  return [...all, { area: "services", name: `port ${registryPort}`, state: "missing", detail, remedy }];
}

function serviceFinding({ name, state, address, pid }: ServiceStatus): Finding {
  const about = { area: "services", name } as const;
  if (state === "running") return { ...about, state: "ok", detail: `running at ${address} (pid ${pid})` };
  if (state === "stopped") return { ...about, state: "todo", detail: "not running; `npm run up` starts it" };
  const detail = state === "crashed" ? "ended by itself" : `does not answer at ${address} (pid ${pid})`;
  return { ...about, state: "todo", detail: `${detail}; \`npm run up\` starts it again` };
}
