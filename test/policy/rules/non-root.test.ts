import { appWith, compliant, itAllows, itFinds } from "../plan-fixture.js";

const remedy = /USER 65532:65532/;
const numeric = /allowed is a number/;

describe("non-root", () => {
  itAllows([
    { name: "the user of the base", change: {} },
    { name: "a number of its own", change: { app: [...compliant.app, "USER 1000"] } },
    { name: "root before a number", change: { app: [...compliant.app, "USER root", "RUN id", "USER 1000:1000"] } },
    { name: "root in a stage that is only copied from", change: appWith(2, "USER root") },
    {
      name: "a number on an image that is not ours",
      change: { app: ["FROM docker.io/library/nginx:1.29", "USER 101"] },
    },
  ]);

  itFinds([
    ...["root", "0", "0:0", "00", "root:root", "0:1000"].map((user) => ({
      name: `USER ${user}`,
      change: { app: [...compliant.app, `USER ${user}`] },
      at: "non-root images/app/Dockerfile:9",
      message: new RegExp(`^USER ${user} is root; `),
      remedy,
    })),
    {
      name: "a name",
      change: { app: [...compliant.app, "USER app"] },
      at: "non-root images/app/Dockerfile:9",
      message: /^USER app is a name/,
      remedy,
    },
    {
      name: "a group by name",
      change: { app: [...compliant.app, "USER 1000:app"] },
      at: "non-root images/app/Dockerfile:9",
      message: /^USER 1000:app has the group by name/,
      remedy,
    },
    {
      name: "a user from an ARG",
      change: { app: [...compliant.app, "ARG APP_UID=1000", "USER $APP_UID"] },
      at: "non-root images/app/Dockerfile:10",
      message: /^USER \$APP_UID depends on a variable/,
      remedy,
    },
    {
      name: "a user that the stage below sets",
      change: { app: ["FROM factory.invalid/python AS build", "USER root", "FROM build", "ENV A=1"] },
      at: "non-root images/app/Dockerfile:2",
      message: numeric,
      remedy,
    },
    {
      name: "an ONBUILD of the stage below",
      change: { app: ["FROM factory.invalid/python AS build", "ONBUILD USER root", "FROM build", "ENV A=1"] },
      at: "non-root images/app/Dockerfile:2",
      message: /^USER root is root/,
      remedy,
    },
    {
      name: "an image that is not ours without a USER",
      change: { app: ["FROM docker.io/library/nginx:1.29", "ENV A=1"] },
      at: "non-root images/app/Dockerfile:1",
      message: /cannot be seen: nginx:1\.29 is not built here/,
      remedy,
    },
    {
      name: "nothing but scratch without a USER",
      change: { app: ["FROM scratch", "COPY --from=factory.invalid/python / /"] },
      at: "non-root images/app/Dockerfile:1",
      message: /no USER is set .* runs as root/,
      remedy,
    },
  ]);
});
