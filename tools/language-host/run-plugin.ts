import { type ChildProcessByStdio, fork, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import type { PackStart } from "./run-policy-pack.js";

type Call = grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>;
type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const PACK = join(__dirname, "run-policy-pack.js");

/** A policy pack's process that has loaded the SDK and waits to be told its pack. */
let waitingPack: Child | undefined;

export function preparePack(): void {
  waitingPack = fork(PACK, { stdio: ["pipe", "pipe", "pipe", "ipc"] }) as Child;
}

/**
 * Runs a plugin that is a folder with a Node program, above all a policy pack, and streams its output and exit code. The
 * engine ends it by ending the call.
 */
export function runPlugin(call: Call): void {
  const directory = call.request.getInfo()?.getProgramDirectory() ?? "";
  const command = commandFor(call.request.getKind(), directory);
  if (command === undefined) {
    const message = `this language host runs policy packs and resource plugins, not plugins of kind "${call.request.getKind()}"`;
    call.emit("error", { code: grpc.status.UNIMPLEMENTED, message });
    return;
  }
  const args = [...command, ...call.request.getArgsList()];
  const cwd = call.request.getPwd();
  const env = Object.fromEntries(call.request.getEnvList().map(splitVariable));
  // Standard input stays open for as long as we live; see exit-with-parent.ts.
  const child = takeWaiting({ args, cwd, env }) ?? spawn(process.execPath, args, { cwd, env, stdio: "pipe" });
  child.stdout.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
  child.on("error", (error) => call.emit("error", { code: grpc.status.INTERNAL, message: error.message }));
  child.on("close", (code) => {
    call.write(new RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
  call.on("cancelled", () => child.kill());
}

function takeWaiting(start: PackStart): Child | undefined {
  const child = waitingPack;
  if (start.args[0] !== PACK || child?.connected !== true) return undefined;
  waitingPack = undefined;
  child.send(start);
  return child;
}

function commandFor(kind: string, directory: string): readonly string[] | undefined {
  if (kind === "analyzer") return [PACK, directory];
  if (kind === "resource") return [require.resolve("@pulumi/pulumi/cmd/run-plugin"), directory];
  return undefined;
}

function splitVariable(variable: string): [string, string] {
  const at = variable.indexOf("=");
  return [variable.slice(0, at), variable.slice(at + 1)];
}
