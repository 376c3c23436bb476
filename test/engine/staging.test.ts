import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { RegistryClient } from "../../provider/registry/client.js";
import { isBundle, listReferrers } from "../../provider/registry/referrers.js";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { type RunResult, run } from "../../tools/machine/run.js";
import { plantedScan } from "../support/advisories.js";
import { Registry } from "../support/oci.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { readRegistry } from "../support/registry-content.js";
import { useServices } from "../support/with-services.js";

describe("a stack that is not local, by the plain CLI", () => {
  const services = useServices({ tools: evidenceTools });
  let project: TestProject;

  before(async () => {
    project = new TestProject(services(), "staging", { evidence: true });
    project.write({
      "images/hello/Dockerfile": "FROM scratch\nCOPY hello /hello\nUSER 65532:65532\n",
      "images/hello/image.yaml": "platforms: [linux/amd64]\n",
      "images/hello/hello": "hello\n",
    });
    project.commit();
    await ensureLocalKey(path.join(project.root, "keys"));
    writeStack({ database: "nowhere.tar.gz" });
    const made = await pulumi("stack", "init", "staging");
    assert.equal(made.code, 0, made.stderr);
  });

  const rows: readonly (readonly [name: string, scan: () => object, says: RegExp])[] = [
    ["there is no database of vulnerabilities", () => ({ database: "nowhere.tar.gz" }), /nowhere\.tar\.gz/],
    ["its database is too old", () => ({ ...plantedScan(services()), maxAge: "1s" }), /ago/],
  ];
  for (const [name, scan, says] of rows) {
    it(`signs and releases nothing where ${name}`, async () => {
      writeStack(scan());
      const { code, stdout, stderr } = await up();
      assert.notEqual(code, 0);
      assert.match(`${stdout}${stderr}`, says);
      const { broken, tags } = await readRegistry(services().registry);
      assert.deepEqual(broken, []);
      assert.deepEqual(
        [...tags.keys()].filter((tag) => !tag.startsWith("candidate/")),
        [],
      );
      const client = new RegistryClient(services().registry, true);
      const repository = new Registry(services()).at("candidate/hello");
      assert.deepEqual((await listReferrers(client, repository, candidate())).filter(isBundle), []);
    });
  }

  it("releases what was refused once there is a database", async () => {
    writeStack(plantedScan(services()));
    const { code, stdout, stderr } = await up();
    assert.equal(code, 0, `${stdout}${stderr}`);
    const { broken, tags } = await readRegistry(services().registry);
    assert.deepEqual(broken, []);
    assert.equal(tags.get("hello:staging"), candidate());
  });

  /** The stack's file, with the salt that the CLI has written into it. */
  function writeStack(scan: object): void {
    const { builder, registry } = services();
    const file = path.join(project.root, "Pulumi.staging.yaml");
    const salt = existsSync(file) ? /^encryptionsalt: .*$/m.exec(readFileSync(file, "utf8"))?.[0] : undefined;
    const settings = {
      "factory:registry": registry,
      "factory:builder": builder,
      "factory:source": "https://git.example/images",
      "factory:signingKey": "keys/cosign.key",
      "factory:scan": scan,
    };
    const lines = Object.entries(settings).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
    project.write({ "Pulumi.staging.yaml": [salt ?? "", "config:", ...lines, ""].join("\n") });
  }

  function up(): Promise<RunResult> {
    return pulumi("up", "--yes", "--skip-preview");
  }

  function pulumi(...args: readonly string[]): Promise<RunResult> {
    const { env, pulumi: program, root } = project.workspace();
    const own = { PULUMI_STACK: undefined, FACTORY_STACK_FILE: path.join(root, "Pulumi.staging.yaml") };
    const stack = args[0] === "up" ? ["--stack", "staging"] : [];
    return run(program, [...args, ...stack, "--non-interactive"], { cwd: root, env: { ...env, ...own } });
  }

  function candidate(): string {
    const file = project.workspace().stateFile.replace(/local\.json$/, "staging.json");
    const state = JSON.parse(readFileSync(file, "utf8"));
    const image = state.checkpoint.latest.resources.find(({ urn }: { urn: string }) => urn.endsWith("::hello-image"));
    return image.outputs.digest;
  }
});
