import "./lazy-sdk.js";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { exitWithParent } from "./exit-with-parent.js";
import { preparePack } from "./language-host/run-plugin.js";
import { prepareProgram } from "./language-host/run-program.js";
import { languageRuntime } from "./language-host/service.js";
import { whenCalled } from "./when-called.js";

/** The engine sends whole stacks in one message; this is the size that its own hosts allow. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * `pulumi-language-nodejs`: a Node language host for Pulumi CLIs that come without one (those built from the Go module proxy).
 * The engine starts it with its own address, reads the port from the first line of standard output and speaks gRPC to it.
 * Programs and policy packs have to be compiled JavaScript. Called with `--standby ROOT` it loads what that project's program
 * will need, and listens when it is called, for an engine that attaches (PULUMI_DEBUG_LANGUAGES).
 */
function main(): void {
  // The engine's address comes last; programs find it among their arguments. An engine that attaches tells it later.
  const last = process.argv.at(-1) ?? "";
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(LanguageRuntimeService, languageRuntime(last));
  exitWithParent();
  const listen = () =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error !== null) throw error;
      console.log(String(port));
    });
  if (process.argv[2] === "--standby") {
    preparePack();
    prepareProgram(last);
    whenCalled(listen);
  } else listen();
}

main();
