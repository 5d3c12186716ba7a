// The fixture answers what the API answers: every reply of it is held against
// api/openapi.json, so that pictures and tests show what people see.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { certificates, fine, preflight, silent } from "../fixture/data.js";
import { listeners } from "../fixture/listeners.js";
import { Fixture } from "../fixture/server.js";
import { Sockets } from "../fixture/sockets.js";

const description = JSON.parse(readFileSync(new URL("../../api/openapi.json", import.meta.url), "utf8"));
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "openapi", components: description.components });

function named(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components'));
}

// judge says what is wrong with an answer.
function judge({ method, path, status, body }) {
  const [route, operations] = Object.entries(description.paths).find(([pattern]) => new RegExp(`^${pattern.replace(/\{\w+\}/g, "[^/]+")}$`).test(path)) ?? [];
  const operation = operations?.[method.toLowerCase()];
  if (!operation) return [`${method} ${path} is not in the description`];
  const reply = operation.responses[status] ?? operation.responses.default;
  const found = reply.$ref ? description.components.responses[reply.$ref.split("/").at(-1)] : reply;
  const schema = found?.content?.["application/json"]?.schema ?? found?.content?.["application/problem+json"]?.schema;
  if (!schema) return body === undefined ? [] : [`${method} ${route} ${status} has no body in the description`];
  const check = ajv.compile(named(schema));
  const plain = JSON.parse(JSON.stringify(body)); // what is undefined is not sent
  return check(plain) ? unknown(named(schema), plain, route) : check.errors.map((error) => `${method} ${route} ${status}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
}

// unknown are members that the description does not name.
function unknown(schema, value, where) {
  const known = resolve(schema);
  if (Array.isArray(value)) return known.items ? value.flatMap((one, i) => unknown(known.items, one, `${where}[${i}]`)) : [];
  if (!value || typeof value !== "object" || !known.properties) return [];
  return Object.entries(value).flatMap(([key, one]) => (known.properties[key] ? unknown(known.properties[key], one, `${where}.${key}`) : [`${where}.${key} is not in the description`]));
}

function resolve(schema) {
  if (schema.$ref) return resolve(description.components.schemas[schema.$ref.split("/").at(-1)]);
  if (!schema.allOf) return schema;
  return schema.allOf.map(resolve).reduce((all, part) => ({ ...all, ...part, properties: { ...all.properties, ...part.properties } }), {});
}

let fixture;
before(async () => { fixture = await Fixture.start(); });
after(() => fixture.stop());

const admin = Buffer.from(JSON.stringify({ userRoles: ["admin"] })).toString("base64");
const call = (method, path, body, principal = admin) => fetch(`${fixture.url}/api/${path}`, { method, headers: principal ? { "x-ms-client-principal": principal } : {}, body: body && JSON.stringify(body) }).then((reply) => reply.text());

test("every reply of the fixture is one of the API's", async () => {
  fixture.certificates = certificates(20);
  fixture.listeners = listeners(20);
  fixture.live = new Sockets();
  fixture.job("r1", "shop.alpine.example").advance(3).retry("Trying again in 4s. The gateway did not answer.", 2, 4);
  fixture.job("f1", "pay.fabrikam.example").advance(1).fail("CaaRecordForbidsCertificateAuthority", "No.");
  fixture.job("t1", "beta.fabrikam.example").terminate("By mistake.");
  fixture.job("d1", "done.example").advance(11);
  const parent = fixture.many(3);
  fixture.moveChild(parent, 0, "Failed");
  fixture.moveChild(parent, 1, "Completed");
  const ended = fixture.many(2);
  for (const i of [0, 1]) fixture.moveChild(ended, i, i ? "Completed" : "Failed");
  const one = (hostname) => ({ hostnames: [{ hostname }] });
  for (const report of [fine, preflight, silent]) {
    fixture.preflight = report;
    await call("GET", "preflight");
  }
  for (const [method, path, body, principal] of [
    ["GET", "health"], ["GET", "me"], ["POST", "live", {}], ["POST", "live", { instance: "r1" }], ["GET", "certificates?top=5"], ["GET", "certificates/portal-fabrikam-example"], ["GET", "certificates/none"], ["GET", "listeners"], ["GET", "listeners?top=5"], ...fixture.listeners.map(({ name, kind }) => ["GET", `listeners/${name}?kind=${kind}`]), ["GET", "listeners/none"], ["GET", "issuers"],
    ["POST", "takeovers", { listeners: fixture.listeners.filter((row) => row.kind === "listener").map(({ name }) => name), dryRun: true }], ["POST", "takeovers", { listeners: ["api-wingtip-example"] }], ["POST", "takeovers", { listeners: ["none"] }], ["POST", "listeners/pay-alpine-shop-example/unpin"], ["POST", "listeners/shop-northwind-example/giveBack"],
    ["GET", "instances?top=50"], ...["r1", "f1", "t1", "d1", parent.body.instanceId, ended.body.instanceId, "none"].map((id) => ["GET", `instances/${id}?showHistory=true&showOutput=true`]), ["GET", `instances/${parent.body.instanceId}/children?tell=0,2`],
    ...["fine", "caa", "servfail", "port80", "other", "www"].map((name) => ["GET", `hostnames/${name}.example.com`]), ["GET", "hostnames/example.com"], ["GET", "hostnames/portal.fabrikam.example"], ["GET", "hostnames/www.contoso-museum.example"],
    ["POST", "preflight", { hostnames: ["a.example.com", "caa.example.com", "portal.fabrikam.example", "shop.alpine.example"].map((hostname) => ({ hostname })) }], ["POST", "preflight", one("co.uk")],
    ["POST", "AddCertificateFunctions_HttpStart", one("new.example.com")], ["POST", "AddMultipleCertificatesFunctions_HttpStart", { hostnames: [{ hostname: "x.example.com" }, { hostname: "y.example.com" }] }], ["POST", "AddMultipleCertificatesFunctions_HttpStart", one("co.uk")],
    ["POST", "ImportCertificateFunctions_HttpStart", { hostname: "a.example.com", certificate: "x", privatekey: "y" }],
    ["POST", "certificates/portal-fabrikam-example/renew"], ["POST", "certificates/portal-fabrikam-example/revoke", { reason: "superseded" }], ["DELETE", "certificates/portal-fabrikam-example"],
    ["POST", "instances/r1/terminate?reason=x"], ["DELETE", "instances/t1"], ["POST", "notifications/test"], ["GET", "instances", undefined, ""], ["POST", "certificates/x/renew", undefined, Buffer.from('{"userRoles":["reader"]}').toString("base64")],
  ]) await call(method, path, body, principal);
  assert.ok(fixture.answered.length > 35);
  assert.deepEqual(fixture.answered.flatMap(judge), []);
});

test("what is no reply of the API is found", () => {
  assert.match(judge({ method: "GET", path: "/api/preflight", status: 200, body: { checks: [{ check: "x" }] } }).join(), /must have required property/);
  assert.match(judge({ method: "GET", path: "/api/me", status: 200, body: { name: "a", role: "reader", mail: "a@b.example" } }).join(), /me\.mail is not in the description/);
});
