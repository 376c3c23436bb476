import type { BuildFacts } from "../domain/policy/facts.js";
import type { Checked } from "../domain/problems.js";

type Facts = Checked<BuildFacts | undefined>;

/**
 * Derives the facts of a resource once for all policies. The engine asks one policy after the other about the same inputs; the
 * first policy that is asked again about a resource is asked about other inputs.
 */
export class FactsOnce {
  private latest: { readonly urn: string; readonly facts: Facts; readonly asked: Set<string> } | undefined;

  of(urn: string, policy: string, derive: () => Facts): Facts {
    if (this.latest?.urn !== urn || this.latest.asked.has(policy)) {
      this.latest = { urn, facts: derive(), asked: new Set() };
    }
    this.latest.asked.add(policy);
    return this.latest.facts;
  }
}
