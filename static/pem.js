// PEM files as people have them: certificate, chain and key in one file or in
// several, in any order.

// split sorts the blocks of a text (RFC 7468) into certificates and keys. Text
// without any block is kept in rest: the API takes base64 without armour too.
export function split(text) {
  const found = { certificates: [], keys: [], others: [], rest: "" };
  found.rest = text.replace(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g, (block, kind) => {
    const to = kind.endsWith("PRIVATE KEY") ? found.keys : kind === "CERTIFICATE" ? found.certificates : found.others;
    to.push(block.trim());
    return "";
  }).trim();
  return found;
}

// needsPassword tells whether a key says itself that it is encrypted.
export const needsPassword = (key) => /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(key);
