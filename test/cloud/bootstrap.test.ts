import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../tools/project.js";
import { Moto } from "../support/moto.js";
import { pythonPackages } from "../support/python-packages.js";

const run = promisify(execFile);

describe("tools/cloud/bootstrap.sh, by Amazon's own command line, in a server of Amazon's services that is not ours", () => {
  let moto: Moto;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    moto = await Moto.start();
    folder = mkdtempSync(path.join(tmpdir(), "factory-bootstrap-"));
    const packages = await pythonPackages(["awscli==1.46.3"]);
    const program = `#!/bin/sh\nPYTHONPATH='${packages}' exec python3 -m awscli "$@"\n`;
    writeFileSync(path.join(folder, "aws"), program, { mode: 0o755 });
    env = {
      ...process.env,
      ...moto.env,
      PATH: `${folder}:${process.env.PATH}`,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_DEFAULT_REGION: "eu-west-1",
    };
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await moto.stop();
  });

  const bootstrap = () => run(path.join(projectRoot, "tools/cloud/bootstrap.sh"), ["staging", "eu-west-1"], { env });
  async function aws<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse((await run("aws", [...args, "--output", "json"], { env })).stdout) as T;
  }

  it("makes what the stack needs, and says how to make the stack", async () => {
    const { stdout } = await bootstrap();
    assert.match(stdout, /PULUMI_BACKEND_URL='s3:\/\/image-factory-staging-state-\d{12}\?region=eu-west-1/);
    assert.match(stdout, /pulumi stack init staging --secrets-provider 'awskms:\/\/alias\/image-factory-staging-state/);
    const { PolicyNames } = await aws<{ PolicyNames: readonly string[] }>(
      ...["iam", "list-role-policies", "--role-name", "image-factory-staging-deployer"],
    );
    assert.deepEqual(PolicyNames, ["deploy"]);
    const { PolicyDocument } = await aws<{ PolicyDocument: object }>(
      ...["iam", "get-role-policy", "--role-name", "image-factory-staging-deployer", "--policy-name", "deploy"],
    );
    assert.doesNotMatch(JSON.stringify(PolicyDocument), /@\w+@/);
    assert.match(JSON.stringify(PolicyDocument), /image-factory-staging-boundary/);
  });

  it("changes nothing that is there when it is run again", async () => {
    const keys = await aws<{ Keys: readonly object[] }>("kms", "list-keys");
    await bootstrap();
    assert.deepEqual(await aws("kms", "list-keys"), keys);
  });
});
