import assert from "node:assert/strict";
import { test } from "node:test";
import { all, certificates, secrets, vaultURL } from "./stack.js";
import { opened, sign, uploaded } from "./authority.js";

const policy = (hostname) => ({
  issuerName: "Unknown", subject: `CN=${hostname}`, subjectAlternativeNames: { dnsNames: [hostname] },
  keyType: "RSA", keySize: 2048, exportable: true, reuseKey: false, contentType: "application/x-pkcs12", validityInMonths: 12,
});
const fast = { intervalInMs: 50 };
const refused = (status, code) => (err) => {
  assert.equal(err.statusCode, status, err.message);
  if (code) assert.equal(err.code, code, err.message);
  return true;
};

async function csrOf(name, hostname, tags) {
  await certificates.beginCreateCertificate(name, policy(hostname), { ...fast, tags });
  const operation = (await certificates.getCertificateOperation(name, fast)).getOperationState().certificateOperation;
  assert.equal(operation.status, "inProgress");
  return operation.csr;
}

async function issued(name, hostname, tags) {
  return certificates.mergeCertificate(name, sign(await csrOf(name, hostname, tags)), { tags });
}

test("create with issuer Unknown, its CSR, a pending name, and merge", async () => {
  const csr = await csrOf("made", "made.example.test", { Hostname: "made.example.test" });
  const pending = await certificates.getCertificate("made");
  assert.equal(pending.properties.enabled, false);
  assert.equal(pending.cer, undefined);
  assert.deepEqual(names(await all(certificates.listPropertiesOfCertificates())).includes("made"), false);
  assert.ok(names(await all(certificates.listPropertiesOfCertificates({ includePending: true }))).includes("made"));

  const chain = sign(csr);
  const merged = await certificates.mergeCertificate("made", chain);
  assert.deepEqual(Buffer.from(merged.cer), chain[0]);
  assert.equal(merged.properties.enabled, true);
  assert.equal(merged.properties.tags.Hostname, "made.example.test");
  assert.equal(merged.secretId, `${vaultURL}/secrets/made/${merged.properties.version}`);
  const operation = (await certificates.getCertificateOperation("made", fast)).getOperationState().certificateOperation;
  assert.equal(operation.status, "completed");
  assert.equal(operation.target, `${vaultURL}/certificates/made`);

  const read = await certificates.getCertificateVersion("made", merged.properties.version);
  assert.deepEqual(Buffer.from(read.cer), chain[0]);
  assert.equal(read.policy, undefined);
});

test("what the vault refuses", async () => {
  const csr = await csrOf("refused", "refused.example.test");
  await assert.rejects(certificates.beginCreateCertificate("refused", policy("refused.example.test"), fast), refused(409, "Forbidden"));
  await assert.rejects(certificates.importCertificate("refused", uploaded("refused.example.test").pfx(""), {}), refused(409, "Forbidden"));
  const other = await csrOf("another", "refused.example.test");
  await assert.rejects(certificates.mergeCertificate("refused", sign(other)), refused(400, "BadParameter"));
  await assert.rejects(certificates.mergeCertificate("refused", [Buffer.from("-----BEGIN CERTIFICATE-----")]), refused(400, "BadParameter"));
  await certificates.mergeCertificate("refused", sign(csr));
  await assert.rejects(certificates.mergeCertificate("refused", sign(csr)), refused(404, "PendingCertificateNotFound"));
  await assert.rejects(certificates.getCertificate("a_name"), refused(400, "BadParameter"));
  await assert.rejects(certificates.getCertificate("nobody"), refused(404, "CertificateNotFound"));
  await assert.rejects(csrOf("many", "many.example.test", Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`tag${i}`, "v"]))), refused(400, "BadParameter"));
  await assert.rejects(all(certificates.listPropertiesOfIssuers()), refused(501));
  await assert.rejects(certificates.getContacts(), refused(501));
});

test("cancel is a wish; deleting the operation leaves an empty certificate, which is used again", async () => {
  await csrOf("cancelled", "cancelled.example.test");
  const poller = await certificates.getCertificateOperation("cancelled", fast);
  await poller.cancelOperation();
  const after = (await certificates.getCertificateOperation("cancelled", fast)).getOperationState().certificateOperation;
  assert.equal(after.cancellationRequested, true);
  assert.equal(after.status, "inProgress");
  await certificates.deleteCertificateOperation("cancelled");
  await assert.rejects(certificates.deleteCertificateOperation("cancelled"), refused(404, "PendingCertificateNotFound"));
  const left = await certificates.getCertificate("cancelled");
  assert.equal(left.properties.enabled, false);
  assert.equal(left.cer, undefined);
  const merged = await issued("cancelled", "cancelled.example.test");
  assert.equal(merged.properties.enabled, true);
});

