// What a person wants to see of a certificate that was picked: its names and its end.
// It reads no more of DER (X.690) than that, and judges nothing: the API does.

// read answers {hostnames, notBefore, notAfter} of the first certificate of a PEM text
// or of DER bytes; null for what is none.
export function readCertificate(input) {
  try {
    const bytes = typeof input === "string" ? fromPEM(input) : input;
    if (!bytes) return null;
    const certificate = parse(bytes, 0);
    const [body] = children(bytes, certificate);
    const parts = children(bytes, body);
    const at = parts[0].tag === 0xa0 ? 1 : 0; // the version is optional
    const [from, to] = children(bytes, parts[at + 3]).map((part) => time(bytes, part));
    const extensions = parts.find((part) => part.tag === 0xa3);
    const names = extensions ? alternativeNames(bytes, extensions) : [];
    return Number.isNaN(from?.getTime() ?? NaN) ? null : { hostnames: names.length ? names : commonName(bytes, parts[at + 4]), notBefore: from, notAfter: to };
  } catch {
    return null;
  }
}

function fromPEM(text) {
  const found = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/.exec(text);
  return found && Uint8Array.from(atob(found[1].replace(/\s/g, "")), (c) => c.charCodeAt(0));
}

function parse(bytes, at) {
  const tag = bytes[at];
  let length = bytes[at + 1], start = at + 2;
  if (length & 0x80) {
    const more = length & 0x7f;
    length = 0;
    for (let i = 0; i < more; i++) length = length * 256 + bytes[start++];
  }
  if (!(start + length <= bytes.length)) throw new RangeError("cut off");
  return { tag, start, end: start + length };
}

function children(bytes, { start, end }) {
  const list = [];
  for (let at = start; at < end;) {
    const one = parse(bytes, at);
    list.push(one);
    at = one.end;
  }
  return list;
}

const text = (bytes, { start, end }) => new TextDecoder().decode(bytes.subarray(start, end));

// UTCTime has two digits of the year, GeneralizedTime four (RFC 5280 section 4.1.2.5).
function time(bytes, part) {
  const digits = text(bytes, part);
  const full = part.tag === 0x17 ? (Number(digits.slice(0, 2)) < 50 ? "20" : "19") + digits : digits;
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  return new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

const sanOID = "55 1d 11", nameOID = "55 04 03";
const oid = (bytes, part) => [...bytes.subarray(part.start, part.end)].map((b) => b.toString(16).padStart(2, "0")).join(" ");

function alternativeNames(bytes, extensions) {
  for (const extension of children(bytes, children(bytes, extensions)[0])) {
    const parts = children(bytes, extension);
    if (oid(bytes, parts[0]) !== sanOID) continue;
    const names = children(bytes, parse(bytes, parts.at(-1).start));
    return names.filter((name) => name.tag === 0x82).map((name) => text(bytes, name)); // dNSName
  }
  return [];
}

function commonName(bytes, subject) {
  for (const set of children(bytes, subject)) {
    const [kind, value] = children(bytes, children(bytes, set)[0]);
    if (oid(bytes, kind) === nameOID) return [text(bytes, value)];
  }
  return [];
}
