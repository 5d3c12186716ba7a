// Parts of the style besides app.css, each loaded once. A page without one is plain, and
// works: so a sheet that cannot be loaded keeps nothing back.
const loaded = new Map();

export function sheet(name) {
  if (!loaded.has(name)) loaded.set(name, new Promise((done) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/${name}.css`, onload: done, onerror: done }))));
  return loaded.get(name);
}
