// What the site says of a certificate authority of the settings.

// nameOf is how people know it: by its name in the settings, and the only one by its
// address.
/** @param {Api.Issuer} issuer */
export const nameOf = (issuer) => (issuer.name === "default" ? hostOf(issuer) || "Default" : issuer.name);

/** @param {Api.Issuer} issuer */
export function hostOf({ directory }) {
  try {
    return directory ? new URL(directory).host : "";
  } catch {
    return directory ?? "";
  }
}

// stateOf is the worst that is known of it: {kind, icon, label, why, fix}.
/** @param {Api.Issuer} issuer */
export function stateOf(issuer) {
  const bad = (label, why, fix) => ({ kind: "failed", icon: "stop", label, why, fix });
  const amber = (label, why, fix = "") => ({ kind: "waiting", icon: "warn", label, why, fix });
  if (!issuer.answers) return bad("Does not answer", issuer.problem ?? "", "Look at its status page, and at the address in the settings. What is served is not concerned; renewals wait, or go to the next authority.");
  if (issuer.externalAccountNeeded && !issuer.externalAccountGiven && !issuer.account) return bad("Takes no account", "It wants each account bound to one that you have there, and the settings do not say to which.", "Get a key id and an HMAC key from the authority, and put both into the settings.");
  if (["deactivated", "revoked"].includes(issuer.accountStatus)) return bad("Account closed", `The account there is ${issuer.accountStatus}.`, "Remove the account’s secret from Key Vault; the next order makes a new account.");
  if (issuer.profile && issuer.profiles.length && !issuer.profiles.includes(issuer.profile)) return bad("Does not know the profile", `Orders ask for the profile ${issuer.profile}, which it does not offer.`, `Set one of ${issuer.profiles.join(", ")}, or none.`);
  if (issuer.problem) return amber("Not all is known", issuer.problem);
  if (issuer.limits.length) return amber("Limits hold up orders", "It takes no more of some orders for a while. They wait, and go on by themselves.");
  return { kind: "ok", icon: "ok", label: "Ready", why: "", fix: "" };
}

// turnOf is when orders go to it. before is how many stand before it in the list.
/** @param {Api.Issuer} issuer */
export function turnOf(issuer, before, many) {
  if (!issuer.preferred) return "Gets no orders. What it issued is asked about and revoked here.";
  if (!many) return "Gets all orders.";
  return before === 0 ? "Gets the orders first." : `Gets an order when ${before === 1 ? "the one before it is" : "those before it are"} in trouble, or when a hostname’s CAA records want it.`;
}

/** @param {Api.Issuer} issuer */
export function accountOf(issuer) {
  if (!issuer.answers) return "Not known now";
  if (!issuer.account) return "None yet: the first order makes one";
  return { valid: "In use", deactivated: "Deactivated", revoked: "Revoked", unknown: "Not known there any more: the next order makes it again" }[issuer.accountStatus] ?? "Its state is not known";
}

// limitOf is whom a limit holds up.
export const limitOf = ({ scope }) => (scope === "account" ? "Every order" : scope.startsWith("domain:") ? `Orders for ${scope.slice(7)}` : "Some orders");
