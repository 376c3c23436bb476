import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../../domain/catalogue/types.js";
import type { WheelPayload } from "../../domain/lock/types.js";
import { type CachedPayload, type LayerSource, PayloadGoneError, type PayloadKind } from "./payload-kind.js";
import { PipError, pip } from "./pip.js";
import type { TarEntry } from "./tar-entry.js";
import { pipConfiguration, requirementsWithHashes, wheelFolder } from "./wheel-install.js";
import { wheelTags } from "./wheel-tags.js";

/** Wheels, and pip with all that it needs to install them in a build that has no network. */
export const wheelKind: PayloadKind<WheelPayload> = { kind: "wheel", download, layers };

/** Bytes from which on a wheel is a layer of its own, so that a relock of the others does not move it. */
const largeWheel = 16 << 20;

async function download(payload: WheelPayload, destination: string, signal?: AbortSignal): Promise<void> {
  const folder = await mkdtemp(`${destination}.pip-`);
  try {
    const requirements = path.join(folder, "requirements.txt");
    await writeFile(requirements, requirementsWithHashes([payload]));
    await pip(
      [
        "download",
        "--quiet",
        "--no-deps",
        "--no-cache-dir",
        "--require-hashes",
        "--requirement",
        requirements,
        "--dest",
        folder,
        ...exactly(payload.filename),
      ],
      {},
      signal,
    );
    await rename(path.join(folder, payload.filename), destination);
  } catch (error) {
    if (error instanceof PipError && error.notFound) throw new PayloadGoneError(payload, payload.filename);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
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
  const installer = payloads.find(({ payload }) => payload.name === "pip");
  const wheels = payloads.filter((cached) => cached !== installer);
  const sources = wheels
    .filter(({ payload }) => payload.size >= largeWheel)
    .map((cached) => layer(`${cached.payload.name} ${cached.payload.version}`, [wheelEntry(cached)]));
  const small = wheels.filter(({ payload }) => payload.size < largeWheel).map(wheelEntry);
  if (small.length > 0) sources.push(layer(`${small.length} wheels`, small));
  if (installer === undefined) return sources;
  return [
    ...sources,
    layer(`pip ${installer.payload.version}`, [
      file("pip.whl", { file: installer.file, size: installer.payload.size }),
      file("pip.conf", Buffer.from(pipConfiguration(platform))),
      file("requirements.txt", Buffer.from(requirementsWithHashes(wheels.map(({ payload }) => payload)))),
    ]),
  ];
}

function layer(title: string, files: readonly TarEntry[]): LayerSource {
  const folder: TarEntry = { path: wheelFolder.slice(1), type: "directory", mode: 0o755, uid: 0, gid: 0, mtime: 0 };
  return { title, entries: () => [folder, ...files] };
}

function wheelEntry({ payload, file: source }: CachedPayload<WheelPayload>): TarEntry {
  return file(payload.filename, { file: source, size: payload.size });
}

function file(name: string, content: NonNullable<TarEntry["content"]>): TarEntry {
  return { path: `${wheelFolder.slice(1)}/${name}`, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, content };
}
