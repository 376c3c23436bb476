import type { CheckFailure } from "@pulumi/pulumi/provider";

/** What every operation of a resource gets from the process that serves it. */
export interface ResourceContext {
  /** The project's root: the engine starts providers there. */
  readonly root: string;
  /** Aborted when the engine cancels; long work stops and leaves nothing half-published. */
  readonly signal: AbortSignal;
}

/**
 * The life of one kind of resource. `Inputs` is what the program passes, `State` what is kept: the inputs and whatever
 * was learnt. Every operation can be repeated: after a kill the engine starts again with the state it had before.
 */
export interface ResourceHandler<Inputs extends object, State extends Inputs> {
  /** Problems of the inputs, one for each property; unknown values (previews) are skipped by the server. */
  check(inputs: Inputs): readonly CheckFailure[];
  /**
   * Problems that only a look at the world shows, asked where `check` found none and everything is known: in previews and
   * updates alike, for every resource. A failure ends the whole run, before anything is done to this resource.
   */
  inspect?(inputs: Inputs, context: ResourceContext): Promise<readonly CheckFailure[]>;
  /** The properties that cross the engine as JSON texts (`encodeTexts`); the operations see what they mean, `check` does not get them. Default: none. */
  readonly texts?: readonly (keyof State & string)[];
  /** The inputs whose change needs an `update`; all others are ignored. */
  readonly compared: readonly (keyof Inputs & string)[];
  /** The inputs without what is nothing to this resource, as its state tells; old and new ones are compared so. Default: all. */
  concerning?(inputs: Inputs, state: State): Inputs;
  /** The id stays for the resource's life. */
  create(inputs: Inputs, context: ResourceContext): Promise<{ readonly id: string; readonly state: State }>;
  update(id: string, old: State, inputs: Inputs, context: ResourceContext): Promise<State>;
  /** What is really there; undefined where it is gone. */
  read(id: string, state: State, context: ResourceContext): Promise<State | undefined>;
  /** Never removes what was published. */
  delete(id: string, state: State, context: ResourceContext): Promise<void>;
}

/** A handler of some resource: inputs and state have been narrowed by `check` and by the resource's own operations. */
// biome-ignore lint/suspicious/noExplicitAny: the registry of handlers is where the engine's untyped values meet typed ones
export type AnyResourceHandler = ResourceHandler<any, any>;
