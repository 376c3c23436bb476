import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { TestServices } from "./with-services.js";

const run = promisify(execFile);

const offline = ["--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "--yes"];
const trusting = ["--insecure-ignore-tlog", "--allow-http-registry"];

/** Stock cosign, without any network but the registry's: what strangers check our signatures with. */
export class Cosign {
  constructor(private readonly services: TestServices) {}

  /** What `verify` prints about the signatures that it accepts. Fails where it accepts none. */
  async verify(image: string, publicKey: string): Promise<readonly { readonly critical: { readonly type: string } }[]> {
    return JSON.parse(await this.cosign(["verify", ...trusting, "--key", this.file("key.pub", publicKey), image]));
  }

  /** The statements that `verify-attestation` accepts. Fails where it accepts none. */
  async verifyAttestation(image: string, type: string, publicKey: string): Promise<readonly unknown[]> {
    const key = ["--key", this.file("key.pub", publicKey)];
    const lines = await this.cosign(["verify-attestation", ...trusting, "--type", type, ...key, image]);
    return lines
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(Buffer.from(JSON.parse(line).payload, "base64").toString()));
  }

  async sign(image: string, keyFile: string, password: string): Promise<void> {
    await this.cosign(["sign", ...offline, "--key", keyFile, image], password);
  }

  async attest(image: string, type: string, predicate: object, keyFile: string, password: string): Promise<void> {
    const file = this.file(`${type}.json`, JSON.stringify(predicate));
    await this.cosign(["attest", ...offline, "--type", type, "--predicate", file, "--key", keyFile, image], password);
  }

  /** Makes `<prefix>.key` and `<prefix>.pub`. */
  async generateKeyPair(prefix: string, password: string): Promise<void> {
    await this.cosign(["generate-key-pair", "--output-key-prefix", prefix], password);
  }

  async cosign(args: readonly string[], password = "", env: NodeJS.ProcessEnv = {}): Promise<string> {
    const own = { COSIGN_PASSWORD: password, HOME: this.services.dataDir };
    const { stdout } = await run("cosign", args, { env: { ...process.env, ...this.services.env, ...own, ...env } });
    return stdout.trim();
  }

  private file(name: string, text: string): string {
    const file = path.join(this.services.dataDir, name);
    writeFileSync(file, text);
    return file;
  }
}
