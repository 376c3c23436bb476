import { readFileSync } from "node:fs";
import * as grpc from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import {
  AboutResponse,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  InstallDependenciesResponse,
  LanguageHandshakeResponse,
  RuntimeOptionsResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { runPlugin } from "./run-plugin.js";
import { runProgram } from "./run-program.js";

/** What a host has to answer to run programs and policy packs; gRPC answers "unimplemented" to the rest (code generation). */
export function languageRuntime(address: string): grpc.UntypedServiceImplementation {
  let engineAddress = address;
  let hasBegun = false;
  return {
    handshake: (call, answer) => {
      engineAddress = call.request.getEngineAddress() || engineAddress;
      answer(null, new LanguageHandshakeResponse());
    },
    getPluginInfo: (_, answer) => answer(null, new PluginInfo().setVersion(sdkVersion())),
    about: (_, answer) => answer(null, new AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    // The engine learns names and versions of plugins from the resources that a program registers.
    getRequiredPackages: (_, answer) => answer(null, new GetRequiredPackagesResponse()),
    getRequiredPlugins: (_, answer) => answer(null, new GetRequiredPluginsResponse()),
    getProgramDependencies: (_, answer) => answer(null, new GetProgramDependenciesResponse()),
    runtimeOptionsPrompts: (_, answer) => answer(null, new RuntimeOptionsResponse()),
    installDependencies: (call) => {
      const advice = "Dependencies come from the lockfile: run `npm ci`.\n";
      call.write(new InstallDependenciesResponse().setStdout(Buffer.from(advice)));
      call.end();
    },
    run: (call, answer) => {
      hasBegun = true;
      runProgram(call.request, engineAddress).then(
        (response) => answer(null, response),
        (error: unknown) => answer({ code: grpc.status.INTERNAL, message: String(error) }),
      );
    },
    runPlugin,
    cancel: (_, answer) => {
      answer(null, new Empty());
      // An engine says so, too, when it has asked one that waits which Node there is, and comes back to run something.
      if (!hasBegun) return;
      // By signal: an orderly exit would list every promise of the program that a cancelled engine left open.
      setImmediate(() => process.kill(process.pid, "SIGTERM"));
    },
  } satisfies Partial<ILanguageRuntimeServer>;
}

function sdkVersion(): string {
  const manifest = readFileSync(require.resolve("@pulumi/pulumi/package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
