// The listeners that a person has chosen to be taken over: kept while the tab is open, so
// that a reload of the page with the plan finds them.
const key = "certgate:take-over";

export const most = 100; // of one request

export function chosen() {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}

export const choose = (names) => sessionStorage.setItem(key, JSON.stringify(names));

// takable are listeners of others; the API says of each whether it really can be.
/** @param {Api.Listener} row */
export const takable = (row) => row.kind === "listener" && (!row.managedCertificate || row.state === "contested");
