// GoCardless webhooks, by its own client. "verify" reads {body, secret, signature} and prints the events, or "refused"; "sign" reads
// {body, secret} and prints the signature, which that client accepts.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "gocardless-nodejs/webhooks";

const { body, secret, signature } = JSON.parse(readFileSync(0, "utf8"));
if (process.argv[2] === "sign") {
  const made = createHmac("sha256", secret).update(body).digest("hex");
  parse(body, secret, made);
  process.stdout.write(made);
} else {
  try {
    process.stdout.write(JSON.stringify(parse(body, secret, signature)));
  } catch {
    process.stdout.write("refused");
  }
}
