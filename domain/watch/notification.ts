import { z } from "zod";

/** A tag that was pushed, as a registry tells it: a reason to look, and nothing more. */
export interface Push {
  /** Host and path, e.g. `127.0.0.1:5000/team/base`. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const manifests =
  /^application\/vnd\.(?:oci\.image\.(?:index|manifest)|docker\.distribution\.manifest(?:\.list)?)\.v[12]\+json$/;
/** Tags under which signatures and what else refers to a digest are kept. */
const referrerTag = /^sha256-[0-9a-f]{64}/;

const event = z.object({
  action: z.string(),
  target: z.object({
    mediaType: z.string().default(""),
    digest: z.string().default(""),
    repository: z.string().default(""),
    tag: z.string().default(""),
  }),
  request: z.object({ host: z.string().default("") }).default({ host: "" }),
});

const envelope = z.object({ events: z.array(z.unknown()) });

/**
 * The pushes of tags in a notification of CNCF distribution. Pulls, blobs, platforms of an index, signatures and whatever is
 * not understood are left out. Undefined where it is no notification at all.
 */
export function pushesIn(body: unknown): readonly Push[] | undefined {
  const read = envelope.safeParse(body);
  if (!read.success) return undefined;
  return read.data.events.flatMap((each) => {
    const { data } = event.safeParse(each);
    if (data === undefined || data.action !== "push") return [];
    const { digest, mediaType, repository, tag } = data.target;
    const { host } = data.request;
    if (!manifests.test(mediaType) || tag === "" || referrerTag.test(tag) || repository === "" || host === "")
      return [];
    return [{ repository: `${host}/${repository}`, tag, digest }];
  });
}
