// The way to a hostname's page: one field. Old links with ?hostname= lead on.
import { draw, html } from "../html.js";
import { read } from "../hostnames.js";

export default function lookUp({ router }) {
  const asked = new URLSearchParams(location.search).get("hostname") ?? "";
  const node = document.createElement("div");
  let wrong = "";

  function look(event) {
    event?.preventDefault();
    const [entry] = read(node.querySelector("#hostname").value);
    wrong = entry?.problem ? `${entry.text} ${entry.problem}.` : "";
    show();
    if (entry && !entry.problem) router.open(`/hostnames/${encodeURIComponent(entry.hostname)}`);
    else node.querySelector("#hostname").focus();
  }

  function show() {
    draw(html`<div class="head"><h1>Look up a hostname</h1></div>
      <p>DNS, CAA, port 80, what the gateway serves, its certificate and its jobs: everything about one hostname, in one verdict. It says which records a hostname needs, too.</p>
      <form novalidate @submit=${look}><div class="field"><label for="hostname">Hostname</label>
        <div class="beside"><input id="hostname" required .defaultValue=${asked} spellcheck="false" autocapitalize="off" autocomplete="off" placeholder="shop.example.com" aria-describedby="hostname-problem" aria-invalid=${wrong ? "true" : "false"}>
        <button type="submit" class="primary">Look</button></div>
        <p class="bad" id="hostname-problem" role="alert">${wrong}</p></div></form>`, node);
  }

  show();
  return {
    title: "Look up a hostname", node,
    start() {
      if (asked) look();
      else node.querySelector("#hostname").focus({ preventScroll: true });
    },
  };
}
