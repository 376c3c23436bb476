import { spawn } from "node:child_process";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";

type Call = grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>;

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
  const child = spawn(process.execPath, [...command, ...call.request.getArgsList()], {
    cwd: call.request.getPwd(),
    env: Object.fromEntries(call.request.getEnvList().map(splitVariable)),
    // Standard input stays open for as long as we live; see exit-with-parent.ts.
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
  child.on("error", (error) => call.emit("error", { code: grpc.status.INTERNAL, message: error.message }));
  child.on("close", (code) => {
    call.write(new RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
  call.on("cancelled", () => child.kill());
}

function commandFor(kind: string, directory: string): readonly string[] | undefined {
  if (kind === "analyzer") return [join(__dirname, "run-policy-pack.js"), directory];
  if (kind === "resource") return [require.resolve("@pulumi/pulumi/cmd/run-plugin"), directory];
  return undefined;
}

function splitVariable(variable: string): [string, string] {
  const at = variable.indexOf("=");
  return [variable.slice(0, at), variable.slice(at + 1)];
}
