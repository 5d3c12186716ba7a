// request asks for certificates; it answers the id of the job.
export async function request(api, hostnames) {
  const body = { hostnames: hostnames.map((hostname) => ({ hostname })) };
  const reply = await api.post(hostnames.length === 1 ? "AddCertificateFunctions_HttpStart" : "AddMultipleCertificatesFunctions_HttpStart", body);
  return reply.data.id;
}
