import type { Command } from "commander";
import { Option } from "commander";
import type { Impact } from "../../domain/impact/types.js";
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

export function writeImpact(impact: Impact, { json, markdown }: ImpactFormat): void {
  if (json) process.stdout.write(`${JSON.stringify(impact, undefined, 2)}\n`);
  else process.stdout.write(markdown ? renderImpactMarkdown(impact) : renderImpactText(impact));
}
