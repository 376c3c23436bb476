import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { root } from "./source-files.js";

describe("committed text", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
  const texts = files.map((file) => [file, readFileSync(path.join(root, file), "utf8")] as const);

  it("names no path of this machine", () => {
    const paths = [root, homedir()].filter((folder) => folder !== "/");
    const found = texts.filter(([, text]) => paths.some((folder) => text.includes(`${folder}/`))).map(([file]) => file);
    assert.deepEqual(found, []);
  });

  it("names no host of the package registries that this machine's clients use", () => {
    const hosts = registryHosts();
    const found = texts.flatMap(([file, text]) =>
      hosts.filter((host) => text.includes(host)).map((host) => `${file}: ${host}`),
    );
    assert.deepEqual(found, []);
  });
});

function registryHosts(): readonly string[] {
  const settings = [ask("npm", ["config", "get", "registry"]), ask("go", ["env", "GOPROXY"])].join("\n");
  const hosts = [...settings.matchAll(/https?:\/\/([^/\s,|]+)/g)].map(([, host = ""]) => host);
  assert.ok(hosts.length > 0, "npm and go name no registry");
  return hosts;
}

function ask(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
