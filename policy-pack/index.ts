import { resolve } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.js";
import { findRoot, Project } from "./project.js";

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
    const root = findRoot(name, starts);
    if (root === undefined)
      throw new Error(`no Pulumi.yaml of the project "${name}" was found from ${starts.join(", ")}`);
    project = Project.load(root, stack);
    projects.set(key, project);
  }
  return project;
}

// The SDK reads the pack's version from package.json in the working directory.
process.chdir(packDirectory);

new PolicyPack("image-factory", {
  policies: policies({ project: projectOf, today: () => new Date().toISOString().slice(0, 10) }),
});
