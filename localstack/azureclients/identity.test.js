import assert from "node:assert/strict";
import { test } from "node:test";
import { ManagedIdentityCredential } from "@azure/identity";
import { credential, tenant } from "./stack.js";

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

test("a managed identity gets a JWT for each audience", async () => {
  for (const audience of ["https://vault.azure.net", "https://management.azure.com"]) {
    const token = await credential.getToken(`${audience}/.default`);
    const said = claims(token.token);
    assert.equal(said.aud.replace(/\/$/, ""), audience);
    assert.equal(said.tid, tenant);
    assert.ok(said.oid && said.appid && said.exp * 1000 > Date.now() + 3600e3);
    assert.ok(Math.abs(said.exp * 1000 - token.expiresOnTimestamp) < 5000);
  }
});

test("a user-assigned identity is another one than the system's", async () => {
  const clientId = "3c1d8d9e-6a5c-4a0e-9d3b-0b6c6f4a7f01";
  const own = await new ManagedIdentityCredential({ clientId }).getToken("https://vault.azure.net/.default");
  const system = await credential.getToken("https://vault.azure.net/.default");
  assert.equal(claims(own.token).appid, clientId);
  assert.notEqual(claims(own.token).oid, claims(system.token).oid);
});
