// Loaded into the emulator before its own code. The emulator's sign-in form gets
// scripts and styles from other hosts, so it is dead without a network and tells
// them about every sign-in. This gives it the form beside this file instead.
const fs = require("node:fs");
const path = require("node:path");

const form = path.join(__dirname, "sign_in.html");
const readFile = fs.promises.readFile;
fs.promises.readFile = (file, ...rest) =>
  readFile(String(file).endsWith(path.join("public", "auth.html")) ? form : file, ...rest);
