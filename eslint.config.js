// The rules that we stand by for the site and its tests: what is wrong, not how it
// looks.
const browser = ["document", "window", "navigator", "location", "history", "localStorage", "sessionStorage", "fetch", "console", "setTimeout", "clearTimeout", "setInterval", "requestAnimationFrame", "AbortController", "AbortSignal", "BroadcastChannel", "WebSocket", "CustomEvent", "Event", "EventTarget", "FormData", "URL", "URLSearchParams", "TextDecoder", "ResizeObserver", "MutationObserver", "PerformanceObserver", "Blob", "File", "DataTransfer", "Node", "Response", "atob", "btoa", "matchMedia", "innerHeight", "innerWidth", "scrollY", "addEventListener", "removeEventListener", "getComputedStyle", "getSelection", "globalThis"];
const node = ["process", "Buffer", "setImmediate"];
const all = (names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

export default [
  { ignores: ["static/vendor/**"] },
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: all([...browser, ...node]) },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "error", "no-unused-vars": ["error", { caughtErrors: "none", ignoreRestSiblings: true }], "no-shadow": "error", "no-const-assign": "error", "no-dupe-keys": "error", "no-dupe-else-if": "error",
      "no-unreachable": "error", "no-self-compare": "error", "no-self-assign": "error", "no-cond-assign": "error", "no-constant-condition": "error", "no-fallthrough": "error", "no-loss-of-precision": "error",
      "no-unsafe-optional-chaining": "error", "no-implicit-globals": "error", "no-eval": "error", "no-implied-eval": "error", "no-new-func": "error", "no-template-curly-in-string": "error", "no-promise-executor-return": "off",
      "prefer-const": "error", "no-var": "error", eqeqeq: "error", "no-await-in-loop": "off", "array-callback-return": "error", "valid-typeof": "error", "use-isnan": "error", "no-useless-escape": "error",
    },
  },
];
