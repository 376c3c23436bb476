import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pythonPackages } from "./python-packages.js";

/** flask and the others are what moto's server needs of its extra "server", which brings much more. */
const packages = ["moto==5.2.5", "flask==3.1.3", "flask-cors==6.0.5", "cryptography==50.0.2"];

/**
 * It ends with its standard input, and so with us. Of KMS's two types of messages moto has RAW only, which is for short
 * ones; cosign and we send digests.
 */
const server = `
import os, sys, threading
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from moto.kms.utils import ECDSAPrivateKey
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
digest = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
ECDSAPrivateKey.sign = lambda key, message, algorithm: key.private_key.sign(message, digest)
from moto.server import main
main(["-H", "127.0.0.1", "-p", "0"])
`;

/** The folder that it is installed in, with Amazon's own client, which it stands on. */
export function motoFolder(): Promise<string> {
  return pythonPackages(packages);
}

/** Amazon's services on loopback, by moto. It forgets everything when it is stopped. */
export class Moto {
  private constructor(
    /** `http://host:port` */
    readonly endpoint: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<Moto> {
    const folder = await motoFolder();
    const child = spawn("python3", ["-c", server], {
      env: { ...process.env, PYTHONPATH: folder },
      stdio: ["pipe", "ignore", "pipe"],
    });
    for await (const line of createInterface(child.stderr)) {
      const endpoint = /Running on (http:\S+)/.exec(line)?.[1];
      if (endpoint !== undefined) {
        child.stderr.resume();
        return new Moto(endpoint, child);
      }
    }
    throw new Error("moto did not start");
  }

  /** What leads every client of Amazon's here. */
  get env(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.stdin?.end();
    await ended;
  }
}

const matcher = `
import json, sys
from moto.events.models import EventPattern, EventPatternParser
def match(pattern, event):
    raw = json.dumps(pattern)
    return EventPattern(raw, EventPatternParser(raw).parse()).matches_event(event)
json.dump([match(pattern, event) for pattern, event in json.load(sys.stdin)], sys.stdout)
`;

/**
 * Whether a rule with each pattern takes the event beside it, by moto's own EventBridge, whose server does not answer that.
 * It does not look into lists of objects, as Amazon's does.
 */
export async function patternsMatch(
  pairs: readonly (readonly [pattern: object, event: object])[],
): Promise<readonly boolean[]> {
  const env = { ...process.env, PYTHONPATH: await motoFolder() };
  const output = execFileSync("python3", ["-c", matcher], { env, input: JSON.stringify(pairs), encoding: "utf8" });
  return JSON.parse(output) as readonly boolean[];
}
