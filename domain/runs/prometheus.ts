import type { RunImage, RunPlatform, RunRecord } from "./types.js";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A run as Prometheus' text format, for node_exporter's textfile collector: gauges without timestamps. */
export function renderPrometheus(run: RunRecord): string {
  const families = [...runFamilies(run), ...imageFamilies(run), ...platformFamilies(run)];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) => {
      const lines = samples.map(({ labels, value }) => `image_factory_${name}${formatLabels(labels)} ${value}`);
      return [`# HELP image_factory_${name} ${help}`, `# TYPE image_factory_${name} gauge`, ...lines, ""].join("\n");
    })
    .join("");
}

function runFamilies({ id, stack, commit, release, finishedAt, seconds, status }: RunRecord): readonly Family[] {
  const labels = { stack };
  const one = (value: number, more: Labels = {}): readonly Sample[] => [{ labels: { ...labels, ...more }, value }];
  return [
    { name: "run_info", help: "The last run.", samples: one(1, { run: id, commit, release }) },
    {
      name: "run_timestamp_seconds",
      help: "When the last run ended, since 1970.",
      samples: one(Date.parse(finishedAt) / 1000),
    },
    { name: "run_duration_seconds", help: "How long the last run took.", samples: one(seconds) },
    {
      name: "run_success",
      help: "1 where the last run did all that it should.",
      samples: one(status === "succeeded" ? 1 : 0),
    },
  ];
}

function imageFamilies({ stack, images }: RunRecord): readonly Family[] {
  const each = (read: (image: RunImage) => readonly (readonly [labels: Labels, value: number | undefined])[]) =>
    images.flatMap((image) =>
      read(image).flatMap(([labels, value]) =>
        value === undefined ? [] : [{ labels: { stack, image: image.id, ...labels }, value }],
      ),
    );
  return [
    {
      name: "image_info",
      help: "What the last run made of the image.",
      samples: each(({ state, digest = "", revision }) => [[{ state, digest, commit: revision.commit }, 1]]),
    },
    {
      name: "image_success",
      help: "0 where the image failed or was not reached.",
      samples: each(({ state }) => [[{}, state === "failed" || state === "skipped" ? 0 : 1]]),
    },
    {
      name: "image_duration_seconds",
      help: "Building, proving and releasing the image; absent where nothing was done.",
      samples: each(({ seconds }) => [[{}, seconds]]),
    },
    {
      name: "build_duration_seconds",
      help: "The build alone, by BuildKit's record; absent where nothing was built.",
      samples: each(({ build }) => [[{}, build.seconds]]),
    },
    {
      name: "build_steps",
      help: "Vertices of the build, from the cache or executed; absent where nothing was built.",
      samples: each(({ build: { steps, cachedSteps } }) => [
        [{ result: "cached" }, cachedSteps],
        [{ result: "executed" }, steps === undefined || cachedSteps === undefined ? undefined : steps - cachedSteps],
      ]),
    },
  ];
}

function platformFamilies({ stack, images }: RunRecord): readonly Family[] {
  const each = (read: (platform: RunPlatform) => readonly (readonly [labels: Labels, value: number | undefined])[]) =>
    images.flatMap(({ id, platforms }) =>
      platforms.flatMap((platform) =>
        read(platform).flatMap(([labels, value]) =>
          value === undefined ? [] : [{ labels: { stack, image: id, platform: platform.platform, ...labels }, value }],
        ),
      ),
    );
  return [
    {
      name: "image_size_bytes",
      help: "The image's layers: compressed, with its configuration, and unpacked.",
      samples: each(({ size, unpackedSize }) => [
        [{ form: "compressed" }, size],
        [{ form: "unpacked" }, unpackedSize],
      ]),
    },
    {
      name: "image_growth_bytes",
      help: "How much larger than the release before.",
      samples: each(({ growth, unpackedGrowth }) => [
        [{ form: "compressed" }, growth],
        [{ form: "unpacked" }, unpackedGrowth],
      ]),
    },
    {
      name: "image_vulnerabilities",
      help: "Known vulnerabilities that count, by severity; absent where nobody has looked.",
      samples: each(({ scan }) =>
        Object.entries(scan?.vulnerabilities ?? {}).map(([severity, count]) => [{ severity }, count]),
      ),
    },
    {
      name: "scan_success",
      help: "1 where the scan passed, 0 where it failed; absent where nobody has looked.",
      samples: each(({ scan }) => [
        [{}, scan === undefined || scan.status === "unscanned" ? undefined : scan.status === "passed" ? 1 : 0],
      ]),
    },
    {
      name: "image_tests",
      help: "Tests of the image, by result.",
      samples: each(({ tests }) => [
        [{ result: "passed" }, tests?.passed],
        [{ result: "failed" }, tests?.failed],
        [{ result: "not_run" }, tests?.notRun],
      ]),
    },
    {
      name: "image_test_pass_ratio",
      help: "Share of the tests that passed, of those that could be run.",
      samples: each(({ tests }) => [[{}, tests?.passRate]]),
    },
  ];
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
