import type { Platform } from "../../domain/catalogue/types.js";
import { buildkitProvenanceSchema } from "../../domain/provenance/buildkit.js";
import type { RegistryClient } from "../registry/client.js";
import { contentOf, jsonContent, mediaTypes } from "../registry/descriptor.js";
import { RegistryError } from "../registry/registry-error.js";
import type { CapturedProvenance } from "./capture.js";

const RECORD = "application/vnd.image-factory.build-record.v1+json";
const PLATFORM = "dev.image-factory.platform";

/**
 * Keeps a captured record beside its candidate, unsigned, under the tag `sha256-<hex>.record`: BuildKit's history is pruned
 * and goes with its daemon, and an image that a gate refused is judged again later without being built again. It is no
 * referrer, so that it never leaves quarantine.
 */
export async function storeRecord(
  client: RegistryClient,
  repository: string,
  digest: string,
  captured: CapturedProvenance,
  signal?: AbortSignal,
): Promise<void> {
  const config = contentOf(mediaTypes.empty, Buffer.from("{}"));
  const records = [...captured].map(([platform, record]) => ({ platform, content: jsonContent(RECORD, record) }));
  for (const content of [config, ...records.map((record) => record.content)]) {
    await client.putBlob(repository, content, signal);
  }
  const layers = records.map(({ platform, content }) => ({
    ...content.descriptor,
    annotations: { [PLATFORM]: platform },
  }));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: RECORD,
    config: config.descriptor,
    layers,
  };
  await client.putManifest(repository, jsonContent(mediaTypes.manifest, manifest), tagOf(digest), signal);
}

/** The record that was kept for a candidate, or undefined where there is none. */
export async function readStoredRecord(
  client: RegistryClient,
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<CapturedProvenance | undefined> {
  const manifest = await readManifest(client, repository, tagOf(digest), signal);
  if (manifest === undefined) return undefined;
  const entries = (manifest.layers ?? []).map(async (layer): Promise<[Platform, ReturnType<typeof parse>]> => {
    return [layer.annotations?.[PLATFORM] ?? "", parse(await client.getBlob(repository, layer.digest, signal))];
  });
  return new Map(await Promise.all(entries));
}

function parse(bytes: Buffer) {
  return buildkitProvenanceSchema.parse(JSON.parse(bytes.toString("utf8")));
}

async function readManifest(client: RegistryClient, repository: string, tag: string, signal?: AbortSignal) {
  try {
    return (await client.getManifest(repository, tag, signal)).manifest;
  } catch (error) {
    if (error instanceof RegistryError && error.notFound) return undefined;
    throw error;
  }
}

function tagOf(digest: string): string {
  return `${digest.replace(":", "-")}.record`;
}
