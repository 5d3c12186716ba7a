import assert from "node:assert/strict";
import { test } from "node:test";
import { TableClient } from "@azure/data-tables";
import { QueueServiceClient } from "@azure/storage-queue";
import { all, api, certificates, gatewayName, issue, network, resourceGroup, secrets, storage, vaultURL } from "./stack.js";
import { opened } from "./authority.js";

// text is everything that a row holds, in a form that can be searched.
const text = (row) => Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value))).join("\n");

test("what certgate stores is read back by every client", async () => {
  const ended = await issue("clients.example.test");
  assert.equal(ended.runtimeStatus, "Completed", JSON.stringify(ended.customStatus));

  const certificate = await certificates.getCertificate("clients-example-test");
  assert.equal(certificate.properties.tags.Hostname, "clients.example.test");
  assert.equal(certificate.properties.tags.ManagedBy, "certgate");
  assert.equal(certificate.policy.issuerName, "Unknown");
  const pfx = opened((await secrets.getSecret("clients-example-test")).value);
  assert.equal(pfx.keys, 1);
  assert.deepEqual(pfx.marked, [Buffer.from(certificate.cer)]);

  const gateway = await network.applicationGateways.get(resourceGroup, gatewayName);
  const entry = gateway.sslCertificates.find((c) => c.keyVaultSecretId === `${vaultURL}/secrets/clients-example-test`);
  const listener = gateway.httpListeners.find((l) => l.sslCertificate?.id === entry?.id);
  assert.deepEqual([listener?.hostName, ...(listener?.hostNames ?? [])].filter(Boolean), ["clients.example.test"]);
  assert.ok(gateway.requestRoutingRules.some((r) => r.httpListener.id === listener.id && r.priority > 0));

  const table = TableClient.fromConnectionString(storage, "certgate", { allowInsecureConnection: true });
  const rows = await all(table.listEntities());
  assert.ok(rows.some((row) => text(row).includes(ended.instanceId)), "the instance has no row");
  for (const row of rows) {
    assert.ok(!text(row).includes("PRIVATE KEY"), "a row has a private key");
  }
  const queues = QueueServiceClient.fromConnectionString(storage);
  assert.ok((await all(queues.listQueues())).some((q) => q.name === "certgate-steps"));
  const poison = await queues.getQueueClient("certgate-steps-poison").exists();
  assert.ok(!poison || (await queues.getQueueClient("certgate-steps-poison").getProperties()).approximateMessagesCount === 0);
});

test("a name that a secret has is taken: the certificate gets the next one", async () => {
  await secrets.setSecret("plain-example-test", "x");
  const ended = await issue("plain.example.test");
  assert.equal(ended.runtimeStatus, "Completed", JSON.stringify(ended.customStatus));
  const mine = (await all(certificates.listPropertiesOfCertificates())).filter((c) => c.tags?.Hostname === "plain.example.test");
  assert.equal(mine.length, 1);
  assert.match(mine[0].name, /^plain-example-test-.+/);
  assert.equal((await secrets.getSecret("plain-example-test")).value, "x");
});

test("what a cancelled operation left behind is in no list of certgate", async () => {
  await certificates.beginCreateCertificate("empty-example-test", { issuerName: "Unknown", subject: "CN=empty.example.test" },
    { intervalInMs: 50, tags: { Hostname: "empty.example.test", ManagedBy: "certgate" } });
  await certificates.deleteCertificateOperation("empty-example-test");
  const one = await api("GET", "/api/certificates/empty-example-test");
  assert.equal(one.status, 404, JSON.stringify(one.body));
  const list = await api("GET", "/api/certificates");
  assert.ok(!JSON.stringify(list.body).includes("empty.example.test"));
  const ended = await issue("empty.example.test");
  assert.equal(ended.runtimeStatus, "Completed", JSON.stringify(ended.customStatus));
  assert.ok((await certificates.getCertificate("empty-example-test")).cer);
});
