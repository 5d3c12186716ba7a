// Errors on the page: what happened and what to do, in people's words.
import { draw, html, nothing } from "./html.js";

const advice = new Map(); // by code, what was loaded

// adviceFor is what the error page (docs/errors.md) says about a code: {means, fix}, or
// null. Words for people at this site come before those for callers of the API.
export async function adviceFor(code) {
  if (!code || !/^\w+$/.test(code)) return null;
  if (!advice.has(code)) {
    const said = await fetch(`/advice/${code}.json`).then((reply) => (reply.ok ? reply.json() : null), () => undefined);
    if (said === undefined) return null; // no connection: asked again next time
    advice.set(code, said && { means: said.means, fix: said.people ?? said.fix, own: Boolean(said.people) });
  }
  return advice.get(code);
}

// adviceNow is adviceFor without waiting: null if it has not been loaded.
export const adviceNow = (code) => advice.get(code) ?? null;

// problemPanel shows a Problem. What a version does not have is no alarm. again is
// what the button does; without it, or where trying again cannot help, there is none.
/**
 * @param {any} problem
 * @param {(() => void) | undefined} again
 * @param {{href: string, text: string} | undefined} elsewhere
 */
export function problemPanel(problem, again = undefined, elsewhere = undefined) {
  const panel = document.createElement("section");
  panel.tabIndex = -1;
  const mild = problem.kind === "unavailable" || problem.kind === "offline";
  panel.className = `problem${mild ? " mild" : ""}`;
  const hopeless = problem.kind === "unavailable" || problem.status === 404 || problem.status === 403;
  const show = (found) => draw(html`<h2>${problem.title ?? "Something went wrong"}</h2>
    <p>${problem.detail ?? problem.message}</p>
    ${found?.own || found?.fix && !problem.fix ? html`<p class="todo"><strong>What to do:</strong> ${found.fix}</p>` : problem.fix ? html`<p class="todo"><strong>What to do:</strong> ${problem.fix}</p>` : nothing}
    ${problem.code ? html`<details class="small"><summary>Details</summary><p>Code <code>${problem.code}</code></p></details>` : nothing}
    ${again && !hopeless || elsewhere ? html`<p class="actions">${again && !hopeless ? html`<button type="button" @click=${again}>Try again</button>` : nothing}
      ${elsewhere ? html`<a class="button" href=${elsewhere.href}>${elsewhere.text}</a>` : nothing}</p>` : nothing}`, panel);
  show(null);
  if (problem.code) adviceFor(problem.code).then((found) => found && show(found));
  return panel;
}

// attempt runs an action of a person. It shows a refusal in the given place, moves the
// focus there, and answers undefined; otherwise what the action answered. The buttons
// wait meanwhile, so that two clicks are one action.
export async function attempt(place, buttons, action) {
  const wait = [buttons].flat().filter((button) => button && !button.disabled);
  draw(nothing, place);
  for (const button of wait) button.disabled = true;
  try {
    return await action();
  } catch (problem) {
    if (problem.kind === "signedOut") return undefined;
    const panel = problemPanel(problem, problem.kind === "unsent" && wait.length ? () => press(place, wait) : undefined);
    draw(panel, place);
    panel.focus();
    return undefined;
  } finally {
    for (const button of wait) button.disabled = false;
  }
}

// press presses the first button for the person: what it does after the call belongs
// to it.
function press(place, buttons) {
  draw(nothing, place);
  buttons[0]?.click();
}
