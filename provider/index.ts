import { main } from "@pulumi/pulumi/provider";
import { FactoryProvider } from "./factory-provider.js";
import { poolImage } from "./resources/pool-image.js";
import { release } from "./resources/release.js";
import { PoolImage } from "./sdk/pool-image.js";
import { Release } from "./sdk/release.js";

const version = "0.1.0";

const provider = new FactoryProvider(
  version,
  { [PoolImage.__pulumiType]: poolImage, [Release.__pulumiType]: release },
  process.cwd(),
);

void main(provider, process.argv.slice(2));
