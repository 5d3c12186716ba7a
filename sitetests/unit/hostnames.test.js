import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../../static/hostnames.js";

test("hostnames are found in whatever people paste", () => {
  for (const [text, want] of [
    ["shop.example.com", ["shop.example.com"]],
    ["a.example.com, b.example.com;c.example.com\td.example.com", ["a.example.com", "b.example.com", "c.example.com", "d.example.com"]],
    ["https://WWW.Example.com/cart?x=1#top", ["www.example.com"]],
    ["shop.example.com.", ["shop.example.com"]],
    ["shop.example.com:443", ["shop.example.com"]],
    ["bücher.example.de", ["xn--bcher-kva.example.de"]],
    ["\"shop.example.com\",\r\n(www.example.com)", ["shop.example.com", "www.example.com"]],
    ["# all of them\nshop.example.com # the shop\n\n", ["shop.example.com"]],
    ["", []],
  ]) assert.deepEqual(read(text).map((entry) => entry.hostname), want, text);
});

test("what cannot be a hostname is named with its line and its reason", () => {
  for (const [text, reason] of [
    ["localhost", /no dot/], ["10.0.0.1", /IP address/], ["[2001:db8::1]", /IP address/], ["2001:db8::1", /IP address/], ["me@example.com", /e-mail/],
    ["bad_name.example.com", /underscore/], ["a..example.com", /two dots/], ["-a.example.com", /hyphen/], ["printer.local", /not public/],
    ["a.*.example.com", /star/], ["*.example.com", /wildcard/], [`${"a".repeat(64)}.example.com`, /63/], [`${"abcdefghi.".repeat(29)}com`, /253/], ["exa%mple.com", /character/],
  ]) {
    const [entry] = read(`\n${text}`);
    assert.match(entry.problem ?? "", reason, text);
    assert.equal(entry.line, 2);
    assert.equal(entry.hostname, undefined);
  }
});

test("a wildcard is taken where one certificate is for all", () => {
  const [entry, bad] = read("*.Example.com\na.*.example.com", { wildcards: true });
  assert.deepEqual([entry.hostname, entry.problem], ["*.example.com", undefined]);
  assert.match(bad.problem, /star/);
});

test("a hostname that comes twice is taken once", () => {
  const [first, second] = read("shop.example.com\nSHOP.example.com.");
  assert.equal(first.hostname, "shop.example.com");
  assert.match(second.problem, /line 1/);
});
