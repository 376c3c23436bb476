import { z } from "zod";
import { addProblem } from "../yaml/check.js";

export const kargoFile = "kargo.yaml";

const label = (description: string, example: string) =>
  z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .meta({ description, examples: [example] });

const httpsAddress = (description: string, example: string) =>
  z
    .string()
    .meta({ description, examples: [example] })
    .superRefine((text, context) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol === "https:" && url.username === "" && url.password === "") return;
      const found = url === undefined ? "no address" : "not a https address without a user";
      addProblem(context, `"${text}" is ${found}.`, `Write e.g. "${example}"; credentials are Secrets of the cluster.`);
    });

/** `kargo.yaml`, at the root: where the pipeline runs, and what it names. Nothing in it is secret. */
export const kargoSchema = z
  .strictObject({
    project: label("the Kargo project, and its namespace", "image-factory"),
    repository: httpsAddress("this repository, with the state branch", "https://github.com/example/images"),
    branch: z
      .string()
      .min(1)
      .meta({ description: "the branch that Argo CD follows", examples: ["main"] })
      .default("main"),
    stateBranch: z
      .string()
      .min(1)
      .meta({ description: "the branch with the states", examples: ["factory-state"] })
      .default("factory-state"),
    path: z
      .string()
      .regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/)
      .meta({ description: "the folder of the rendered documents, relative to the root", examples: ["kargo"] })
      .default("kargo"),
    image: z
      .string()
      .regex(/^[a-z0-9][\w.:/-]*@sha256:[0-9a-f]{64}$/)
      .meta({
        description: "the factory's own image, by digest",
        examples: [`registry.example.com/factory@sha256:${"0".repeat(64)}`],
      }),
    dispatch: httpsAddress(
      "where a GitHub workflow is told to look",
      "https://api.github.com/repos/example/images/dispatches",
    ),
    secrets: z
      .strictObject({
        webhook: label("the Secret with the receiver's token", "kargo-webhook").default("kargo-webhook"),
        dispatch: label("the Secret with the token for dispatches", "factory-dispatch").default("factory-dispatch"),
        state: label(
          "the Secret with git's credentials for the state branch, read only",
          "factory-state-reader",
        ).default("factory-state-reader"),
      })
      .meta({ description: "names of Secrets; a person or an operator makes them" })
      .prefault({}),
    argocd: z
      .strictObject({
        namespace: label("Argo CD's namespace", "argocd").default("argocd"),
        project: label("Argo CD's project", "default").default("default"),
        server: httpsAddress("the cluster", "https://kubernetes.default.svc").default("https://kubernetes.default.svc"),
      })
      .meta({ description: "where Argo CD is" })
      .prefault({}),
  })
  .meta({ title: "kargo.yaml", description: "the Kargo pipeline that tells the factory of new digests" });

export type KargoSettings = z.output<typeof kargoSchema>;
