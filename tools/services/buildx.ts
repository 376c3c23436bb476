import { join } from "node:path";
import { writeAtomically } from "./record.js";

/** The folder for BUILDX_CONFIG: our own, so that a person's builders are neither seen nor touched. */
export function buildxFolder(dataDir: string): string {
  return join(dataDir, "buildx");
}

/** Enrols a running daemon as a builder of driver `remote`, in the form in which `buildx create` writes it. */
export function writeBuilder(dataDir: string, name: string, endpoint: string): void {
  const node = { Name: `${name}0`, Endpoint: endpoint, Platforms: null, DriverOpts: null, Flags: null, Files: null };
  const instance = { Name: name, Driver: "remote", Nodes: [node], Dynamic: false };
  writeAtomically(join(buildxFolder(dataDir), "instances", name), JSON.stringify(instance));
}
