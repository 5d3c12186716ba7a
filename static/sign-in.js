// The sign-in page. The site answers every address with it while nobody is
// signed in, so the address bar says where to return to; a page whose session
// ends while it is open comes here with that address in the query. It never
// moves on by itself: whatever goes wrong, there is no loop.

// returnAddress is where to go after the sign-in: an address of this site only.
export function returnAddress(here) {
  const own = here.pathname === "/sign-in.html";
  const wanted = own ? new URLSearchParams(here.search).get("post_login_redirect_uri") || "/" : here.pathname + here.search;
  const url = URL.canParse(wanted, here.origin) ? new URL(wanted, here.origin) : new URL("/", here.origin);
  if (url.origin !== here.origin || url.pathname.startsWith("/.auth/") || url.pathname === "/sign-in.html") return `${here.origin}/`;
  return url.href;
}

const roles = ["reader", "operator", "admin"];

async function show() {
  const back = returnAddress(location);
  for (const link of document.querySelectorAll("[data-provider]")) {
    const url = new URL(link.href);
    url.searchParams.set("post_login_redirect_uri", back);
    link.href = url.href;
  }
  const reply = await fetch("/.auth/me", { redirect: "manual", headers: { accept: "application/json" } });
  const { clientPrincipal: person } = reply.ok ? await reply.json() : {};
  if (!person) return;
  const welcome = person.userRoles?.some((role) => roles.includes(role));
  document.getElementById("who-text").textContent = welcome
    ? `You are signed in as ${person.userDetails}.`
    : `You are signed in as ${person.userDetails}, but this account has no role here.`;
  document.getElementById("ask").hidden = welcome;
  const goOn = document.getElementById("go-on");
  goOn.href = back;
  goOn.hidden = !welcome;
  document.getElementById("who").hidden = false;
}

if (globalThis.document) show().catch(() => {}); // without an answer the two links still work
