// Loaded into Azurite before its own code. Azurite loads its telemetry library
// even when telemetry is off, and that is half of its start time; this gives it
// an empty library instead, which a run with --disableTelemetry never calls.
const Module = require("node:module");

const load = Module._load;
Module._load = function (request, ...rest) {
  return request === "applicationinsights" ? {} : load.call(this, request, ...rest);
};
