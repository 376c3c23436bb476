import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import type { Findings, Message } from "../../domain/notify/types.js";
import { notifySchema } from "../../domain/settings/notify.js";
import { NotSent, resolveAddress } from "../../provider/notify/sender.js";
import { renderMessage, slackSender } from "../../provider/notify/slack.js";
import { snsSender } from "../../provider/notify/sns.js";
import { tell } from "../../provider/notify/tell.js";
import { Moto } from "../support/moto.js";

const { signal } = new AbortController();
const message: Message = {
  change: "new",
  key: "recall/1",
  kind: "recall",
  image: "web",
  stack: "prod",
  title: "web was recalled",
  text: "it leaks <a> & b",
  id: "1".repeat(32),
};

type Answers = readonly (readonly [status: number, headers?: Record<string, string>])[];

/** What a webhook got, and the answers that it gives, the last one for ever. */
class Webhook {
  readonly got: { readonly body: string; readonly headers: IncomingHttpHeaders }[] = [];
  private readonly server: Server;

  constructor(private readonly answers: Answers) {
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const [status, headers = {}] = this.answers[Math.min(this.got.length, this.answers.length - 1)] ?? [200];
      this.got.push({ body: Buffer.concat(chunks).toString(), headers: request.headers });
      response.writeHead(status, headers).end("ok");
    });
  }

  async start(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/services/T0/B0/secret-4711`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe("a webhook", () => {
  const open: Webhook[] = [];
  const pauses: number[] = [];
  const wait = async (milliseconds: number) => pauses.push(milliseconds);

  afterEach(() => {
    for (const webhook of open.splice(0)) webhook.stop();
    pauses.length = 0;
  });

  async function webhook(...answers: Answers) {
    const started = new Webhook(answers);
    open.push(started);
    return { got: started.got, address: await started.start() };
  }

  it("gets what Slack reads, all messages of a batch at once", async () => {
    const { got, address } = await webhook([200]);
    await slackSender(address).send([message, { ...message, change: "resolved", text: "" }], signal);
    assert.equal(got.length, 1);
    assert.equal(got[0]?.headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(got[0]?.body ?? ""), {
      text: "*New: web was recalled* (prod)\nit leaks &lt;a&gt; &amp; b\n\n*Resolved: web was recalled* (prod)",
    });
  });

  it("gets no more of a long text than people read", () => {
    assert.ok(renderMessage({ ...message, text: "x".repeat(100_000) }).length < 2000);
  });

  const rows: readonly (readonly [name: string, answers: Answers, asked: number, told: boolean])[] = [
    ["is asked again when it is down, and gets it", [[503], [200]], 2, true],
    ["is asked again when it has enough, after the time that it says", [[429, { "retry-after": "7" }], [200]], 2, true],
    ["is asked three times in all", [[500]], 3, false],
    ["is not asked again when it does not know us", [[404]], 1, false],
    ["leads nowhere else", [[302, { location: "http://127.0.0.1:9/" }]], 3, false],
  ];
  for (const [name, answers, asked, told] of rows) {
    it(name, async () => {
      const { got, address } = await webhook(...answers);
      const sent = slackSender(address, wait).send([message], signal);
      if (told) await sent;
      else {
        await assert.rejects(sent, (error: unknown) => {
          assert.ok(error instanceof NotSent);
          assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)}`, /secret-4711|127\.0\.0\.1/);
          return true;
        });
      }
      assert.equal(got.length, asked);
      assert.equal(pauses.length, asked - 1);
      if (name.includes("time that it says")) assert.deepEqual(pauses, [7000]);
    });
  }

  it("that is not there is told without its address", async () => {
    await assert.rejects(
      slackSender("http://127.0.0.1:1/secret-4711", wait).send([message], signal),
      (error: unknown) => {
        assert.match(String(error), /could not be reached/);
        assert.doesNotMatch(String(error), /4711/);
        return true;
      },
    );
  });

  for (const address of ["http://hooks.example.com/secret-4711", "secret-4711"]) {
    it(`is not written to at ${address.startsWith("http") ? "an address without TLS" : "what is no address"}`, () => {
      assert.throws(
        () => slackSender(address),
        (error: unknown) => {
          assert.ok(error instanceof NotSent);
          assert.doesNotMatch(error.message, /4711/);
          return true;
        },
      );
    });
  }

  it("that fails half way has told what it took, and the next call tells the rest", async () => {
    const { got, address } = await webhook([200], [404], [200]);
    const notices = Array.from({ length: 25 }, (_, index) => {
      const key = `recall/${String(index).padStart(2, "0")}`;
      return { key, kind: "recall", title: key, text: "", state: "1" } as const;
    });
    const findings: readonly Findings[] = [{ notices, looked: () => true }];
    const first = await tell(async () => slackSender(address), "prod", {}, findings, signal);
    assert.deepEqual([first.delivered.length, first.problem], [20, "the webhook answered 404."]);
    const second = await tell(async () => slackSender(address), "prod", first.told, findings, signal);
    assert.deepEqual([second.delivered.length, second.problem, got.length], [5, undefined, 3]);
    const third = await tell(async () => assert.fail("nobody is to be told"), "prod", second.told, findings, signal);
    assert.equal(third.delivered.length, 0);
  });
});

