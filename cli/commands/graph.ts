import { writeFile } from "node:fs/promises";
import { Option } from "commander";
import { loadImageGraph } from "../../domain/graph/load.js";
import type { ImageGraph } from "../../domain/graph/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { renderGraphMermaid } from "../../domain/render/graph-mermaid.js";
import { renderGraphSvg } from "../../domain/render/graph-svg.js";
import { renderGraphText } from "../../domain/render/graph-text.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

const renderers: Readonly<Record<string, (graph: ImageGraph) => string | Promise<string>>> = {
  text: renderGraphText,
  mermaid: renderGraphMermaid,
  svg: renderGraphSvg,
};

interface Options {
  readonly format: string;
  readonly output?: string;
}

/** `factory graph`. */
export const registerGraph: RegisterCommand = (program) => {
  program
    .command("graph")
    .description("what stands on what: all images, and what they are built on")
    .addOption(new Option("--format <format>", "how to draw it").choices(Object.keys(renderers)).default("text"))
    .option("--output <file>", "write to a file")
    .action(async ({ format, output }: Options) => {
      const { graph } = valueOrThrow("the graph", await loadImageGraph(projectRoot));
      const drawing = (await renderers[format]?.(graph)) ?? "";
      if (output === undefined) process.stdout.write(drawing);
      else await writeFile(output, drawing);
    });
};
