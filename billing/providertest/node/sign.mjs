// Prints the Stripe-Signature header, by Stripe's own client, for the body on the standard input. STRIPE_SECRET is the endpoint's secret,
// STRIPE_TIMESTAMP the moment in seconds: now, if it is not set.
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const stripe = new Stripe("sk_test_unused");
process.stdout.write(stripe.webhooks.generateTestHeaderString({
  payload: readFileSync(0, "utf8"),
  secret: process.env.STRIPE_SECRET,
  timestamp: process.env.STRIPE_TIMESTAMP ? Number(process.env.STRIPE_TIMESTAMP) : undefined,
}));
