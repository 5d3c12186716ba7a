// The question dialog of the page.
import { draw, html, nothing } from "./html.js";

const part = (id) => document.getElementById(id);

// ask opens it and answers its form data, or null for no.
export const ask = ({ title, text, fields = nothing, yes, danger = false }) => new Promise((answer) => {
  const dialog = part("ask");
  const form = dialog.querySelector("form");
  part("ask-title").textContent = title;
  part("ask-text").textContent = text;
  draw(html`<div>${fields}</div>`, part("ask-fields"));
  for (const field of form.querySelectorAll("input")) field.type === "checkbox" ? (field.checked = field.defaultChecked) : (field.value = field.defaultValue);
  part("ask-yes").textContent = yes;
  part("ask-yes").className = danger ? "primary danger" : "primary";
  part("ask-no").onclick = () => dialog.close("");
  dialog.returnValue = "";
  dialog.addEventListener("close", () => answer(dialog.returnValue === "yes" ? new FormData(form) : null), { once: true });
  dialog.showModal();
  if (danger) part("ask-no").focus();
});
