import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../../static/api.js";
import { Session, signInAddress } from "../../static/session.js";
import { returnAddress } from "../../static/sign-in.js";

// platform answers as the web platform does, and keeps what it was asked.
function platform(answer) {
  const asked = [];
  const fetcher = async (address, options = {}) => {
    asked.push(`${options.method ?? "GET"} ${address}`);
    return answer(address, asked);
  };
  const session = new Session(fetcher);
  let over = 0;
  session.addEventListener("over", () => over++);
  return { asked, session, api: new Api(session, fetcher), over: () => over };
}
const json = (status, body) => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

test("a higher role may do what a lower one may", async () => {
  for (const [role, may] of [["reader", ["reader"]], ["operator", ["reader", "operator"]], ["admin", ["reader", "operator", "admin"]], ["guest", []]]) {
    const { session } = platform(() => json(200, { clientPrincipal: { userDetails: "x", userRoles: ["anonymous", "authenticated", role] } }));
    await session.load();
    assert.deepEqual(["reader", "operator", "admin"].filter((r) => session.can(r)), may);
  }
});

test("an expired session is refreshed once and the call made again", async () => {
  const world = platform((address, asked) => (address === "/.auth/refresh" ? new Response("", { status: 200 })
    : asked.includes("GET /.auth/refresh") ? json(200, [1]) : new Response("", { status: 401 })));
  assert.deepEqual((await world.api.get("instances")).data, [1]);
  assert.deepEqual(world.asked, ["GET /api/instances", "GET /.auth/refresh", "GET /api/instances"]);
  assert.equal(world.over(), 0);
});

test("a session that cannot be refreshed ends once, however many calls are refused", async () => {
  for (const refused of [() => new Response("", { status: 401 }), () => new Response("", { status: 302 })]) {
    const world = platform((address) => (address === "/.auth/refresh" ? new Response("", { status: 404 }) : refused()));
    const calls = await Promise.allSettled([world.api.get("a"), world.api.get("b"), world.api.post("c", {})]);
    assert.deepEqual(calls.map((call) => call.reason.kind), ["signedOut", "signedOut", "signedOut"]);
    await assert.rejects(world.api.get("d"), { kind: "signedOut" });
    assert.equal(world.over(), 1);
    assert.equal(world.asked.filter((call) => call === "GET /.auth/refresh").length, 1);
  }
});

test("a refresh that does not last is not tried again and again", async () => {
  let calls = 0;
  const world = platform((address) => (address === "/.auth/refresh" || calls++ % 2 === 1 ? json(200, []) : new Response("", { status: 401 })));
  await world.api.get("a");
  await assert.rejects(world.api.get("b"), { kind: "signedOut" });
  assert.equal(world.asked.filter((call) => call === "GET /.auth/refresh").length, 1);
  assert.equal(world.over(), 1);
});

test("the kind of an error says what the page should make of it", async () => {
  for (const [reply, kind] of [
    [json(404, { code: "RouteNotFound" }), "unavailable"], [new Response("", { status: 404 }), "unavailable"], [new Response("<html>", { status: 501 }), "unavailable"],
    [json(404, { code: "InstanceNotFound", detail: "No." }), "problem"], [json(400, { code: "HostnameNotValid", detail: "No.", fix: "Do." }), "problem"],
    [new Response("", { status: 502 }), "offline"], [json(503, { code: "Busy" }), "problem"], [new Response("<html>", { status: 403 }), "problem"],
  ]) await assert.rejects(platform(() => reply).api.get("x"), { kind });
  await assert.rejects(platform(() => { throw new TypeError("no network"); }).api.get("x"), { kind: "offline" });
});

test("the sign-in leads back to the page, and never to another site", () => {
  const origin = "https://site.example";
  for (const [pathname, search, want] of [
    ["/jobs/7", "?state=Failed", `${origin}/jobs/7?state=Failed`],
    ["/sign-in.html", "?post_login_redirect_uri=%2Fcertificates%3Fq%3Dshop", `${origin}/certificates?q=shop`],
    ["/sign-in.html", "", `${origin}/`],
    ["/sign-in.html", "?post_login_redirect_uri=https%3A%2F%2Fevil.example%2F", `${origin}/`],
    ["/sign-in.html", "?post_login_redirect_uri=%2F%2Fevil.example", `${origin}/`],
    ["/sign-in.html", "?post_login_redirect_uri=%2F%5Cevil.example", `${origin}/`],
    ["/sign-in.html", "?post_login_redirect_uri=javascript%3Aalert(1)", `${origin}/`],
    ["/sign-in.html", "?post_login_redirect_uri=%2Fsign-in.html", `${origin}/`],
    ["/sign-in.html", "?post_login_redirect_uri=%2F.auth%2Flogout", `${origin}/`],
  ]) assert.equal(returnAddress({ origin, pathname, search }), want, pathname + search);
  assert.equal(signInAddress({ pathname: "/jobs", search: "?state=Failed" }), "/sign-in.html?post_login_redirect_uri=%2Fjobs%3Fstate%3DFailed");
});

test("App Service tells who is signed in as an array, or not at all: then the API does", async () => {
  const claims = [{ typ: "preferred_username", val: "ann@example.com" }, { typ: "roles", val: "operator" }, { typ: "http://schemas.microsoft.com/ws/2008/06/identity/claims/role", val: "reader" }];
  const withStore = platform(() => json(200, [{ user_id: "ann", user_claims: claims }]));
  assert.ok(await withStore.session.load());
  assert.deepEqual([withStore.session.name, withStore.session.roles], ["ann@example.com", ["operator", "reader"]]);
  const without = platform((address) => (address === "/.auth/me" ? new Response("", { status: 404 }) : json(200, { name: "aad:ann@example.com", role: "admin" })));
  assert.ok(await without.session.load());
  assert.deepEqual([without.session.name, without.session.can("admin")], ["ann@example.com", true]);
  assert.equal(await platform(() => json(200, [])).session.load(), false);
});

test("a session that lives on and cannot be renewed ends once, in one offer, without a loop", async () => {
  const world = platform((address) => (address === "/.auth/refresh" ? new Response("", { status: 403 }) : new Response("", { status: 401 })));
  for (const path of ["a", "b", "c"]) await assert.rejects(world.api.get(path), { kind: "signedOut" });
  assert.equal(world.over(), 1);
  assert.equal(world.session.stale, true);
  assert.equal(world.asked.filter((call) => call === "GET /.auth/refresh").length, 1);
});

test("what is asked for again and has not changed is kept", async () => {
  const world = platform((address, asked) => (asked.length === 1 ? new Response("[1]", { headers: { etag: '"x"' } }) : new Response(null, { status: 304 })));
  const first = await world.api.get("instances"), again = await world.api.get("instances");
  assert.equal(first.data, again.data);
});

test("a change that was not answered says so, and does not say that the page tries again", async () => {
  const { api } = platform(() => { throw new TypeError("no network"); });
  await assert.rejects(api.post("x", {}), (problem) => problem.kind === "unsent" && !/by itself/.test(problem.detail));
  await assert.rejects(api.get("x"), (problem) => problem.kind === "offline");
});
