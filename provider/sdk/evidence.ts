import * as pulumi from "@pulumi/pulumi";
import type { GrowthBudget } from "../../domain/catalogue/types.js";
import type { BuildFacts } from "../../domain/provenance/complete.js";
import type { ImageScanRules } from "../../domain/scan/image-rules.js";
import type { TestSuite } from "../../domain/tests/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { encodeTexts } from "./json-texts.js";
import { meaningOf } from "./text-properties.js";

/** The arguments that reach the provider as JSON texts. */
export const evidenceTexts = ["build", "tests", "scan"] as const;

export interface EvidenceArgs {
  /** Registry with optional prefix, as in the settings. */
  readonly registry: pulumi.Input<string>;
  /** True for a registry spoken to over plain HTTP. */
  readonly insecureRegistry: pulumi.Input<boolean>;
  /** Id of the image variant; what is proved lies in `candidate/<name>`. */
  readonly name: pulumi.Input<string>;
  /** The candidate's index digest. */
  readonly digest: pulumi.Input<string>;
  /** Name of the buildx builder that built it, and on which its tests run. */
  readonly builder: pulumi.Input<string>;
  /** `builder.id` of its provenance. */
  readonly builderId: pulumi.Input<string>;
  /** What provenance says beside BuildKit's own record. */
  readonly build: Omit<BuildFacts, "versions" | "builderId">;
  readonly tests: TestSuite;
  /** `hash` of the suite: another hash, other evidence. */
  readonly testsHash: pulumi.Input<string>;
  readonly scan: ImageScanRules;
  /** Compressed bytes that each platform may have. Default: any. */
  readonly sizeBudget?: pulumi.Input<number>;
  /** How much larger than the release before a platform may be. Default: any. */
  readonly growthBudget?: pulumi.Input<GrowthBudget>;
  /** The moving tag of its releases, whose size is reported beside this one's. Default: none. */
  readonly releaseTag?: pulumi.Input<string>;
  /** Who answers for the image: the supplier that its SBOM names. */
  readonly owner: pulumi.Input<string>;
  /** Suppliers of packages that do not say it themselves, by the package's name. */
  readonly suppliers: pulumi.Input<Readonly<Record<string, string>>>;
  /** The key that signs: a file relative to the root, or `awskms://...`. */
  readonly signingKey: pulumi.Input<string>;
  /** The one workflow that may sign; elsewhere it ends before that. Default: whoever can use the key. */
  readonly signingWorkflow?: pulumi.Input<string>;
  /** Public keys (PEM) that count; the signing key's own has to be among them. */
  readonly verificationKeys: pulumi.Input<readonly string[]>;
}

/**
 * A candidate in quarantine that was tested, inventoried, scanned, proved and signed on all its platforms; where one gate
 * fails there is no such resource, and nothing is signed. Deleting it removes nothing from the registry.
 */
export class Evidence extends pulumi.CustomResource {
  static readonly __pulumiType = "factory:evidence:Evidence";

  /** The candidate's index digest. */
  declare readonly digest: pulumi.Output<string>;
  /** In a few words: tests, findings. */
  declare readonly summary: pulumi.Output<string>;
  /** What fails nothing, but has to be told: vulnerabilities without a fix, scanners that did not run. */
  declare readonly warnings: pulumi.Output<readonly string[]>;
  declare readonly attested: pulumi.Output<readonly AttestedStatement[]>;

  constructor(name: string, args: EvidenceArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { summary: undefined, warnings: undefined, attested: undefined };
    super(Evidence.__pulumiType, name, { ...encodeTexts(args, evidenceTexts), ...outputs }, opts);
    this.attested = meaningOf(this.attested);
  }
}
