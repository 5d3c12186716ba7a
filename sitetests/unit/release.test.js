import assert from "node:assert/strict";
import { test } from "node:test";
import { release } from "../../static/release.js";

const answers = (data) => ({ get: async (path) => (path === "health" ? { data } : assert.fail(path)) });

test("the foot of the page names the release that answers", async () => {
  assert.equal(await release(answers({ status: "Healthy", version: "v1.2.0" })), "certgate v1.2.0");
  assert.equal(await release(answers({ status: "Degraded", version: "0a6216b" })), "certgate 0a6216b");
});

test("nothing is said of a release that the API does not name", async () => {
  for (const data of [null, {}, { version: "" }, { version: 7 }]) assert.equal(await release(answers(data)), "");
  assert.equal(await release({ get: async () => { throw new Error("offline"); } }), "");
});
