// A small certificate authority, for merges and imports.
import forge from "node-forge";

const { pki, asn1, pkcs12, util } = forge;

const subject = [{ name: "commonName", value: "Clients' CA" }];
const keys = pki.rsa.generateKeyPair(2048);

function certificate(publicKey, names, issuer, signer, extensions) {
  const cert = pki.createCertificate();
  cert.publicKey = publicKey;
  cert.serialNumber = "01" + util.bytesToHex(forge.random.getBytesSync(8));
  cert.validity.notBefore = new Date(Date.now() - 3600e3);
  cert.validity.notAfter = new Date(Date.now() + 90 * 24 * 3600e3);
  cert.setSubject(names);
  cert.setIssuer(issuer);
  cert.setExtensions(extensions);
  cert.sign(signer, forge.md.sha256.create());
  return cert;
}

const root = certificate(keys.publicKey, subject, subject, keys.privateKey, [{ name: "basicConstraints", cA: true, critical: true }]);

const der = (cert) => Buffer.from(asn1.toDer(pki.certificateToAsn1(cert)).getBytes(), "binary");

// sign makes the chain of a certificate request (DER), leaf first.
export function sign(csr) {
  const request = pki.certificationRequestFromAsn1(asn1.fromDer(Buffer.from(csr).toString("binary")));
  const leaf = certificate(request.publicKey, request.subject.attributes, subject, keys.privateKey, [{ name: "basicConstraints", cA: false }]);
  return [der(leaf), der(root)];
}

// uploaded is a key with its certificate, as somebody would import it.
export function uploaded(hostname) {
  const pair = pki.rsa.generateKeyPair(2048);
  const leaf = certificate(pair.publicKey, [{ name: "commonName", value: hostname }], subject, keys.privateKey,
    [{ name: "subjectAltName", altNames: [{ type: 2, value: hostname }] }]);
  const pkcs8 = pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(pair.privateKey));
  return {
    leaf: der(leaf),
    pfx: (password) => Buffer.from(asn1.toDer(pkcs12.toPkcs12Asn1(pair.privateKey, [leaf, root], password, { algorithm: "3des" })).getBytes(), "binary"),
    pem: pki.privateKeyInfoToPem(pkcs8) + pki.certificateToPem(leaf) + pki.certificateToPem(root),
    encryptedPEM: (password) =>
      pki.encryptedPrivateKeyToPem(pki.encryptPrivateKeyInfo(pkcs8, password, { algorithm: "aes256" })) + pki.certificateToPem(leaf),
  };
}

// opened is what is in a PFX (base64) without a password.
export function opened(value) {
  const file = pkcs12.pkcs12FromAsn1(asn1.fromDer(util.decode64(value)), "");
  // What is signed with an elliptic curve is not parsed here, but kept as it is.
  const raw = (bag) => (bag.cert ? der(bag.cert) : Buffer.from(asn1.toDer(bag.asn1).getBytes(), "binary"));
  const bags = (type) => file.getBags({ bagType: type })[type] ?? [];
  return {
    keys: bags(pki.oids.pkcs8ShroudedKeyBag).length,
    certificates: bags(pki.oids.certBag).map(raw),
    marked: bags(pki.oids.certBag).filter((bag) => bag.attributes.localKeyId).map(raw),
  };
}
