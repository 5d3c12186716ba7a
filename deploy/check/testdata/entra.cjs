// Loaded into the Static Web Apps emulator before its own code: what it sends to
// Entra arrives at the test's stand-in.
const tls = require("node:tls");

const entra = ["login.microsoftonline.com", "graph.microsoft.com"];
const connect = tls.connect;
tls.connect = (options, ...rest) =>
  connect(entra.includes(options.servername ?? options.host) ? { ...options, host: "127.0.0.1", port: process.env.ENTRA_PORT } : options, ...rest);
