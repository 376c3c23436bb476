import * as pulumi from "@pulumi/pulumi";

/** An argument as the JSON text that crosses the engine for it; see json-texts.ts. */
export function textOf<T>(argument: pulumi.Input<T>): pulumi.Output<string> {
  return pulumi.output(argument).apply((value) => JSON.stringify(value));
}

/** What a property means that the engine has as a JSON text; one that is no text, of an older state, is taken as it is. */
export function meaningOf<T>(property: pulumi.Output<T>): pulumi.Output<T> {
  const parsed = property.apply((value): unknown => (typeof value === "string" ? JSON.parse(value) : value));
  return parsed as pulumi.Output<T>;
}
