import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { stored, written } from "../write-errors.js";

const site = fileURLToPath(new URL("../../static/", import.meta.url));
const files = readdirSync(site, { recursive: true }).map(String).filter((name) => /\.(js|html|css|json|svg)$/.test(name));
const text = (name) => readFileSync(site + name, "utf8");
const config = JSON.parse(text("staticwebapp.config.json"));

test("the advice says what docs/errors.md says", () => {
  assert.deepEqual(stored(), written(), "run npm run errors");
});

test("every rule that is not for the sign-in asks for a custom role, and the last one catches all", () => {
  const open = ["/sign-in.html", "/sign-in.js", "/403.html", "/404.html", "/app.css", "/door.css", "/favicon.svg"];
  for (const rule of config.routes) {
    if (rule.statusCode === 404) continue;
    assert.deepEqual(rule.allowedRoles, open.includes(rule.route) ? ["anonymous"] : ["reader", "operator", "admin"], rule.route);
  }
  assert.equal(config.routes.at(-1).route, "/*");
});

test("no wildcard leaves a neighbour open: each comes after a slash", () => {
  for (const { route } of config.routes) if (route.includes("*")) assert.match(route, /\/\*$/);
});

test("nothing is loaded from another host, and nothing needs more than the policy allows", () => {
  for (const name of files) {
    const hosts = [...text(name).matchAll(/(?:src|href)="(https?:)?\/\/[^"]*|@import|url\(["']?https?:/g)].map(String);
    assert.deepEqual(hosts, [], name);
    if (name.endsWith(".html")) assert.doesNotMatch(text(name), /<script>|<style|\sstyle=|\son\w+=/, name);
    if (name.endsWith(".js") && !name.startsWith("vendor")) assert.doesNotMatch(text(name), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/, name);
  }
});

test("the frame is complete without script", () => {
  const page = text("index.html");
  for (const part of [/<nav[^>]*>[\s\S]*\/certificates[\s\S]*\/jobs/, /<main[\s\S]*<h1>/, /<noscript>/, /role="status"/]) assert.match(page, part);
});

test("what the first page needs is loaded at once, and the list of it is right", () => {
  const needs = new Set();
  const follow = (name) => {
    if (needs.has(name)) return;
    needs.add(name);
    for (const [, to] of text(name).matchAll(/^(?:import|export) [^;]*? from "(\.[^"]+)";/gm)) follow(path.posix.join(path.posix.dirname(name), to));
  };
  follow("app.js");
  needs.delete("app.js");
  const listed = [...text("index.html").matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(listed, [...needs].sort());
});

test("every address of a page is one that the site serves", () => {
  const pages = [...text("router.js").matchAll(/\[\/\^(.*?)\$\/, "/g)].map(([, pattern]) => pattern.replaceAll("\\/", "/").replace("([^/]+)", "*").replace("(?:certificates)?", "certificates"));
  assert.ok(pages.length > 8);
  const served = new Set(config.routes.filter((rule) => rule.rewrite === "/index.html").map((rule) => rule.route));
  assert.deepEqual(pages.filter((page) => !served.has(page)), []);
});
