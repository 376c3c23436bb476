import type { CheckFailure } from "@pulumi/pulumi/provider";
import type { PoolImageInputs } from "../pool/locked-pool.js";
import type { ResourceHandler } from "../resource-handler.js";

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Loaded when a pool is made or looked at: most runs do neither, and the provider's start counts. */
const work = () => import("../pool/locked-pool.js");

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
    await (await work()).publishLockedPool(inputs, context);
    return { id: `${inputs.registry}/pool/${inputs.name}`, state: inputs };
  },

  async update(_id, _old, inputs, context) {
    await (await work()).publishLockedPool(inputs, context);
    return inputs;
  },

  async read(_id, state, { signal }) {
    return (await (await work()).isPublished(state, signal)) ? state : undefined;
  },

  async delete() {},
};
