import { readFile } from "node:fs/promises";
import path from "node:path";
import { Relay } from "./relay.js";
import { readRoutes } from "./routes.js";
import { createRelayServer } from "./server.js";

const port = Number(process.env.PORT ?? 8080);
const routes = await readRoutes(process.env.ROUTES_FILE ?? "routes.yaml", process.env);
const relay = new Relay(routes, { attempts: 6, firstDelay: 1000, timeout: 10_000 });
const origin = await readFile(path.join(import.meta.dirname, "origin.json"), "utf8").catch(() => undefined);

const server = createRelayServer({ relay, ...(origin === undefined ? {} : { origin }) });
server.listen(port, () => console.log(`relaying ${routes.size} routes on port ${port}`));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close();
    void relay.stop().then(() => process.exit(0));
  });
}