test("import of PFX and PEM, the key in the open and encrypted", async () => {
  // This version of the client looks at policy and sends certificatePolicy.
  const form = (contentType) => ({ policy: { contentType }, certificatePolicy: { secretProperties: { contentType } } });
  for (const [name, make] of [
    ["pfx", (up) => [up.pfx("s3cret"), { password: "s3cret" }]],
    ["pfx-by-policy", (up) => [up.pfx(""), form("application/x-pkcs12")]],
    ["pem", (up) => [Buffer.from(up.pem), form("application/x-pem-file")]],
    ["pem-encrypted", (up) => [Buffer.from(up.encryptedPEM("s3cret")), { password: "s3cret", ...form("application/x-pem-file") }]],
  ]) {
    const up = uploaded(`${name}.example.test`);
    const imported = await certificates.importCertificate(`import-${name}`, ...make(up));
    assert.deepEqual(Buffer.from(imported.cer), up.leaf, name);
    assert.equal(imported.policy.subject, `CN=${name}.example.test`);
    assert.equal(imported.policy.validityInMonths, 3);
    assert.deepEqual(imported.policy.subjectAlternativeNames.dnsNames, [`${name}.example.test`]);
  }
  await assert.rejects(certificates.importCertificate("wrong", uploaded("wrong.example.test").pfx("s3cret"), { password: "other" }), refused(400, "BadParameter"));
});

test("the certificate's secret opens as a PFX", async () => {
  const merged = await issued("opened", "opened.example.test");
  const secret = await secrets.getSecret("opened");
  assert.equal(secret.properties.contentType, "application/x-pkcs12");
  assert.equal(secret.properties.managed ?? true, true);
  const pfx = opened(secret.value);
  assert.equal(pfx.keys, 1);
  assert.equal(pfx.certificates.length, 2);
  assert.deepEqual(pfx.marked, [Buffer.from(merged.cer)]);
});

test("tags, disable, versions and lists", async () => {
  const first = await issued("kept", "kept.example.test", { a: "1", b: "2" });
  const second = await issued("kept", "kept.example.test");
  assert.notEqual(first.properties.version, second.properties.version);
  const changed = await certificates.updateCertificateProperties("kept", second.properties.version, { tags: { c: "3" }, enabled: false });
  assert.deepEqual(changed.properties.tags, { c: "3" });
  assert.equal(changed.properties.enabled, false);
  await assert.rejects(secrets.getSecret("kept"), refused(403, "Forbidden"));
  const older = await certificates.getCertificateVersion("kept", first.properties.version);
  assert.deepEqual(older.properties.tags, { a: "1", b: "2" });
  const versions = await all(certificates.listPropertiesOfCertificateVersions("kept"));
  assert.deepEqual(versions.map((v) => v.version).sort(), [first.properties.version, second.properties.version].sort());
  assert.deepEqual(await all(certificates.listPropertiesOfCertificateVersions("nobody")), []);
  const listed = (await all(certificates.listPropertiesOfCertificates())).find((p) => p.name === "kept");
  assert.deepEqual(Buffer.from(listed.x509Thumbprint), Buffer.from(changed.properties.x509Thumbprint));
  assert.equal(listed.recoveryLevel, undefined);
});

test("delete, recover, delete, purge", async () => {
  const made = await issued("gone", "gone.example.test");
  const deleted = await (await certificates.beginDeleteCertificate("gone", fast)).pollUntilDone();
  assert.ok(deleted.scheduledPurgeDate - deleted.deletedOn === 7 * 24 * 3600e3);
  assert.equal(deleted.properties.recoveryLevel, "CustomizedRecoverable+Purgeable");
  await assert.rejects(certificates.getCertificate("gone"), refused(404, "CertificateNotFound"));
  await assert.rejects(csrOf("gone", "gone.example.test"), refused(409, "Conflict"));
  assert.ok((await all(certificates.listDeletedCertificates())).some((c) => c.name === "gone"));
  const back = await (await certificates.beginRecoverDeletedCertificate("gone", fast)).pollUntilDone();
  assert.equal(back.properties.version, made.properties.version);
  await (await certificates.beginDeleteCertificate("gone", fast)).pollUntilDone();
  await certificates.purgeDeletedCertificate("gone");
  await assert.rejects(certificates.getDeletedCertificate("gone"), refused(404, "CertificateNotFound"));
  assert.ok((await issued("gone", "gone.example.test")).cer);
});

const names = (list) => list.map((p) => p.name);
