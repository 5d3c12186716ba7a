// Import a certificate with its key. The key is on this page only until the
// button is pressed: then it is sent, and gone from the page whatever the answer.
import { h } from "../dom.js";
import { needsPassword, split } from "../pem.js";
import { attempt } from "../problem.js";

const fileMost = 200_000; // bytes; a chain with its key has some ten thousand

export default function importCertificate({ api, router, running, say, session }) {
  const trouble = h("div");
  const send = h("button", { type: "submit", class: "primary" }, "Import");
  const hostname = h("input", { id: "hostname", name: "hostname", required: true, value: new URLSearchParams(location.search).get("hostname") ?? "", spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "shop.example.com" });
  const area = (id, label, required) => h("textarea", { id, rows: 7, required, spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": `${id}-hint`, placeholder: `-----BEGIN ${label}-----`, onchange: sort });
  const certificate = area("certificate", "CERTIFICATE", true);
  const key = area("key", "PRIVATE KEY", false);
  const password = h("input", { id: "password", type: "password", autocomplete: "off", "aria-describedby": "password-hint" });

  const file = (target, label) => h("input", {
    type: "file", accept: ".pem,.crt,.cer,.key,.pfx,.p12,.txt", "aria-label": label,
    onchange: async (event) => {
      const [picked] = event.target.files;
      if (!picked) return;
      if (picked.size > fileMost) say(`${picked.name} is too large for a PEM file.`);
      else {
        target.value = await read(picked);
        sort();
        say(`Read ${picked.name}.`);
      }
      event.target.value = ""; // the page keeps no hold on the file
    },
  });

  // Files often hold certificate and key together: each goes where it belongs.
  function sort() {
    const fields = [split(certificate.value), split(key.value)];
    const keys = fields.flatMap((part) => part.keys), certificates = fields.flatMap((part) => part.certificates);
    if (fields[0].keys.length && keys.length) [certificate.value, key.value] = [certificates.join("\n"), keys.join("\n")];
    else if (fields[1].certificates.length) [certificate.value, key.value] = [certificates.join("\n"), [...keys, fields[1].rest].filter(Boolean).join("\n")];
    password.required = needsPassword(key.value);
  }

  // A certificate field without PEM armour may be a PFX, with the key in it.
  function forget() {
    key.value = password.value = "";
    if (!certificate.value.includes("-----BEGIN CERTIFICATE-----")) certificate.value = "";
    password.required = false;
  }

  async function submit(event) {
    event.preventDefault();
    sort();
    if (password.required && !password.value) return password.reportValidity();
    const body = { hostname: hostname.value.trim(), privatekey: key.value, certificate: certificate.value, password: password.value || undefined };
    forget();
    const reply = await attempt(trouble, send, () => api.post("ImportCertificateFunctions_HttpStart", body));
    body.privatekey = body.password = undefined;
    if (!reply) return say("The key has been taken off this page. Pick it again to try again.");
    certificate.value = hostname.value = "";
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(reply.data.id)}`);
  }

  const form = h("form", { onsubmit: submit, autocomplete: "off" },
    h("div", { class: "field" }, h("label", { for: "hostname" }, "Hostname"), hostname),
    h("div", { class: "field" }, h("label", { for: "certificate" }, "Certificate"), h("p", { class: "hint", id: "certificate-hint" }, "PEM, with its chain if you have it, or a PFX with the key in it. Pick a file or paste."), file(certificate, "Certificate file"), certificate),
    h("div", { class: "field" }, h("label", { for: "key" }, "Private key"), h("p", { class: "hint", id: "key-hint" }, "PEM: PKCS#8, PKCS#1 or EC; nothing for a PFX. It goes to Key Vault and stays nowhere else: this page forgets it when it is sent."), file(key, "Private key file"), key),
    h("div", { class: "field" }, h("label", { for: "password" }, "Password of the key or PFX"), h("p", { class: "hint", id: "password-hint" }, "Only if it is encrypted."), password),
    h("p", { class: "actions" }, send, h("a", { class: "button", href: "/add" }, "Request one instead")));
  return {
    title: "Import a certificate",
    node: h("div", null, h("div", { class: "head" }, h("h1", null, "Import a certificate")),
      session.can("operator") ? [h("p", null, "For a certificate that you got elsewhere. certgate installs it and watches it; it cannot renew it."), trouble, form]
        : [h("p", null, "Importing needs the role operator. Ask an admin of certgate for it."), h("p", { class: "actions" }, h("a", { class: "button", href: "/certificates" }, "All certificates"))]),
    start() { addEventListener("pagehide", forget); },
    stop() { removeEventListener("pagehide", forget); forget(); },
  };
}

// read answers the text of a PEM file, or base64 of a binary one (PFX, DER).
async function read(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!bytes.some((byte) => byte === 0 || byte > 0x7f)) return new TextDecoder().decode(bytes);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/.{64}/g, "$&\n");
}
