// Errors on the page: what happened and what to do, in the API's own words.
import { h } from "./dom.js";

let advice; // docs/errors.md as data, loaded when the first error is shown

// adviceFor is what the error page says about a code: {means, fix}, or null.
export async function adviceFor(code) {
  if (!code) return null;
  advice ??= fetch("/errors.json").then((reply) => reply.json()).catch(() => { advice = undefined; return {}; });
  return (await advice)?.[code] ?? null;
}

// problemPanel shows a Problem. What a version does not have is no alarm.
export function problemPanel(problem, again) {
  const panel = document.getElementById("problem").content.firstElementChild.cloneNode(true);
  const mild = problem.kind === "unavailable" || problem.kind === "offline";
  panel.classList.toggle("mild", mild);
  panel.querySelector("h2").textContent = problem.title ?? "Something went wrong";
  panel.querySelector("[data-part=detail]").textContent = problem.detail ?? problem.message;
  const fix = panel.querySelector("[data-part=fix]");
  fix.hidden = !problem.fix;
  fix.querySelector("span").textContent = problem.fix ?? "";
  const code = panel.querySelector("[data-part=code]");
  code.hidden = !problem.code;
  code.querySelector("code").textContent = problem.code ?? "";
  if (!problem.fix && problem.code) {
    adviceFor(problem.code).then((found) => {
      fix.hidden = !found;
      fix.querySelector("span").textContent = found?.fix ?? "";
    });
  }
  if (again && problem.kind !== "unavailable") panel.append(h("p", null, h("button", { type: "button", onclick: again }, "Try again")));
  return panel;
}

// attempt runs an action of a person. It shows a refusal in the given place,
// moves the focus there, and answers undefined; otherwise what the action
// answered. The buttons wait meanwhile, so that two clicks are one action.
export async function attempt(place, buttons, action) {
  const wait = [buttons].flat().filter((button) => button && !button.disabled);
  place.replaceChildren();
  for (const button of wait) button.disabled = true;
  try {
    return await action();
  } catch (problem) {
    if (problem.kind === "signedOut") return undefined;
    const panel = problemPanel(problem);
    place.replaceChildren(panel);
    panel.focus();
    return undefined;
  } finally {
    for (const button of wait) button.disabled = false;
  }
}
