import assert from "node:assert/strict";
import { test } from "node:test";
import { needsPassword, split } from "../../static/pem.js";

const block = (kind) => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----`;

test("certificate and key find their place from one file", () => {
  const found = split(`${block("CERTIFICATE")}\n${block("EC PRIVATE KEY")}\nBag Attributes\n${block("CERTIFICATE")}`);
  assert.equal(found.certificates.length, 2);
  assert.deepEqual(found.keys, [block("EC PRIVATE KEY")]);
  assert.equal(found.rest, "Bag Attributes");
});

test("base64 without armour stays what it is", () => assert.equal(split("MIIB…").rest, "MIIB…"));

test("a key says itself that it is encrypted", () => {
  assert.ok(needsPassword(block("ENCRYPTED PRIVATE KEY")));
  assert.ok(!needsPassword(block("PRIVATE KEY")));
});
