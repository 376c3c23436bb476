import { resolve } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { findRoot } from "./files.js";
import { policies } from "./policies.js";
import type { Project } from "./project.js";

/** The pack's own folder, with its manifest; this file runs as `dist/policy-pack/index.js`. */
const packDirectory = resolve(__dirname, "../../policy-pack");

/** Where the project may be: hosts start a pack in the project's folder or in the pack's own. */
const starts = [process.cwd(), process.env.PWD, packDirectory].filter((start) => start !== undefined);

const projects = new Map<string, Promise<Project>>();

/** A URN begins with `urn:pulumi:<stack>::<project>::`. */
function projectOf(urn: string): Promise<Project> {
  const [, stack = "", name = ""] = /^urn:pulumi:(.*?)::(.*?)::/.exec(urn) ?? [];
  const key = `${stack}::${name}`;
  let project = projects.get(key);
  if (project === undefined) {
    project = loadProject(name, stack);
    // Whoever waits for it sees the error; until then it is nobody's.
    project.catch(() => undefined);
    projects.set(key, project);
  }
  return project;
}

async function loadProject(name: string, stack: string): Promise<Project> {
  const root = findRoot(name, starts);
  if (root === undefined)
    throw new Error(`no Pulumi.yaml of the project "${name}" was found from ${starts.join(", ")}`);
  // Half of what the pack loads; the engine waits for the pack before it starts the program, but not for this.
  const { Project } = await import("./project.js");
  return Project.load(root, stack);
}

// The SDK reads the pack's version from package.json in the working directory.
process.chdir(packDirectory);

new PolicyPack("image-factory", {
  policies: policies({ project: projectOf, today: () => new Date().toISOString().slice(0, 10) }),
});
