// Import a certificate with its key. The key is on this page only until the
// button is pressed: then it is sent, and gone from the page whatever the answer.
import { draw, html, nothing } from "../html.js";
import { needsPassword, split } from "../pem.js";
import { attempt } from "../problem.js";
import { date, relative } from "../time.js";
import { readCertificate } from "../x509.js";

const fileMost = 200_000; // bytes; a chain with its key has some ten thousand

// Which field a refusal is about.
const fieldOf = (code = "") => (code.startsWith("Password") ? "password" : code.startsWith("PrivateKey") ? "key" : code === "HostnameNotValid" || code === "CertificateDoesNotCoverHostname" ? "hostname" : code.startsWith("Certificate") && code !== "CertificateNameTaken" ? "certificate" : null);

export default function importCertificate({ api, router, running, say, session }) {
  const trouble = document.createElement("div"), place = document.createElement("div"), node = document.createElement("div");
  const field = (id) => node.querySelector(`#${id}`);
  const given = new URLSearchParams(location.search).get("hostname") ?? "";
  let file = null; // {name, size, kind, value}: a file that is no text; it stands in for the certificate
  let facts = null, wrong = {}, over = false;

  async function take(list, target = "certificate") {
    for (const picked of list) {
      if (picked.size > fileMost) {
        wrong = { [target]: `${picked.name} is too large: a certificate with its chain and key has some ten thousand bytes.` };
        continue;
      }
      const bytes = new Uint8Array(await picked.arrayBuffer());
      const binary = bytes.some((byte) => byte === 0 || byte > 0x7f);
      wrong = {};
      if (binary) {
        const der = readCertificate(bytes);
        file = { name: picked.name, size: picked.size, kind: der ? "certificate" : "PFX", value: base64(bytes) };
        facts = der;
        field("certificate").value = "";
        if (!der) setTimeout(() => field("password")?.focus());
      } else {
        const text = new TextDecoder().decode(bytes);
        file = null;
        const to = field(target === "key" || (list.length > 1 && split(text).keys.length && !split(text).certificates.length) ? "key" : "certificate");
        to.value = text;
        sort();
      }
      fillHostname();
      say(`Read ${picked.name}.`);
    }
    show();
  }

  // Files often hold certificate and key together: each goes where it belongs. It is done
  // while text comes in, so that nothing moves under the pointer that presses the button.
  function sort() {
    const [certificate, key] = [field("certificate"), field("key")];
    const fields = [split(certificate.value), split(key.value)];
    const keys = fields.flatMap((part) => part.keys), certificates = fields.flatMap((part) => part.certificates);
    if (fields[0].keys.length && keys.length) [certificate.value, key.value] = [certificates.join("\n"), keys.join("\n")];
    else if (fields[1].certificates.length) [certificate.value, key.value] = [certificates.join("\n"), [...keys, fields[1].rest].filter(Boolean).join("\n")];
    if (certificate.value) facts = readCertificate(certificate.value);
    else if (!file) facts = null;
  }

  // The certificate says whom it is for; a person may say otherwise.
  function fillHostname() {
    const name = facts?.hostnames[0];
    if (name && !field("hostname").value) field("hostname").value = name;
  }

  const encrypted = () => needsPassword(field("key")?.value ?? "");

  // A file that is no text may be a PFX, with the key in it.
  function forget() {
    if (!field("key")) return;
    field("key").value = field("password").value = "";
    if (file) facts = null;
    file = null;
    if (!field("certificate").value.includes("-----BEGIN CERTIFICATE-----")) field("certificate").value = "";
  }

  async function submit(event) {
    event.preventDefault();
    sort();
    const hostname = field("hostname").value.trim(), certificate = file?.value ?? field("certificate").value.trim();
    wrong = {};
    if (!hostname) wrong.hostname = "Say which hostname it is for.";
    if (!certificate) wrong.certificate = "Pick a file, or paste the certificate.";
    if (encrypted() && !field("password").value) wrong.password = "This key is encrypted: give its password.";
    const [first] = Object.keys(wrong);
    show();
    if (first) return field(first).focus();
    const body = { hostname, certificate, privatekey: field("key").value, password: field("password").value || undefined };
    forget();
    const button = node.querySelector("button[type=submit]");
    const reply = await attempt(trouble, button, async () => {
      try {
        return await api.post("ImportCertificateFunctions_HttpStart", body);
      } catch (problem) {
        const at = fieldOf(problem.code);
        if (at) wrong = { [at]: problem.detail };
        if (problem.kind === "unsent") problem.fix = `${problem.fix} Pick the key again first: this page has forgotten it.`;
        throw problem;
      }
    });
    body.privatekey = body.password = undefined;
    show();
    if (!reply) {
      const [at] = Object.keys(wrong);
      if (at) field(at).focus();
      return say("The key has been taken off this page. Pick it again to try again.");
    }
    field("certificate").value = field("hostname").value = "";
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(reply.data.id)}`);
  }

  function show() {
    const complaint = (id) => html`<p class="bad" id="${id}-problem">${wrong[id] ?? ""}</p>`;
    const invalid = (id) => (wrong[id] ? "true" : "false");
    const picker = (target, label) => html`<label class="button file">Choose files<input type="file" class="sr-only" multiple accept=".pem,.crt,.cer,.key,.pfx,.p12,.txt" aria-label=${label} @change=${async (event) => { const files = [...event.target.files]; event.target.value = ""; await take(files, target); }}></label>`;
    draw(html`<form novalidate autocomplete="off" @submit=${submit}>
      <div class="field drop ${over ? "over" : ""}" @dragover=${(event) => { event.preventDefault(); if (!over) { over = true; show(); } }} @dragleave=${() => { over = false; show(); }}
        @drop=${async (event) => { event.preventDefault(); over = false; await take([...event.dataTransfer.files]); }}>
        <label for="certificate">Certificate</label><p class="hint" id="certificate-hint">PEM, with its chain if you have it, or a PFX with the key in it. Drop files here, pick them, or paste.</p>
        ${picker("certificate", "Certificate file")}
        ${file ? html`<p class="picked"><strong>${file.name}</strong>, ${(file.size / 1000).toFixed(1)} kB, ${file.kind === "PFX" ? "PFX: give its password below, if it has one" : "certificate"} <button type="button" class="link" @click=${() => { file = facts = null; show(); }}>Take away</button></p>` : nothing}
        <textarea id="certificate" rows=${file ? 2 : 6} ?hidden=${Boolean(file)} spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="certificate-hint certificate-problem" aria-invalid=${invalid("certificate")} placeholder="-----BEGIN CERTIFICATE-----" @input=${() => { sort(); fillHostname(); show(); }}></textarea>
        ${facts ? html`<p class="picked">For <strong>${facts.hostnames.join(", ") || "no hostname"}</strong>, valid until ${date(facts.notAfter.toISOString())} (${relative(facts.notAfter.toISOString())}).</p>` : nothing}${complaint("certificate")}</div>
      <div class="field" ?hidden=${file?.kind === "PFX"}><label for="key">Private key</label><p class="hint" id="key-hint">PEM: PKCS#8, PKCS#1 or EC; nothing for a PFX. It goes to Key Vault and stays nowhere else: this page forgets it when it is sent.</p>
        ${picker("key", "Private key file")}
        <textarea id="key" rows="5" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="key-hint key-problem" aria-invalid=${invalid("key")} placeholder="-----BEGIN PRIVATE KEY-----" @input=${() => { sort(); show(); }}></textarea>${complaint("key")}</div>
      <div class="field"><label for="password">Password of the key or PFX</label><p class="hint" id="password-hint">${encrypted() ? "This key is encrypted." : "Only if it is encrypted."}</p>
        <input id="password" type="password" autocomplete="off" aria-describedby="password-hint password-problem" aria-invalid=${invalid("password")}>${complaint("password")}</div>
      <div class="field"><label for="hostname">Hostname</label><p class="hint" id="hostname-hint">${file?.kind === "PFX" ? "One that the certificate in the PFX holds for." : "Read from the certificate. Another one that it holds for will do too."}</p>
        <input id="hostname" name="hostname" .defaultValue=${given} spellcheck="false" autocapitalize="off" autocomplete="off" placeholder="shop.example.com" aria-describedby="hostname-hint hostname-problem" aria-invalid=${invalid("hostname")}>${complaint("hostname")}</div>
      <p class="actions"><button type="submit" class="primary">Import</button><a class="button" href="/add">Request one instead</a></p></form>`, place);
  }

  const may = session.can("operator");
  draw(html`<div class="head"><h1>Import a certificate</h1></div>
    ${may ? html`<p>For a certificate that you got elsewhere. certgate installs it and watches it; it cannot renew it.</p>${trouble}${place}`
    : html`<p>Importing needs the role operator. Ask an admin of certgate for it.</p><p class="actions"><a class="button" href="/certificates">All certificates</a></p>`}`, node);
  if (may) show();
  return {
    title: "Import a certificate", node,
    start() { addEventListener("pagehide", forget); },
    stop() { removeEventListener("pagehide", forget); forget(); },
  };
}

const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/.{64}/g, "$&\n");
