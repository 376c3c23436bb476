import Module, { createRequire } from "node:module";

/**
 * Parts of the Pulumi SDK that only serialising closures or driving the CLI needs, and that it loads at every start all the
 * same: the TypeScript compiler, npm's dependency tree, the Automation API. They are two thirds of its load time.
 */
const deferred = ["@pulumi/pulumi/typescript-shim", "@npmcli/arborist", "@pulumi/pulumi/automation"];

/** Makes this process load those parts at their first use. Import this module before anything of `@pulumi/pulumi`. */
function deferHeavyParts(): void {
  const fromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  for (const name of deferred) {
    const file = fromSdk.resolve(name);
    if (require.cache[file] !== undefined) continue;
    const real = (): object => {
      delete require.cache[file];
      return fromSdk(file) as object;
    };
    require.cache[file] = Object.assign(new Module(file), {
      loaded: true,
      exports: lazy(real),
    });
  }
}

/** Stands for what `load` returns; `__esModule` is answered without it, for that is what compiled imports ask at once. */
function lazy(load: () => object): object {
  let loaded: object | undefined;
  return new Proxy(
    {},
    {
      get(_, key) {
        if (key === "__esModule") return true;
        loaded ??= load();
        return Reflect.get(loaded, key);
      },
    },
  );
}

deferHeavyParts();
