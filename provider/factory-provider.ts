import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import type { AnyResourceHandler, ResourceContext } from "./resource-handler.js";
import { decodeTexts, encodeTexts } from "./sdk/json-texts.js";

/** What the engine sends in previews for a value that is not known yet. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Our Pulumi provider: hands every operation to the handler of the resource's type. It says nothing about previews, so
 * the engine calls `create` and `update` only when it means them.
 */
export class FactoryProvider implements Provider {
  private readonly cancellation = new AbortController();

  constructor(
    readonly version: string,
    private readonly handlers: Readonly<Record<string, AnyResourceHandler>>,
    private readonly root: string,
  ) {}

  async check(urn: string, _olds: unknown, news: Record<string, unknown>): Promise<CheckResult> {
    const { known, unknown } = split(news);
    const handler = this.handler(urn);
    const failures = handler.check(known).filter(({ property }) => !unknown.has(property));
    if (failures.length > 0 || unknown.size > 0) return { inputs: news, failures };
    return { inputs: news, failures: [...((await handler.inspect?.(known, this.context())) ?? [])] };
  }

  async diff(
    _id: string,
    urn: string,
    olds: Record<string, unknown>,
    news: Record<string, unknown>,
  ): Promise<DiffResult> {
    const handler = this.handler(urn);
    if (!differ(handler.compared, olds, news)) return { changes: false };
    if (handler.concerning === undefined) return { changes: true };
    const state = decodeTexts(olds, handler.texts);
    const inputs = decodeTexts(news, handler.texts);
    return { changes: differ(handler.compared, handler.concerning(state, state), handler.concerning(inputs, state)) };
  }

  async create(urn: string, inputs: object): Promise<CreateResult> {
    const handler = this.handler(urn);
    const { id, state } = await handler.create(decodeTexts(inputs, handler.texts), this.context());
    return { id, outs: encodeTexts(state, handler.texts) };
  }

  async read(id: string, urn: string, props: object): Promise<ReadResult> {
    const handler = this.handler(urn);
    const state = await handler.read(id, decodeTexts(props, handler.texts), this.context());
    return state === undefined ? { id: "", props: {} } : { id, props: encodeTexts(state, handler.texts) };
  }

  async update(id: string, urn: string, olds: object, news: object): Promise<UpdateResult> {
    const handler = this.handler(urn);
    const [before, after] = [olds, news].map((properties) => decodeTexts(properties, handler.texts));
    return { outs: encodeTexts(await handler.update(id, before, after, this.context()), handler.texts) };
  }

  async delete(id: string, urn: string, props: object): Promise<void> {
    const handler = this.handler(urn);
    await handler.delete(id, decodeTexts(props, handler.texts), this.context());
  }

  async cancel(): Promise<void> {
    this.cancellation.abort(new Error("cancelled by the engine"));
  }

  private context(): ResourceContext {
    return { root: this.root, signal: this.cancellation.signal };
  }

  private handler(urn: string): AnyResourceHandler {
    // urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const handler = this.handlers[type];
    if (handler === undefined) {
      throw new Error(
        `the factory provider has no resource "${type}"; it has ${Object.keys(this.handlers).join(", ")}`,
      );
    }
    return handler;
  }
}

function differ(keys: readonly string[], before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  return keys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

function split(inputs: Record<string, unknown>) {
  const entries = Object.entries(inputs);
  const unknown = new Set(entries.filter(([, value]) => isUnknown(value)).map(([key]) => key));
  return { known: Object.fromEntries(entries.filter(([key]) => !unknown.has(key))), unknown };
}

/** A list or mapping of which one part is unknown is unknown. */
function isUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === unknownValue;
  return Object.values(value).some(isUnknown);
}
