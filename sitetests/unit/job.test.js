import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { nextTry, progress, says, standing, stepTitle, subject, tally } from "../../static/job-words.js";
import { timeline } from "../../static/job-timeline.js";
import { Job, steps } from "../fixture/data.js";

const state = (job, name) => timeline(job.body).steps.find((step) => step.name === name);
const job = () => new Job("x", "shop.example.com", { age: 60_000 });

test("the steps of an issuance are those of docs/state-machine.md", () => {
  const page = readFileSync(new URL("../../docs/state-machine.md", import.meta.url), "utf8");
  const rows = [...page.split("On failure")[0].matchAll(/^\| \d+ \| `(\w+)`/gm)].map((row) => row[1]);
  assert.deepEqual(timeline(job().body).steps.map((step) => step.name), rows);
  for (const [name] of steps) assert.ok(rows.includes(name), `${name} of the test data is no step`);
});

test("a running job has done, current and coming steps", () => {
  const running = job().advance(3, 2);
  assert.deepEqual(steps.slice(2, 5).map(([name]) => state(running, name).state), ["done", "current", "ahead"]);
  const shown = timeline(running.body).steps;
  assert.deepEqual(progress(running.body), { done: shown.findIndex((step) => step.state === "current"), total: shown.length });
  assert.ok(state(running, steps[3][0]).seconds > 40, "the current step's time runs from the end of the last");
});

test("waits and errors of a step are counted and their words kept", () => {
  const waiting = job().advance(6).retry("Trying again in 2 s.", 1).retry("Trying again in 4 s.", 2).wait("Looking again in 5 s.");
  const step = state(waiting, "CheckAcmeOrderStep");
  assert.equal(step.state, "waiting");
  assert.equal(step.attempts, 2);
  assert.equal(step.waits, 1);
  assert.equal(step.notes.length, 3);
});

test("a step that a flow goes back to is under way again, and what follows is ahead", () => {
  const back = job().advance(4);
  back.step = 2;
  back.says();
  assert.equal(state(back, "GetAcmeOrderStep").state, "current");
  assert.equal(state(back, "GetAcmeOrderStep").visits, 2);
  assert.equal(state(back, "GetAcmeHttp01ChallengeStep").state, "ahead");
});

test("a failure shows where it happened and the clean-up apart", () => {
  const failed = job().advance(6).fail("HostnameOwnershipNotVerified", "It timed out.");
  assert.equal(state(failed, "CheckAcmeOrderStep").state, "failed");
  assert.equal(state(failed, "CreateCertificateStep").state, "unreached");
  assert.equal(state(failed, "DeleteValidationFileFromBlobStorageStep").state, "unreached");
  assert.deepEqual(timeline(failed.body).cleanUp.map((step) => [step.name, step.state]), [["DeleteValidationFileFromBlobStorageStep", "done"], ["AbandonOrderStep", "done"]]);
});

test("a flow that this site does not know shows the steps that it took", () => {
  const unknown = { name: "FreezeCertificateFunctions", runtimeStatus: "Running", createdTime: "2026-01-01T00:00:00Z", customStatus: { status: "RemoveThingStep" },
    historyEvents: [{ EventType: "StepCompleted", Timestamp: "2026-01-01T00:00:01Z", Name: "FreezeCertificateStep", Seconds: 1 }] };
  assert.deepEqual(timeline(unknown).steps.map((step) => [step.title, step.state]), [["Freeze certificate", "done"], ["Remove thing", "current"]]);
  assert.equal(progress(unknown), null);
});

test("a job is named by its hostnames", () => {
  assert.equal(subject({ name: "AddCertificateFunctions", input: "a.example" }), "a.example");
  assert.equal(subject({ name: "X", input: { hostnames: [{ hostname: "a.example" }, { hostname: "b.example" }, { hostname: "c.example" }] } }), "3 hostnames: a.example and others");
  assert.equal(subject({ name: "ImportCertificateFunctions", input: { hostname: "a.example" } }), "a.example");
  assert.equal(subject({ name: "RenewCertificatesFunctions", input: null }), "Renewal round");
  assert.equal(stepTitle("SomethingNewStep"), "Something new");
});

test("a message is the job's own, but for the one that names another program", () => {
  assert.equal(says(job().advance(11).body), "The certificate is in place.");
  assert.equal(says({ runtimeStatus: "Running", customStatus: { message: "Trying again in 2m3s. The authority does not answer." } }), "The authority does not answer.");
  assert.equal(says({ runtimeStatus: "Completed", customStatus: { message: "The certificate is retired." } }), "The certificate is retired.");
  assert.match(says(job().fail("X", "It leads elsewhere.").body), /elsewhere/);
  assert.equal(says({ runtimeStatus: "Failed", output: { total: 4, completed: 1 }, customStatus: { message: "3 of 4 …: The output lists every hostname with its instance and error." } }), "3 of 4 certificates were not issued.");
  assert.equal(says({ runtimeStatus: "Pending" }), "");
});

test("the same words again are counted, and the latest is kept", () => {
  const waiting = job().advance(2).retry("Trying again in 2s. The authority does not answer.", 1).retry("Trying again in 4s. The authority does not answer.", 2).retry("Trying again in 8s. The authority does not answer.", 3);
  const { notes } = state(waiting, "GetAcmeOrderStep");
  assert.deepEqual(notes.map((note) => [note.text, note.times]), [["Trying again in 8s. The authority does not answer.", 3]]);
});

test("a job that meets errors again and again waits, and says when it tries next", () => {
  const body = { ...job().body, errors: 7, nextTime: "2026-01-01T00:00:10.000Z" };
  assert.equal(standing(body).label, "Waiting");
  assert.equal(nextTry(body), Date.parse("2026-01-01T00:00:10Z"));
  assert.equal(standing({ ...body, errors: 1 }).label, "Running");
  assert.equal(nextTry({ ...body, runtimeStatus: "Failed" }), null);
});

test("what was not asked for is skipped, not done", () => {
  const retired = { name: "RetireCertificateFunctions", runtimeStatus: "Completed", createdTime: "2026-01-01T00:00:00Z", output: { revoked: false }, customStatus: { status: "Completed", message: "" },
    historyEvents: ["RemoveFromApplicationGatewayStep", "StopRenewingStep", "RevokeCertificateStep", "DisableCertificateStep"].map((Name, i) => ({ EventType: "StepCompleted", Timestamp: `2026-01-01T00:00:0${i}Z`, Name, Seconds: 1 })) };
  assert.deepEqual(timeline(retired).steps.map((step) => step.state), ["done", "done", "skipped", "done"]);
});

test("children are counted by how they fare, not by what the parent last wrote", () => {
  const of = (runtimeStatus) => ({ runtimeStatus });
  assert.deepEqual(tally([of("Completed"), of("Failed"), of("Running"), of("Pending"), of("Terminated")]), { total: 5, completed: 1, failed: 1, stopped: 1, running: 2 });
});
