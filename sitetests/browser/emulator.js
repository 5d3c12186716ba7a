// The platform's emulator in front of the fixture API, as the local stack runs it
// (localstack/site).
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const script = path.join(root, "node_modules/@azure/static-web-apps-cli/dist/msha/server.js");
const startsWithin = 60_000; // milliseconds; 0.6 s alone, many times that on a busy machine

export class Emulator {
  #dir = mkdtempSync(path.join(tmpdir(), "certgate-site-"));
  #child;
  #claim;

  static async start(fixture) {
    const emulator = new Emulator();
    try {
      const port = await emulator.#claimPort();
      emulator.url = `http://127.0.0.1:${port}`;
      emulator.#run(fixture, port);
      await emulator.#answers();
      return emulator;
    } catch (error) {
      emulator.stop();
      throw error;
    }
  }

  // claimPort finds a port that nobody else takes between being found and being
  // used: whoever wants the odd one must hold the even one before it. They lie
  // below the ports that systems give to outgoing connections, and below those
  // that the local stack hands out.
  async #claimPort() {
    for (let port = 19_000; port < 20_000; port += 2) {
      if (!(this.#claim = await listen(port))) continue;
      const taken = await listen(port + 1);
      if (taken) {
        await new Promise((done) => taken.close(done));
        return port + 1;
      }
      this.#claim.close();
    }
    throw new Error("no port between 19000 and 20000 is free");
  }

  #run(fixture, port) {
    for (const file of ["sign_in.cjs", "sign_in.html"]) copyFileSync(path.join(root, "localstack/site", file), path.join(this.#dir, file));
    const site = path.join(root, "static");
    const settings = {
      SWA_RUNTIME_CONFIG_LOCATION: site, SWA_CLI_APP_LOCATION: site, SWA_CLI_OUTPUT_LOCATION: site, SWA_CLI_API_LOCATION: fixture.url,
      SWA_CLI_API_PORT: new URL(fixture.url).port, SWA_CLI_HOST: "127.0.0.1", SWA_CLI_PORT: String(port), SWA_CLI_APP_SSL: "false",
      SWA_CLI_OPEN_BROWSER: "false", SWA_CLI_DEBUG: "log", SWA_CLI_SERVER_TIMEOUT: "20", NODE_OPTIONS: "",
    };
    this.#child = spawn(process.execPath, ["--require", path.join(this.#dir, "sign_in.cjs"), script], { env: { ...process.env, ...settings }, stdio: "ignore" });
  }

  async #answers() {
    const until = Date.now() + startsWithin;
    while (Date.now() < until && this.#child.exitCode === null) {
      if (await fetch(`${this.url}/.auth/me`).then((reply) => reply.ok, () => false)) return;
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error("the emulator did not start");
  }

  stop() {
    this.#child?.kill();
    this.#claim?.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

// listen holds a port, or answers null if somebody else does.
function listen(port) {
  return new Promise((done) => {
    const server = createServer().once("error", () => done(null));
    server.listen(port, "127.0.0.1", () => done(server));
  });
}