describe("a topic of SNS", () => {
  const environment = { ...process.env };
  let moto: Moto;
  let webhook: Webhook;

  before(async () => {
    moto = await Moto.start();
    Object.assign(process.env, moto.env);
  });
  after(async () => {
    process.env = environment;
    webhook?.stop();
    await moto.stop();
  });

  it("hands each message to its subscribers, with what they filter by", async () => {
    const sns = new SNSClient({});
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "images" }));
    webhook = new Webhook([[200]]);
    const Attributes = { FilterPolicy: JSON.stringify({ kind: ["recall"], stack: ["prod"], image: ["web"] }) };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: await webhook.start(), Attributes }));
    const long = { ...message, title: "ü".repeat(200), text: "x".repeat(300_000) };
    await (await snsSender(TopicArn)).send([message, { ...message, kind: "build" }, long], signal);
    const got = webhook.got.map(({ body }) => JSON.parse(body)).filter(({ Type }) => Type === "Notification");
    assert.equal(got.length, 2);
    assert.equal(got[0].Subject, "new: web was recalled");
    assert.deepEqual(JSON.parse(got[0].Message), message);
    assert.equal(got[1].Subject, `new: ${"?".repeat(95)}`);
  });

  it("in order takes a message's id against doubles", async () => {
    const Attributes = { FifoTopic: "true" };
    const { TopicArn = "" } = await new SNSClient({}).send(new CreateTopicCommand({ Name: "images.fifo", Attributes }));
    await (await snsSender(TopicArn)).send([message, message], signal);
  });

  it("that is not there is told by what SNS calls it", async () => {
    const sender = await snsSender("arn:aws:sns:eu-west-1:111122223333:nowhere");
    await assert.rejects(sender.send([message], signal), /SNS did not take it \(NotFound/);
    await assert.rejects(snsSender("nowhere"), /no ARN/);
  });
});

describe("an address", () => {
  it("is that of the variable, and a missing one is told by its name", () => {
    assert.equal(resolveAddress("env:HOOK", { HOOK: "https://x" }), "https://x");
    assert.equal(resolveAddress("arn:x", {}), "arn:x");
    for (const env of [{}, { HOOK: "" }]) assert.throws(() => resolveAddress("env:HOOK", env), /HOOK is not set/);
  });

  const rows: readonly (readonly [settings: object, accepted: boolean])[] = [
    [{ slack: "env:SLACK_WEBHOOK_URL" }, true],
    [{ slack: "https://hooks.slack.com/services/T/B/x" }, false],
    [{ sns: "arn:aws:sns:eu-west-1:111122223333:images.fifo" }, true],
    [{ sns: "arn:aws-us-gov:sns:us-gov-west-1:111122223333:images" }, true],
    [{ sns: "arn:aws:sqs:eu-west-1:111122223333:images" }, false],
    [{ promotionAfter: "3d" }, true],
    [{ promotionAfter: "soon" }, false],
    [{ mail: "env:MAIL" }, false],
  ];
  for (const [settings, accepted] of rows) {
    it(`${JSON.stringify(settings)} is ${accepted ? "read" : "refused"}`, () => {
      assert.equal(notifySchema.safeParse(settings).success, accepted);
    });
  }
});
