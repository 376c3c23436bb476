import { isAllowedRegistry } from "../../pins/registries.js";
import type { Place, Problem } from "../../problems.js";
import type { BuildFacts } from "../facts.js";
import { type PolicyRule, rulePage } from "../rule.js";

const REMEDY =
  "Use an allowed registry, or add this one to `factory:allowedRegistries` and to the configuration of the policy `allowed-registries`.";

interface Mention {
  readonly what: string;
  readonly repository: string;
  readonly place: Place;
}

export const allowedRegistries: PolicyRule = {
  id: "allowed-registries",
  title: "Images come from and go to allowed registries",
  description:
    "Everything that a build is pinned to, exports to or takes cache from has to lie in an allowed registry.",
  remedy: REMEDY,
  url: rulePage("allowed-registries"),
  check: (facts, { allowedRegistries: allowed }) => {
    const problems: Problem[] = [];
    for (const { what, repository, place } of mentions(facts)) {
      if (isAllowedRegistry(repository, allowed)) continue;
      const list = allowed.length === 0 ? "none, because no list is configured" : allowed.join(", ");
      problems.push({
        place,
        message: `${what} ${repository}; allowed: ${list}.`,
        remedy: REMEDY,
        rule: allowedRegistries.id,
      });
    }
    return problems;
  },
};

function* mentions({ uses, contexts, destinations, place }: BuildFacts): Generator<Mention> {
  const told = new Set<string>();
  for (const { reference, source } of uses) {
    if (source?.kind !== "digest") continue;
    told.add(source.repository);
    yield { what: `${reference.written} is taken from`, repository: source.repository, place: reference.place };
  }
  for (const { name, source } of contexts) {
    if (source.kind !== "digest" || told.has(source.repository)) continue;
    yield { what: `the named context ${name} is taken from`, repository: source.repository, place };
  }
  for (const { purpose, repository } of destinations) {
    yield { what: purpose === "cache" ? "the build's cache lies in" : "the build publishes to", repository, place };
  }
}
