import assert from "node:assert/strict";
import { test } from "node:test";
import { cards } from "../../static/attention.js";
import { pick } from "../../static/certificate-filters.js";
import { accountOf, limitOf, nameOf, stateOf, turnOf } from "../../static/issuer-words.js";
import { certificates, healthy } from "../fixture/data.js";
import { alone, issuers } from "../fixture/issuers.js";

const [first, second, silent, former] = issuers();

test("the worst that is known of an authority is said, with what to do", () => {
  const is = (more) => stateOf({ ...first, limits: [], ...more });
  assert.equal(is({}).label, "Ready");
  assert.deepEqual([stateOf(first).label, stateOf(first).kind], ["Limits hold up orders", "waiting"]);
  assert.deepEqual([stateOf(silent).label, stateOf(silent).why], ["Does not answer", "The certificate authority could not be reached."]);
  for (const [more, label] of [[{ externalAccountNeeded: true, account: undefined }, "Takes no account"], [{ accountStatus: "revoked" }, "Account closed"], [{ profile: "longlived" }, "Does not know the profile"]]) {
    assert.equal(is(more).label, label);
    assert.ok(is(more).fix, label);
  }
  assert.equal(is({ externalAccountNeeded: true, externalAccountGiven: true, account: undefined }).label, "Ready");
  assert.equal(is({ externalAccountNeeded: true }).label, "Ready", "an account that is there needs no binding any more");
  assert.equal(is({ problem: "Its account could not be asked about." }).label, "Not all is known");
});

test("when orders go to an authority follows from its place in the list", () => {
  assert.match(turnOf(first, 0, true), /first/);
  assert.match(turnOf(second, 1, true), /the one before it is in trouble/);
  assert.match(turnOf(silent, 2, true), /those before it are in trouble/);
  assert.match(turnOf(former, -1, true), /no orders/);
  assert.equal(turnOf(alone[0], 0, false), "Gets all orders.");
});

test("an authority is called as people know it, and its account and limits are said in words", () => {
  assert.deepEqual([nameOf(first), nameOf(alone[0]), nameOf({ ...alone[0], directory: undefined })], ["letsencrypt", "acme-v02.api.letsencrypt.org", "Default"]);
  assert.deepEqual([accountOf(first), accountOf(silent), accountOf({ ...first, account: undefined })], ["In use", "Not known now", "None yet: the first order makes one"]);
  assert.deepEqual(["account", "domain:example.com", "other"].map((scope) => limitOf({ scope })), ["Every order", "Orders for example.com", "Some orders"]);
});

test("of several authorities the front page names the one that does not answer", () => {
  const found = cards({ certificates: [], open: [], health: { ...healthy(), checks: [{ name: "certificateAuthority:letsencrypt", ok: true }, { name: "certificateAuthority:zerossl", ok: false }] } });
  assert.deepEqual(found.map((card) => card.title), ["The certificate authority zerossl does not answer"]);
});

test("certificates are found by the authority that they are from", () => {
  const found = pick(certificates(20), { text: "zerossl" });
  assert.ok(found.length > 1 && found.every((c) => c.authority === "zerossl"));
});
