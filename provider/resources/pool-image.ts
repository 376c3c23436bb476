import { readFile } from "node:fs/promises";
import path from "node:path";
import type { CheckFailure } from "@pulumi/pulumi/provider";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { PayloadCache } from "../pool/payload-cache.js";
import { poolReference, publishPool } from "../pool/publish-pool.js";
import { digestOf } from "../registry/crane.js";
import type { ResourceContext, ResourceHandler } from "../resource-handler.js";

interface PoolImageInputs {
  readonly registry: string;
  readonly name: string;
  readonly lockFile: string;
  readonly digest: string;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Composes the pool image that a lock names and pushes it by digest; one that is there already is left alone. */
export const poolImage: ResourceHandler<PoolImageInputs, PoolImageInputs> = {
  compared: ["registry", "name", "digest"],

  check({ digest }) {
    const failures: CheckFailure[] = [];
    if (digest !== undefined && !digestPattern.test(digest)) {
      failures.push({ property: "digest", reason: `"${digest}" is no sha256 digest; a lock has it as pool.digest` });
    }
    return failures;
  },

  async create(inputs, context) {
    await publish(inputs, context);
    return { id: `${inputs.registry}/pool/${inputs.name}`, state: inputs };
  },

  async update(_id, _old, inputs, context) {
    await publish(inputs, context);
    return inputs;
  },

  async read(_id, state, { signal }) {
    const found = await digestOf(poolReference(state.registry, state.name, state.digest), signal);
    return found === undefined ? undefined : state;
  },

  async delete() {},
};

async function publish({ registry, name, lockFile, digest }: PoolImageInputs, context: ResourceContext): Promise<void> {
  const { root, signal } = context;
  // Loaded when a pool is made: it takes a third of the provider's start, and most runs make none.
  const { readLock } = await import("../../domain/lock/schema.js");
  const { data: lock, problems } = readLock(lockFile, await readFile(path.join(root, lockFile), "utf8"), name);
  if (lock === undefined) throw new ProblemsError(`the lock of ${name}`, problems);
  if (lock.pool.digest !== digest)
    throw new ProblemsError(`the lock of ${name}`, [changed(lockFile, digest, lock.pool.digest)]);
  await publishPool({ name, registry, lock, lockFile, cache: new PayloadCache(), signal });
}

/** The plan read another lock than the one that lies there now. */
function changed(lockFile: string, planned: string, found: string): Problem {
  const message = `the lock was changed during this run: planned was the pool image ${planned}, now it names ${found}.`;
  return { place: { file: lockFile }, message, remedy: "Run `npm run up` again." };
}
