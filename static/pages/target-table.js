// What serves a certificate beside the gateway, on its page. Loaded where there is such a
// target.
import { served } from "../certificate-states.js";
import { html, nothing, state } from "../html.js";
import { moment, utc } from "../time.js";

const kinds = {
  endpoint: "Server", kubernetes: "Kubernetes", vmextension: "Virtual machine", frontdoor: "Azure Front Door",
  appservice: "App Service", containerapps: "Container Apps", webpubsub: "Web PubSub", signalr: "SignalR Service",
};

// deployed are the kinds for which certgate writes what the owner deploys.
const deployed = ["kubernetes", "vmextension", "frontdoor"];

const icons = { current: "ok", unknown: "help" };
const kindOf = (target) => (target.served === "current" && !target.problem ? "ok" : target.deadline || target.served === "unknown" ? "due" : "notServed");

const time = (iso) => html`<time datetime=${iso} title=${utc(iso)}>${moment(iso)}</time>`;

// delivery is how far the newest version is on its way.
const delivery = (target) => (target.deadline ? html`under way since ${time(target.since)}, until ${time(target.deadline)} at most` : target.since ? html`began ${time(target.since)}` : "none yet");

export function targetTable(certificate, targets) {
  const documents = (target) => `/api/certificates/${encodeURIComponent(certificate)}/documents?target=${encodeURIComponent(target.name)}`;
  return html`<div class="panel"><table class="history targets"><caption class="sr-only">Targets beside the gateway</caption>
    <thead><tr><th scope="col">Target</th><th scope="col">What it serves</th></tr></thead>
    <tbody>${targets.map((target) => html`<tr>
      <th scope="row">${target.name}<div class="muted small">${kinds[target.kind] ?? "Another kind"}</div></th>
      <td>${state(kindOf(target), target.problem && target.served === "current" ? "warn" : icons[target.served] ?? (target.deadline ? "clock" : "warn"), target.problem && target.served === "current" ? "Served, with a fault" : served[target.served] ?? "Not known")}
        ${target.problem ? html`<div class="small">${target.problem}</div>` : nothing}
        <div class="muted small">Delivery: ${target.instance ? html`<a href="/jobs/${encodeURIComponent(target.instance)}">${delivery(target)}</a>` : delivery(target)}</div>
        ${deployed.includes(target.kind) ? html`<div class="small"><a href=${documents(target)} download>What to deploy there<span class="sr-only"> for ${target.name}</span></a></div>` : nothing}</td></tr>`)}</tbody></table></div>`;
}
