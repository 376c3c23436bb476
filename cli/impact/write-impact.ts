import type { Command } from "commander";
import { Option } from "commander";
import type { ChangeSet } from "../../domain/federation/change-sets.js";
import type { Excluded } from "../../domain/federation/types.js";
import type { Impact } from "../../domain/impact/types.js";
import { renderChangeSets, renderExcluded } from "../../domain/render/federation-text.js";
import { renderImpactMarkdown } from "../../domain/render/impact-markdown.js";
import { renderImpactText } from "../../domain/render/impact-text.js";

/** How a blast radius is printed; a table where neither is asked for. */
export interface ImpactFormat {
  readonly json?: true | undefined;
  readonly markdown?: true | undefined;
}

export function withImpactFormat(command: Command): Command {
  return command
    .addOption(new Option("--json", "print JSON").conflicts("markdown"))
    .addOption(new Option("--markdown", "print Markdown with a graph, for a pull request"));
}

/** What a federation adds: a change for each repository, and who is left out. */
export interface FederatedPart {
  readonly changeSets: readonly ChangeSet[];
  readonly excluded: readonly Excluded[];
}

export function writeImpact(impact: Impact, { json, markdown }: ImpactFormat, federated?: FederatedPart): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...impact, ...federated }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(markdown ? renderImpactMarkdown(impact) : renderImpactText(impact));
  if (federated === undefined) return;
  const { changeSets, excluded } = federated;
  const lines = [...(changeSets.length > 1 ? renderChangeSets(changeSets) : []), ...renderExcluded(excluded)];
  if (lines.length === 0) return;
  process.stdout.write(markdown ? `\n\`\`\`${lines.join("\n")}\n\`\`\`\n` : `${lines.join("\n")}\n`);
}
