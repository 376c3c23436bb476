import { main } from "./main.js";
import { defaultDataDir } from "./project.js";
import { servicesStatus, stopServices } from "./services/local-services.js";

/** `npm run down`: stops what `npm run up` started. Images, build cache and state stay. */
main(async () => {
  const started = (await servicesStatus(defaultDataDir)).filter(({ state }) => state !== "stopped");
  await stopServices(defaultDataDir);
  const names = started.map(({ name }) => name).join(" and ");
  console.log(names === "" ? "nothing was running" : `stopped ${names}; what they stored stays in .factory`);
});
