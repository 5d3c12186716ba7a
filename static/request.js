// Asking for certificates. Each answers the id of the job.
import { hostnamesOf } from "./job.js";

const some = (options) => (options && Object.keys(options).length ? { options } : {});
const ask = async (api, call, body) => (await api.post(`${call}_HttpStart`, body)).data.id;

// request asks for a certificate for each hostname.
export function request(api, hostnames, options = {}) {
  const body = { hostnames: hostnames.map((hostname) => ({ hostname })), ...some(options) };
  return ask(api, hostnames.length === 1 ? "AddCertificateFunctions" : "AddMultipleCertificatesFunctions", body);
}

// requestOne asks for one certificate of all of them: {hostname}, and validation if it is
// not left to the settings.
export const requestOne = (api, hostnames, options = {}) => ask(api, "AddSanCertificateFunctions", { hostnames, ...some(options) });

// requestAgain asks once more for what a job was to order: one certificate of the same
// hostnames, or one for each hostname of a request for many.
export function requestAgain(api, job) {
  const { input } = job;
  if (job.name !== "AddCertificateFunctions" || !input?.hostnames) return request(api, hostnamesOf(job));
  const plain = input.hostnames.length === 1 && Object.keys(input.hostnames[0]).length === 1;
  return ask(api, plain ? "AddCertificateFunctions" : "AddSanCertificateFunctions", input);
}

// wishesOf are the hostnames of a certificate with how they are proved.
/** @param {Api.Certificate} c */
export const wishesOf = (c) => c.hostnames.map((hostname) => {
  const { method, dnsAccount } = c.validation?.[hostname] ?? {};
  return { hostname, ...(method ? { validation: method } : {}), ...(dnsAccount ? { dnsAccount } : {}) };
});

// requestSame asks for what a certificate is, so that the one in Key Vault is installed.
/** @param {Api.Certificate} c */
export const requestSame = (api, c) => requestOne(api, wishesOf(c), c.options);
