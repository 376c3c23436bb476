import { basename } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import {
  CheckFailure,
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  GetSchemaResponse,
  ReadResponse,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Failure } from "./conforms.js";
import { StandInProvider } from "./provider.js";
import { standInVersions } from "./versions.js";
import { World } from "./world.js";

type Props = Record<string, JavaScriptValue>;

function struct(props: Readonly<Record<string, unknown>>): Struct {
  // What is undefined has no form on the wire.
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(props)) as Props);
}

function props(of: Struct | undefined): Props {
  return of?.toJavaScript() ?? {};
}

/** Pulumi's protocol in full would be more; the SDK's server for providers written in Node knows no configuration. */
function service(provider: StandInProvider, version: string): Partial<IResourceProviderServer> {
  const checked = (news: Struct | undefined, failures: readonly Failure[]) =>
    new CheckResponse()
      .setInputs(news)
      .setFailuresList(
        failures.map(({ property, reason }) => new CheckFailure().setProperty(property).setReason(reason)),
      );
  return {
    getPluginInfo: answering(() => new PluginInfo().setVersion(version)),
    getSchema: answering(() => new GetSchemaResponse().setSchema("{}")),
    attach: answering(() => new Empty()),
    cancel: answering(() => new Empty()),
    checkConfig: answering(({ request }) => checked(request.getNews(), provider.checkConfig(props(request.getNews())))),
    diffConfig: answering(() => new DiffResponse().setChanges(DiffResponse.DiffChanges.DIFF_NONE)),
    configure: answering(() => {
      const refused = provider.configure();
      if (refused !== undefined) throw new Error(refused);
      return new ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setAcceptoutputs(true);
    }),
    check: answering(({ request }) =>
      checked(request.getNews(), provider.check(request.getUrn(), props(request.getNews()))),
    ),
    diff: answering(({ request }) => {
      const { changed, replaces } = provider.diff(props(request.getOldInputs()), props(request.getNews()));
      const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
      return new DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList([...changed])
        .setReplacesList([...replaces]);
    }),
    create: answering(({ request }) => {
      const { id, outputs } = provider.create(request.getUrn(), props(request.getProperties()));
      return new CreateResponse().setId(id).setProperties(struct(outputs));
    }),
    read: answering(({ request }) => {
      const there = provider.read(request.getUrn(), request.getId());
      if (there === undefined) return new ReadResponse();
      const { inputs, outputs } = there;
      return new ReadResponse().setId(request.getId()).setInputs(struct(inputs)).setProperties(struct(outputs));
    }),
    update: answering(({ request }) => {
      const outputs = provider.update(request.getUrn(), request.getId(), props(request.getNews()));
      return new UpdateResponse().setProperties(struct(outputs));
    }),
    delete: answering(({ request }) => {
      provider.delete(request.getUrn(), request.getId());
      return new Empty();
    }),
  };
}

function answering<Request, Response>(
  answer: (call: grpc.ServerUnaryCall<Request, Response>) => Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    try {
      callback(null, answer(call));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** Serves the provider whose name the plugin's program has (`pulumi-resource-aws`). */
export function serve(program: string): void {
  const sdk = basename(program).replace(/^pulumi-resource-/, "") as keyof typeof standInVersions;
  const folder = process.env.STAND_IN_WORLD;
  if (folder === undefined) throw new Error("STAND_IN_WORLD names no folder");
  const provider = new StandInProvider(sdk, new World(folder));
  const limit = 400 * 1024 * 1024;
  const server = new grpc.Server({ "grpc.max_receive_message_length": limit });
  server.addService(
    ResourceProviderService as unknown as grpc.ServiceDefinition,
    service(provider, standInVersions[sdk]) as unknown as grpc.UntypedServiceImplementation,
  );
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(port);
  });
}
