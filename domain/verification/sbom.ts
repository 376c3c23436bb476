import { z } from "zod";
import { imageId } from "../sbom/complete.js";
import { statementsOf } from "./attachments.js";
import { failure, rebuild } from "./failure.js";
import type { Judgement } from "./judge.js";
import type { Attachments, FoundImage, VerificationFailure } from "./types.js";

/** What we read of an SPDX document; whoever wrote it has checked the rest. */
const spdxSchema = z.looseObject({
  spdxVersion: z.literal("SPDX-2.3"),
  packages: z.array(z.looseObject({ SPDXID: z.string(), name: z.string(), versionInfo: z.string().default("") })),
});

type Spdx = z.output<typeof spdxSchema>;

/**
 * Whether an SBOM is about a platform.
 *
 * @param digest of the platform's manifest
 */
export function judgeSbom(predicate: unknown, digest: string): Judgement {
  return judgeSpdx(predicate, (document) => aboutImage(document, digest));
}

/** Whether the SBOM of an index is about all its platforms, and names what theirs name and nothing else. */
export function judgeJoinedSbom(predicate: unknown, { digest, platforms, attachments }: FoundImage): Judgement {
  return judgeSpdx(predicate, (document) => {
    const all = [digest, ...platforms.map((each) => each.digest)];
    const parts = platforms.map((each) => ({ ...each, document: sbomIn(attachments.get(each.digest)) }));
    const own = document.packages.filter(({ SPDXID }) => SPDXID !== imageId(digest));
    const left = countOf(own);
    const failures = all.flatMap((each) => aboutImage(document, each));
    for (const { platform, document: part } of parts) {
      for (const name of part?.packages.map(nameOf) ?? []) {
        const count = left.get(name) ?? 0;
        if (count > 0) left.set(name, count - 1);
        else failures.push(failure("sbom", `it does not name ${name}, which the SBOM of ${platform} names.`, rebuild));
      }
    }
    // Where a platform has none, that is told there, and what is left here may be its packages.
    const isComplete = parts.every((part) => part.document !== undefined);
    const strangers = [...left].filter(([, count]) => count > 0).map(([name]) => name);
    if (isComplete && strangers.length > 0) {
      const finding = `it names ${strangers.join(", ")}, which no platform's SBOM names.`;
      failures.push(failure("sbom", finding, rebuild));
    }
    return failures;
  });
}

function judgeSpdx(predicate: unknown, judge: (document: Spdx) => readonly VerificationFailure[]): Judgement {
  const { data, error } = spdxSchema.safeParse(predicate);
  if (data !== undefined) return { detail: `${data.packages.length} packages`, failures: judge(data) };
  const finding = `it is no SPDX 2.3 document: ${z.prettifyError(error)}.`;
  return { detail: "", failures: [failure("predicate", finding, rebuild)] };
}

function aboutImage({ packages }: Spdx, digest: string): VerificationFailure[] {
  if (packages.some(({ SPDXID }) => SPDXID === imageId(digest))) return [];
  return [failure("sbom", `it does not describe the image ${digest}.`, rebuild)];
}

function sbomIn(attachments: Attachments | undefined): Spdx | undefined {
  const statements = attachments === undefined ? [] : statementsOf("sbom", attachments);
  const found = statements.map(({ statement }) => spdxSchema.safeParse(statement.predicate).data);
  return found.find((document) => document !== undefined);
}

function countOf(packages: Spdx["packages"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of packages.map(nameOf)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function nameOf({ name, versionInfo }: Spdx["packages"][number]): string {
  return versionInfo === "" ? name : `${name} ${versionInfo}`;
}
