/** Predicate types of what is attached to an image, each as its specification names it. Only `reproduced` is our own. */
export const predicateTypes = {
  /** cosign's signature: a statement about nothing but the subject. */
  signature: "https://sigstore.dev/cosign/sign/v1",
  /** SPDX 2.3, one for each platform and one joined at the index. `cosign verify-attestation --type spdxjson`. */
  sbom: "https://spdx.dev/Document",
  /** SLSA 1.x, one for each platform and one at the index. `--type slsaprovenance1`. */
  provenance: "https://slsa.dev/provenance/v1",
  /** Known vulnerabilities, one for each platform. `--type vuln`. */
  scan: "https://cosign.sigstore.dev/attestation/vuln/v1",
  /** Test results, one for each platform. */
  tests: "https://in-toto.io/attestation/test-result/v0.1",
  /** A SLSA Verification Summary: somebody verified the image and says so with a key of their own. */
  summary: "https://slsa.dev/verification_summary/v1",
  /** A second builder got the same digests from the recorded materials. */
  reproduced: "https://image-factory.dev/attestation/reproduced/v1",
} as const;

export type PredicateKind = keyof typeof predicateTypes;

/** What has to be attached to an index, and to each of its platforms, before anything may consume it. */
export const requiredPredicates = {
  index: ["signature", "sbom", "provenance"],
  platform: ["sbom", "provenance", "scan", "tests"],
} as const satisfies Record<string, readonly PredicateKind[]>;
