// Has GoCardless' own client make calls at the address of the first argument, and prints as JSON what it made of the answers. Each line of
// the standard input is a call: [service, verb, ...arguments]; "$n.path" among the arguments is from the nth answer.
import { GoCardlessClient } from "gocardless-nodejs";
import { readFileSync } from "node:fs";

const client = new GoCardlessClient("sandbox_token", "SANDBOX");
client._api._baseUrl = process.argv[2];

const answers = [];
const filled = (value) => {
  if (typeof value === "string" && value.startsWith("$")) {
    const [n, ...path] = value.slice(1).split(".");
    return path.reduce((at, name) => at[name], answers[Number(n)]);
  }
  if (Array.isArray(value)) return value.map(filled);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, filled(v)]));
  return value;
};

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [service, verb, ...args] = JSON.parse(line);
  try {
    const { __response__, ...answer } = await client[service][verb](...args.map(filled));
    answers.push(answer);
  } catch (e) {
    answers.push({ error: e.constructor.name, reasons: e.errors?.map((x) => x.reason) });
  }
}
process.stdout.write(JSON.stringify(answers));
