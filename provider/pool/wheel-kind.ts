import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../../domain/catalogue/types.js";
import type { WheelPayload } from "../../domain/lock/types.js";
import { directory, textFile } from "./debian-files.js";
import { type CachedPayload, type LayerSource, PayloadGoneError, type PayloadKind } from "./payload-kind.js";
import { PipError, pip } from "./pip.js";
import type { TarEntry } from "./tar-entry.js";
import { pipConfiguration, requirementsWithHashes, wheelFolder } from "./wheel-install.js";
import { wheelTags } from "./wheel-tags.js";

/** Wheels, and pip with all that it needs to install them in a build that has no network. */
export const wheelKind: PayloadKind<WheelPayload> = { kind: "wheel", download, layers };

/** `/wheels` as tar writes it. */
const folder = wheelFolder.slice(1);

/** Bytes from which on a wheel is a layer of its own, so that a relock of the others does not move it. */
const largeWheel = 16 << 20;

async function download(payload: WheelPayload, destination: string, signal?: AbortSignal): Promise<void> {
  const work = await mkdtemp(`${destination}.pip-`);
  try {
    const requirements = path.join(work, "requirements.txt");
    await writeFile(requirements, requirementsWithHashes([payload]));
    const locked = ["--no-deps", "--require-hashes", "--requirement", requirements];
    const options = ["--quiet", "--no-cache-dir", "--dest", work, ...exactly(payload.filename)];
    await pip(["download", ...options, ...locked], {}, signal);
    await rename(path.join(work, payload.filename), destination);
  } catch (error) {
    if (error instanceof PipError && error.notFound) throw new PayloadGoneError(payload, payload.filename);
    throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Options with which pip considers the machine that this wheel is for, whatever Python runs pip. */
function exactly(filename: string): readonly string[] {
  const { python, abi, platforms } = wheelTags(filename);
  const options = ["--only-binary=:all:", "--ignore-requires-python"];
  if (python !== undefined) options.push("--python-version", python.version, "--implementation", python.implementation);
  if (abi !== undefined) options.push("--abi", abi);
  for (const platform of platforms) options.push("--platform", platform);
  return options;
}

function layers(payloads: readonly CachedPayload<WheelPayload>[], platform: Platform): readonly LayerSource[] {
  const wheels = payloads.filter(({ payload }) => payload.name !== "pip");
  const large = wheels.filter(({ payload }) => payload.size >= largeWheel);
  const small = wheels.filter(({ payload }) => payload.size < largeWheel).map((wheel) => wheelEntry(wheel));
  return [
    ...large.map((wheel) => layer(`${wheel.payload.name} ${wheel.payload.version}`, [wheelEntry(wheel)])),
    ...(small.length === 0 ? [] : [layer(`${small.length} wheels`, small)]),
    layer("pip and its requirements", [
      ...payloads.filter(({ payload }) => payload.name === "pip").map((pip) => wheelEntry(pip, "pip.whl")),
      textFile(`${folder}/pip.conf`, pipConfiguration(platform), 0),
      textFile(`${folder}/requirements.txt`, requirementsWithHashes(wheels.map(({ payload }) => payload)), 0),
    ]),
  ];
}

function layer(title: string, files: readonly TarEntry[]): LayerSource {
  return { title, entries: () => [directory(folder, 0), ...files] };
}

function wheelEntry({ payload, file }: CachedPayload<WheelPayload>, name = payload.filename): TarEntry {
  const content = { file, size: payload.size };
  return { path: `${folder}/${name}`, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, content };
}
