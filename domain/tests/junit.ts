import { formatPlace } from "../problems.js";
import type { PlatformTestReport, TestResult } from "./types.js";

/** The tests of an image as JUnit XML, a suite for each platform. @param image the image variant's id */
export function renderJUnit(image: string, reports: readonly PlatformTestReport[]): string {
  const all = reports.flatMap(({ tests }) => tests);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    element("testsuites", { name: image, ...totals(all) }, false),
  ];
  for (const report of reports) lines.push(...suiteLines(image, report));
  lines.push("</testsuites>", "");
  return lines.join("\n");
}

function suiteLines(image: string, { platform, digest, mode, reason, tests }: PlatformTestReport): readonly string[] {
  const properties = { digest, mode, ...(reason === undefined ? {} : { reason }) };
  return [
    `  ${element("testsuite", { name: `${image} ${platform}`, ...totals(tests) }, false)}`,
    "    <properties>",
    ...Object.entries(properties).map(([name, value]) => `      ${element("property", { name, value })}`),
    "    </properties>",
    ...tests.flatMap((test) => caseLines(`${image}.${platform}`, test, reason)),
    "  </testsuite>",
  ];
}

function caseLines(classname: string, test: TestResult, reason = ""): readonly string[] {
  const { name, status, problems, output, place } = test;
  const attributes = {
    name,
    classname,
    ...(place === undefined ? {} : { file: place.file }),
    ...(place?.line === undefined ? {} : { line: place.line }),
    time: seconds(test.milliseconds),
  };
  if (status === "passed") return [`    ${element("testcase", attributes)}`];
  const where = place === undefined ? [] : [formatPlace(place)];
  const inner =
    status === "not-run"
      ? element("skipped", { message: reason })
      : `<failure message="${escapeXml(problems.join(" "))}">${escapeXml([...where, ...problems, ...(output === undefined ? [] : [output])].join("\n"))}</failure>`;
  return [`    ${element("testcase", attributes, false)}`, `      ${inner}`, "    </testcase>"];
}

function totals(tests: readonly TestResult[]): Readonly<Record<string, string | number>> {
  const count = (wanted: TestResult["status"]) => tests.filter(({ status }) => status === wanted).length;
  const time = tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return { tests: tests.length, failures: count("failed"), skipped: count("not-run"), time: seconds(time) };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, empty = true): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  return `<${name}${list.join("")}${empty ? "/" : ""}>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML 1.0 cannot hold at all, such as those that colour a terminal, become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => entities[character] ?? character)
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}
