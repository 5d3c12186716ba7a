// copy puts a text into the clipboard and says so.
export async function copy(text, say, what = "Copied.") {
  await navigator.clipboard.writeText(text).then(() => say(what), () => say("The browser did not allow copying."));
}

// save gives a text as a file.
export function save(name, kind, text) {
  const address = URL.createObjectURL(new Blob([text], { type: kind }));
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
