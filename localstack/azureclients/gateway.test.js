import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayName, network, resourceGroup } from "./stack.js";

const gateways = network.applicationGateways;
const read = () => gateways.get(resourceGroup, gatewayName);
const write = (gateway) => gateways.createOrUpdate(resourceGroup, gatewayName, gateway);

test("a gateway is read, written and waited for", async () => {
  const gateway = await read();
  assert.equal(gateway.provisioningState, "Succeeded");
  assert.equal(gateway.operationalState, "Running");
  const ports = gateway.frontendPorts.length;
  gateway.tags = { ...gateway.tags, clients: "were-here" };
  gateway.frontendPorts.push({ name: "clients-port", port: 8443 });
  const poller = write(gateway);
  const written = await poller.pollUntilDone();
  assert.equal(written.provisioningState, "Succeeded");
  const again = await read();
  assert.equal(again.tags.clients, "were-here");
  assert.equal(again.frontendPorts.length, ports + 1);
  assert.ok(again.frontendPorts.find((p) => p.name === "clients-port").id.endsWith("/frontendPorts/clients-port"));
});

test("a gateway that cannot be is refused, with the service's code", async () => {
  const before = await read();
  const broken = await read();
  broken.frontendPorts.push({ name: "clients-port-again", port: 8443 });
  await assert.rejects(write(broken).pollUntilDone(), (err) => {
    assert.equal(err.statusCode, 400, err.message);
    assert.match(err.code ?? err.message, /^ApplicationGateway|^Invalid|^Duplicate/);
    return true;
  });
  assert.equal((await read()).etag, before.etag);
});

test("its public address is read, and what is not there is 404", async () => {
  const gateway = await read();
  const id = gateway.frontendIPConfigurations.find((c) => c.publicIPAddress).publicIPAddress.id.split("/");
  const address = await network.publicIPAddresses.get(id[4], id[8]);
  assert.match(address.ipAddress, /^[0-9a-f.:]+$/);
  await assert.rejects(gateways.get(resourceGroup, "nobody"), (err) => err.statusCode === 404 && err.code === "ResourceNotFound");
});
