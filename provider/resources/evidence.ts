import type { CheckFailure } from "@pulumi/pulumi/provider";
import { mayExcuse } from "../../domain/scan/vex.js";
import type { EvidenceInputs, EvidenceState } from "../evidence/inputs.js";
import type { ResourceHandler } from "../resource-handler.js";
import { evidenceTexts } from "../sdk/evidence.js";

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Loaded when something is proved or looked at: most runs do neither, and the provider's start counts. */
const work = () => import("../evidence/prove.js");

/** Tests, inventories, scans and proves a candidate, and attaches what was found to it in quarantine, signed. */
export const evidence: ResourceHandler<EvidenceInputs, EvidenceState> = {
  texts: [...evidenceTexts, "measures", "packages", "attested"],

  // Not compared: which builder runs the tests, and where a test stands in its file, say nothing of the image; nor does
  // the release that its size is compared with. What
  // `build` says is part of the image, and so of its digest; only the builder's name is not.
  compared: [
    "registry",
    "insecureRegistry",
    "name",
    "digest",
    "builderId",
    "testsHash",
    "scan",
    "sizeBudget",
    "owner",
    "suppliers",
    "signingKey",
    "verificationKeys",
  ],

  concerning(inputs, { packages }) {
    const { scan } = inputs;
    // A state of an earlier version of this provider.
    if (packages === undefined) return inputs;
    const held = new Set(packages);
    return { ...inputs, scan: { ...scan, vex: scan.vex.filter((statement) => mayExcuse(statement, held)) } };
  },

  check({ digest }) {
    const failures: CheckFailure[] = [];
    if (digest !== undefined && !digestPattern.test(digest)) {
      const reason = `"${digest}" is no sha256 digest; an Image gives it as its output \`digest\``;
      failures.push({ property: "digest", reason });
    }
    return failures;
  },

  async create(inputs, context) {
    const state = await (await work()).prove(inputs, context);
    return { id: `${inputs.registry}/candidate/${inputs.name}`, state };
  },

  async update(_id, _old, inputs, context) {
    return (await work()).prove(inputs, context);
  },

  async read(_id, state, context) {
    // Without all that was attested it is no evidence: the next `up` makes it again.
    return (await (await work()).isStillAttested(state, context)) ? state : undefined;
  },

  async delete() {},
};
