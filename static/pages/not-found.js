import { h } from "../dom.js";

export default function notFound() {
  return {
    title: "Not found",
    node: h("div", null,
      h("h1", null, "There is nothing at this address"),
      h("p", null, "The link may be mistyped, or what it led to is gone."),
      h("p", { class: "actions" }, h("a", { class: "button primary", href: "/certificates" }, "Certificates"), h("a", { class: "button", href: "/jobs" }, "Jobs"))),
  };
}
