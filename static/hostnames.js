// Hostnames out of pasted text. The API checks again and knows more (public
// suffixes); this finds what a person can mend before sending.

// read takes text with hostnames separated by lines, blanks, commas or
// semicolons; # begins a comment. It answers one entry for each: {line, text} with
// hostname, and note if it was changed, or problem. wildcards are taken only if they can be
// proved.
export function read(text, { wildcards = false } = {}) {
  const seen = new Map();
  return text.split(/\r?\n/).flatMap((content, i) =>
    content.replace(/#.*/, "").split(/[\s,;]+/).filter(Boolean).map((word) => {
      const entry = { line: i + 1, text: word, ...understand(word, wildcards) };
      if (entry.problem) return entry;
      if (seen.has(entry.hostname)) return { line: entry.line, text: word, problem: `is in line ${seen.get(entry.hostname)} already` };
      seen.set(entry.hostname, entry.line);
      return entry;
    }));
}

function understand(word, wildcards) {
  const bare = word.replace(/^["'<(]+|["'>).]+$/g, "");
  const host = bare.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/[/?#].*$/, "").replace(/\.$/, "");
  if (host.includes("@")) return { problem: "looks like an e-mail address" };
  const port = /^(.*):(\d+)$/.exec(host);
  const name = port ? port[1] : host;
  const star = name.startsWith("*.");
  const ascii = toASCII(star ? name.slice(2) : name);
  const problem = wrong(ascii, name);
  if (problem) return { problem };
  if (star && !wildcards) return { problem: "is a wildcard, which cannot be proven over HTTP: name each hostname, or choose one certificate for all" };
  if (star) return { hostname: `*.${ascii}`, note: "a wildcard: proved by a DNS record" };
  return ascii === name.toLowerCase() ? { hostname: ascii } : { hostname: ascii, note: `the ASCII form of ${name}` };
}

// toASCII maps as browsers do (UTS 46); "" if the name cannot be mapped.
function toASCII(name) {
  try {
    return /[\s\\%_]/.test(name) || !name ? name : new URL(`http://${name}/`).hostname;
  } catch {
    return "";
  }
}

function wrong(ascii, name) {
  if (!name) return "has no hostname in it";
  if (name.includes("_")) return "has an underscore, which certificates cannot have";
  if (name.includes("*") && !/^\*\.[^*]+$/.test(name)) return "has a star in the wrong place";
  if (/^[\d.]+$/.test(ascii) || ascii.startsWith("[") || /^[0-9a-f]*:[0-9a-f:]+$/i.test(name)) return "is an IP address";
  if (!ascii || !/^[a-z0-9.-]+$/.test(ascii)) return "has a character that a hostname cannot have";
  if (!ascii.includes(".")) return "has no dot: a full name is needed";
  if (ascii.length > 253) return `has ${ascii.length} characters, DNS allows 253`;
  const labels = ascii.split(".");
  if (labels.some((label) => !label)) return "has two dots in a row";
  if (labels.some((label) => label.length > 63)) return "has a part of more than 63 characters";
  if (labels.some((label) => label.startsWith("-") || label.endsWith("-"))) return "has a part that begins or ends with a hyphen";
  if (/^(localhost|local|internal|invalid|onion)$/.test(labels.at(-1))) return `is under .${labels.at(-1)}, which is not public`;
  return null;
}
