import assert from "node:assert/strict";
import { test } from "node:test";
import { cards, needing } from "../../static/attention.js";
import { readFileSync } from "node:fs";
import { readCertificate } from "../../static/x509.js";
import { certificates, healthy } from "../fixture/data.js";

const failed = (hostname, code) => ({ hostname, job: { instanceId: hostname, lastUpdatedTime: "2026-01-01T00:00:00Z", customStatus: { status: "Failed", message: `Trying again in 4s. ${hostname} leads elsewhere.`, error: code } } });

test("what needs somebody comes most urgent first, and is counted", () => {
  const found = cards({ certificates: certificates(12), open: [failed("a.example", "X"), failed("b.example", "X"), failed("c.example", "Y")], health: healthy(["certificateAuthority", "tableStorage", "queueStorage"]) }, (code) => (code === "X" ? { means: "It leads elsewhere.", fix: "Change it." } : null));
  assert.deepEqual(found.map((card) => card.title), ["The storage account does not answer", "The certificate authority does not answer", "A certificate has expired", "2 hostnames have no certificate", "c.example has no certificate", "A renewal is overdue", "A certificate is not served"]);
  assert.deepEqual([found[3].why, found[3].fix, found[4].why], ["It leads elsewhere.", "Change it.", "c.example leads elsewhere."]);
  assert.equal(needing(found), 8);
  assert.deepEqual(cards({ certificates: certificates(12).filter((c) => c.state === "ok"), open: [], health: null }), []);
});

test("a revoked certificate and an imported one that ends soon are each a card", () => {
  const base = { name: "a", hostnames: ["a.example"], notAfter: "2027-01-01T00:00:00Z" };
  const found = cards({ certificates: [{ ...base, state: "overdue", revoked: true }, { ...base, state: "due", imported: true }, { ...base, state: "due" }], open: [] });
  assert.deepEqual(found.map((card) => card.key), ["revoked", "replace"]);
});


test("what is issued and not installed is asked for again, without an order", () => {
  const certificate = { name: "a", hostnames: ["a.example"], notAfter: "2027-01-01T00:00:00Z", state: "notInstalled", reason: "It was issued and is not installed." };
  const [card, ...rest] = cards({ certificates: [certificate], open: [] });
  assert.deepEqual([card.action, card.why, card.open, rest], ["install", "It was issued and is not installed.", [{ hostname: "a.example", certificate }], []]);
});

test("a picked certificate tells its names and its end, and nonsense tells nothing", () => {
  const read = readCertificate(readFileSync(new URL("../fixture/shop.example.com.pem", import.meta.url), "utf8"));
  assert.deepEqual(read.hostnames, ["shop.example.com", "www.shop.example.com"]);
  assert.ok(read.notAfter > read.notBefore);
  for (const bad of ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", new Uint8Array([0x30, 0x82, 0xff]), new Uint8Array(200)]) assert.equal(readCertificate(bad), null);
});
