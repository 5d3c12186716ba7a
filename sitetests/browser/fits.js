// What does not fit on a page: looked for by the tests of the fixture and of the real
// stack alike.

// cutOff runs in the page. It is the page that is wider than the window, a box or a cell
// that is narrower than its content, a short word on two lines, and what lies in the header
// on something else or outside of the window. Freshness and moments are told at their
// longest: a job of today has a time alone, and gets its date at midnight.
export function cutOff() {
  const longest = [...document.querySelectorAll("#freshness-text, time:not(:has(+ [data-until]))")].filter((node) => !node.matches("time") || node.textContent.includes(":")).map((node) => [node, node.textContent]);
  for (const [node] of longest) node.textContent = node.matches("time") ? "28 Sept 2026, 23:58" : "Updated 95 s ago";
  const seen = (node) => node.checkVisibility() && !node.closest(".sr-only");
  const wide = [...document.querySelectorAll(".panel, td, th")].filter((node) => seen(node) && node.scrollWidth > node.clientWidth + 1 && !node.querySelector(".scroll-x"));
  const broken = [...document.querySelectorAll("main a, main button, main th, main h1, main h2, main dt, nav a")].filter((node) => {
    const text = [...node.childNodes].find((child) => child.nodeType === 3 && /^[A-Za-z]{2,9}$/.test(child.data.trim()));
    if (!text || !seen(node)) return false;
    const range = document.createRange();
    range.selectNodeContents(text);
    return range.getClientRects().length > 1;
  });
  const outside = [...document.querySelectorAll(".bar a, .bar button, .bar summary")].filter((node) => seen(node) && (node.getBoundingClientRect().right > innerWidth + 1 || node.getBoundingClientRect().left < -1));
  const page = document.documentElement.scrollWidth > innerWidth ? [document.documentElement] : [];
  const boxes = [...document.querySelectorAll(".bar .brand, .bar nav a, .bar button, .bar summary")].filter(seen).map((node) => ({ node, box: node.getBoundingClientRect() }));
  const covered = boxes.filter(({ box }, i) => boxes.slice(0, i).some(({ box: other }) => box.left < other.right - 1 && box.right > other.left + 1 && box.top < other.bottom - 1 && box.bottom > other.top + 1)).map(({ node }) => node);
  for (const [node, told] of longest) node.textContent = told;
  return [...page, ...wide, ...broken, ...outside, ...covered].map((node) => node.outerHTML.slice(0, 120));
}

// tooSmall runs in the page: what a thumb misses, being less than 44 px high. Links in
// running text, and the box beside its own words, have what stands around them.
export function tooSmall() {
  const targets = "button, .button, summary, select, input:not([type=radio], [type=checkbox]), label:has([type=radio], [type=checkbox]), header a, th a, .names a, .back a";
  return [...document.querySelectorAll(targets)].filter((node) => node.checkVisibility() && !node.closest(".sr-only") && node.getBoundingClientRect().height < 43.5)
    .map((node) => `${Math.round(node.getBoundingClientRect().height)} px: ${node.outerHTML.slice(0, 120)}`);
}
