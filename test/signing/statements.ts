import { type PredicateKind, predicateTypes } from "../../domain/evidence/predicates.js";
import type { Statement } from "../../domain/evidence/types.js";

/** Small predicates that cosign takes for what they say they are. */
const predicates: Readonly<Partial<Record<PredicateKind, object>>> = {
  signature: {},
  sbom: { spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", name: "web", packages: [] },
  provenance: {
    buildDefinition: { buildType: "https://example.com/build", externalParameters: {} },
    runDetails: { builder: { id: "https://example.com/builder" } },
  },
  scan: {
    invocation: {},
    scanner: { uri: "https://example.com/scanner", version: "1", db: {}, result: {} },
    metadata: { scanStartedOn: "2026-01-01T00:00:00Z", scanFinishedOn: "2026-01-01T00:00:01Z" },
  },
  tests: { result: "PASSED", configuration: [] },
};

/** @param extra goes into the predicate, so that two statements of one kind differ */
export function statementOf(kind: PredicateKind, subject: string, extra: object = {}): Statement {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: subject.slice("sha256:".length) } }],
    predicateType: predicateTypes[kind],
    predicate: { ...predicates[kind], ...extra },
  };
}
