import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { exportSpec } from "../domain/render/bake.js";

/** The reference of `shared-context.ts`: what one writes first with docker-build. One Image for each target, one context. */
const config = new pulumi.Config("plain");
const registry = config.require("registry");

for (let index = 0; index < config.requireNumber("images"); index += 1) {
  new dockerBuild.Image(`t${index}`, {
    context: { location: config.require("context") },
    target: `t${index}`,
    platforms: ["linux/amd64"],
    builder: { name: config.require("builder") },
    push: false,
    exports: [{ raw: exportSpec(registry, `plain-t${index}`, "gzip") }],
    buildOnPreview: false,
  });
}
