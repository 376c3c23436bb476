import { joinMeasures, type Measures } from "../../domain/evidence/measures.js";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import type { GateFailure, Statement } from "../../domain/evidence/types.js";
import type { Problem } from "../../domain/problems.js";
import type { Part, PartRequest, Predicate } from "./part.js";
import { provenancePart } from "./provenance-part.js";
import { scanPart } from "./scan-part.js";
import { secretsPart } from "./secrets-part.js";
import { sizePart } from "./size-part.js";
import { testPart } from "./test-part.js";
import { together } from "./together.js";

/** All that was found out about a candidate: what to sign, by the digest that it is about, or why not to. */
export interface GatheredEvidence {
  /** The platforms' first, the index's last. */
  readonly statements: ReadonlyMap<string, readonly Statement[]>;
  readonly failures: readonly GateFailure[];
  /** What fails nothing, but has to be told. */
  readonly warnings: readonly Problem[];
  /** In a few words, for people. */
  readonly summary: string;
  readonly measures: Measures;
  /** Package URLs, without versions, of all that is in the image; sorted. */
  readonly packages: readonly string[];
  /** Texts of reports by their path. */
  readonly reports: ReadonlyMap<string, string>;
}

/** Runs every gate, all at once, to its end: whoever mends an image sees everything that is wrong with it. */
export async function gatherEvidence(request: PartRequest): Promise<GatheredEvidence> {
  const { image, signal } = request;
  const run = (part: (request: PartRequest) => Promise<Part>) => (either: AbortSignal) =>
    part({ ...request, signal: either });
  const parts = await together<readonly Part[]>(
    signal,
    [provenancePart, testPart, scanPart, secretsPart, sizePart].map(run),
  );
  const signature: Predicate = { kind: "signature", subject: image.digest, predicate: {} };
  const predicates = [...parts.flatMap((part) => part.predicates), signature];
  const subjects = new Set([...image.platforms.map(({ digest }) => digest), image.digest]);
  return {
    statements: new Map(
      [...subjects].map((subject) => [subject, statementsAbout(subject, predicates, image.repository)]),
    ),
    failures: parts.flatMap(({ failures }) => failures),
    warnings: parts.flatMap(({ warnings }) => warnings ?? []),
    summary: parts.flatMap(({ summary }) => summary ?? []).join(", "),
    measures: joinMeasures(
      image.digest,
      image.platforms.map(({ platform }) => platform),
      parts.map((part) => part.measures ?? {}),
    ),
    packages: [...new Set(parts.flatMap(({ packages }) => packages ?? []))].sort(),
    reports: new Map(parts.flatMap(({ reports }) => [...(reports ?? [])])),
  };
}

/** One of each kind: an image of one platform may have no index, and then what its platform's parts say comes first. */
function statementsAbout(subject: string, predicates: readonly Predicate[], name: string): readonly Statement[] {
  const [algorithm = "", hex = ""] = subject.split(":");
  const about = predicates.filter((predicate) => predicate.subject === subject);
  return about
    .filter(({ kind }, index) => about.findIndex((other) => other.kind === kind) === index)
    .map(({ kind, predicate }) => ({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name, digest: { [algorithm]: hex } }],
      predicateType: predicateTypes[kind],
      predicate,
    }));
}
