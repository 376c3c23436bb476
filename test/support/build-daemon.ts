import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { BUILDKIT_PORT, daemonConfig } from "../../domain/cloud/buildkit.js";
import type { PoolSettings } from "../../domain/settings/cloud.js";
import type { TestServices } from "./with-services.js";

const run = promisify(execFile);

/** Certificates as cert-manager would make them: an authority, one for clients, and one that names the daemons' addresses. */
export function makeCertificates(folder: string, addresses: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=buildkit", "-days", "2");
  const names: Readonly<Record<string, string>> = {
    tls: "extendedKeyUsage=clientAuth",
    server: `extendedKeyUsage=serverAuth\nsubjectAltName=${addresses.map((each) => `IP:${each}`).join(",")}`,
  };
  for (const [name, extensions] of Object.entries(names)) {
    writeFileSync(path.join(folder, `${name}.ext`), extensions);
    openssl("req", "-new", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", `${name}.ext`];
    openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...by);
  }
}

/** One daemon of a pool, as a pod runs it, but on this machine and as root. */
export class BuildDaemon {
  private constructor(
    /** As for `buildctl --addr`. */
    readonly address: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param certificates folder that `makeCertificates` has filled */
  static async start(
    { dataDir, registry, toolchain, env }: TestServices,
    host: string,
    pool: PoolSettings,
    certificates: string,
  ): Promise<BuildDaemon> {
    const folder = path.join(dataDir, `daemon-${host}`);
    mkdirSync(folder, { recursive: true });
    const config = path.join(folder, "buildkitd.toml");
    const ours = `[otel]\n  socketPath = "${folder}/otel.sock"\n[registry."${registry}"]\n  http = true\n  insecure = true\n`;
    writeFileSync(config, `${daemonConfig("amd64", pool, { registry, allowedRegistries: ["docker.io"] })}${ours}`);
    // As on a node that cannot emulate: whether it can, the daemon tries with a program that it writes there.
    const temporary = path.join(folder, "temporary");
    mkdirSync(temporary);
    execFileSync("mount", ["-t", "tmpfs", "-o", "noexec", "tmpfs", temporary]);
    const address = `tcp://${host}:${BUILDKIT_PORT}`;
    const tls = ["--tlscacert", "ca.crt", "--tlscert", "server.crt", "--tlskey", "server.key"];
    const child = spawn(
      toolchain.program("buildkitd"),
      ["--config", config, "--root", path.join(folder, "data"), "--addr", address, "--containerd-worker=false", ...tls],
      { cwd: certificates, env: { ...process.env, ...env, TMPDIR: temporary }, stdio: "ignore" },
    );
    const daemon = new BuildDaemon(address, child);
    const ended = once(child, "exit").then(() => {
      throw new Error(`the daemon at ${address} ended before it answered`);
    });
    const buildctl = toolchain.program("buildctl");
    while (!(await Promise.race([daemon.answers(buildctl, certificates), ended]))) await delay(100);
    ended.catch(() => {});
    return daemon;
  }

  /** Options of `buildctl` for who may connect. */
  static tls(certificates: string): readonly string[] {
    const names = { tlscacert: "ca.crt", tlscert: "tls.crt", tlskey: "tls.key" };
    return Object.entries(names).flatMap(([option, file]) => [`--${option}`, path.join(certificates, file)]);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }

  private async answers(buildctl: string, certificates: string): Promise<boolean> {
    const args = ["--addr", this.address, ...BuildDaemon.tls(certificates), "debug", "workers"];
    return run(buildctl, args).then(
      () => true,
      () => false,
    );
  }
}
