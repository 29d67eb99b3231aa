// GitHub webhooks, by GitHub's own package. "sign" reads {secret, body} and prints the signature; "verify" reads {secret, body, signature}
// and prints "true" or "false".
import { readFileSync } from "node:fs";
import { Webhooks } from "@octokit/webhooks";

const { secret, body, signature } = JSON.parse(readFileSync(0, "utf8"));
const webhooks = new Webhooks({ secret });
process.stdout.write(process.argv[2] === "sign" ? await webhooks.sign(body) : String(await webhooks.verify(body, signature)));
