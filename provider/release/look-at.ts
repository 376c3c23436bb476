import { subjectsOf } from "../../domain/evidence/subjects.js";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import type { RegistryClient } from "../registry/client.js";
import { attestationsOf, isThere } from "./attestations.js";

/** What a release, or a promotion, knows of what it has put into a repository. */
export interface Published {
  readonly digest: string;
  readonly released: readonly PlatformManifest[];
  readonly tags: readonly string[];
  readonly movingTags: readonly string[];
  readonly attestations: readonly AttestedStatement[];
}

/** What of it is there still. Where something is lost, `movingTags` lack what an `up` has to set again. */
export interface Found extends Pick<Published, "tags" | "movingTags" | "attestations"> {
  /** All that is attached now. */
  readonly there: readonly AttestedStatement[];
}

/** @returns undefined where the image itself, or one of its platforms, is gone */
export async function lookAt(
  client: RegistryClient,
  repository: string,
  { digest, released, tags, movingTags, attestations }: Published,
  signal: AbortSignal,
): Promise<Found | undefined> {
  const image = subjectsOf(digest, released);
  const manifests = await Promise.all(image.map((each) => client.headManifest(repository, each, signal)));
  if (manifests.includes(undefined)) return undefined;
  const found = await Promise.all(tags.map((name) => client.headManifest(repository, name, signal)));
  const kept = tags.filter((_, index) => found[index]?.digest === digest);
  const subjects = [...new Set(attestations.map(({ subject }) => subject))];
  const there = await attestationsOf(client, repository, subjects, signal);
  const complete = attestations.every((statement) => isThere(statement, there));
  return {
    tags: kept,
    movingTags: complete ? movingTags.filter((name) => !tags.includes(name) || kept.includes(name)) : [],
    attestations: attestations.filter((statement) => isThere(statement, there)),
    there,
  };
}
