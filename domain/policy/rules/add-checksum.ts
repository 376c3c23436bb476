import { copyArguments } from "../../dockerfile/split.js";
import type { Instruction } from "../../dockerfile/types.js";
import type { Problem } from "../../problems.js";
import { flagOf, instructionsOf, withoutQuotes } from "../instructions.js";
import { type PolicyRule, rulePage } from "../rule.js";
import { isGitSource, isRemoteSource, pinnedCommit, SHA256 } from "../sources.js";

export const addChecksum: PolicyRule = {
  id: "add-checksum",
  title: "Downloads are verified by a checksum",
  description: "An ADD from a URL has to carry a sha256 checksum, and an ADD from a git repository a full commit hash.",
  remedy: "Add `--checksum=sha256:<digest>` to a URL, or `#<commit>` to a git address.",
  url: rulePage("add-checksum"),
  check: (facts) => [...instructionsOf(facts)].flatMap(problemsOf),
};

function problemsOf(instruction: Instruction): readonly Problem[] {
  if (instruction.keyword !== "ADD") return [];
  const checksum = flagOf(instruction, "checksum");
  return sourcesOf(instruction).flatMap((source) => {
    const found = refusalOf(source, checksum);
    if (found === undefined) return [];
    const remedy = isGitSource(source)
      ? "End the address with `#` and the full hash of a commit."
      : "Add `--checksum=sha256:<digest>` with the digest of the file itself, or write the source out.";
    return [{ place: instruction.place, message: found, remedy, rule: addChecksum.id }];
  });
}

function refusalOf(source: string, checksum: string | undefined): string | undefined {
  if (isGitSource(source)) {
    if (pinnedCommit(source) || /^[0-9a-f]{40}$/.test(checksum ?? "")) return undefined;
    return `ADD ${source} names no commit, so its content can move; allowed is a full commit hash.`;
  }
  if (!isRemoteSource(source) && !source.includes("$")) return undefined;
  if (checksum !== undefined && SHA256.test(checksum)) return undefined;
  const kind = isRemoteSource(source) ? "a URL" : "a source that depends on a variable";
  return checksum === undefined
    ? `ADD ${source} is ${kind} without a checksum; allowed is one with \`--checksum=sha256:<digest>\`.`
    : `ADD ${source} has the checksum ${checksum}; allowed is \`sha256:\` and 64 hexadecimal digits.`;
}

/** All words but the last, which is the destination; a heredoc is text, not a source. */
function sourcesOf({ rest }: Instruction): readonly string[] {
  return copyArguments(rest)
    .slice(0, -1)
    .map(withoutQuotes)
    .filter((word) => !word.startsWith("<<"));
}
