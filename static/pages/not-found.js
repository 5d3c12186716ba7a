import { element, html } from "../html.js";

export default function notFound() {
  return {
    title: "Not found",
    node: element(html`<div><h1>There is nothing at this address</h1>
      <p>The link may be mistyped, or what it led to is gone.</p>
      <p class="actions"><a class="button primary" href="/certificates">Certificates</a><a class="button" href="/jobs">Jobs</a></p></div>`),
  };
}
