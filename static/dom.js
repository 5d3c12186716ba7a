// Building and changing the page. Text goes in as text, never as markup.

const svgSpace = "http://www.w3.org/2000/svg";

// h makes an element: h("a", {href, class, onclick, hidden: true}, "text", child).
// A property that is null, undefined or false is left out; so is such a child.
export function h(name, properties, ...children) {
  return build(document.createElement(name), properties, children);
}

// svg is h for pictures.
export function svg(name, properties, ...children) {
  return build(document.createElementNS(svgSpace, name), properties, children);
}

function build(node, properties, children) {
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "value") node.value = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// icon is one of the symbols of index.html; it is decoration beside a word.
export function icon(name) {
  return svg("svg", { class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" }, svg("use", { href: `#i-${name}` }));
}

// dotted is a hostname that breaks at its dots where it must break.
export const dotted = (name) => name.split(/(?<=\.)/).flatMap((label, i) => (i ? [h("wbr"), label] : [label]));

// setText changes a node only if it says something else, so that selections and
// screen readers are left in peace.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// swap makes the given nodes the content of a node, and leaves those alone that
// look the same already, with their focus.
export function swap(node, ...children) {
  const fresh = children.flat(3).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(child)));
  const old = [...node.childNodes];
  fresh.forEach((child, i) => {
    if (!old[i]) node.append(child);
    else if (!old[i].isEqualNode(child)) old[i].replaceWith(child);
  });
  for (const rest of old.slice(fresh.length)) rest.remove();
}

// keyed makes the children of a node follow a list: one child for each key, kept
// (with its focus) as long as the key is in the list. make(item) makes a child
// and update(child, item) fills it.
export function keyed(parent, items, key, make, update) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const wanted = new Set(items.map((item) => String(key(item))));
  const kept = new Map();
  for (const child of [...parent.children]) {
    if (wanted.has(child.dataset.key)) kept.set(child.dataset.key, child);
    else child.remove();
  }
  let at = parent.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    let child = kept.get(id);
    if (!child) {
      child = make(item);
      child.dataset.key = id;
    }
    update?.(child, item);
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  // A child that was moved has lost the focus on the way.
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}
