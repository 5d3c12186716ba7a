// The release that answers, for the foot of the page.

// release is "certgate v1.2.0"; "" if the API does not say. It is asked for once, when
// nothing else is to be done, and never in the way: an API that is not well says so
// elsewhere.
export async function release(api) {
  const { data } = await api.get("health").catch(() => ({ data: null }));
  return typeof data?.version === "string" && data.version ? `certgate ${data.version}` : "";
}
