// What the tests need to know of the stack beside which they run. They are, for
// Azure's services, the app: `certgate-local with -app` gives them its settings,
// its identity and the way to the simulators.
import { ManagedIdentityCredential } from "@azure/identity";
import { CertificateClient } from "@azure/keyvault-certificates";
import { SecretClient } from "@azure/keyvault-secrets";
import { NetworkManagementClient } from "@azure/arm-network";

const setting = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by make azureclients`);
  return value;
};

export const vaultURL = setting("KeyVaultBaseUrl");
export const storage = setting("AzureWebJobsStorage");
export const resourceGroup = setting("ApplicationGatewayResourceGroup");
export const gatewayName = setting("ApplicationGatewayName");
export const tenant = "00000000-0000-0000-0000-000000000001";

export const credential = new ManagedIdentityCredential();
// A refusal is what is looked at, and none of them passes by itself.
const options = { retryOptions: { maxRetries: 0 } };
export const certificates = new CertificateClient(vaultURL, credential, options);
export const secrets = new SecretClient(vaultURL, credential, options);
export const network = new NetworkManagementClient(credential, setting("SubscriptionId"), options);

// api calls certgate as somebody with every role.
export async function api(method, path, body) {
  const principal = { identityProvider: "aad", userId: "1", userDetails: "ann@example.com", userRoles: ["anonymous", "authenticated", "admin"] };
  const reply = await fetch(setting("API_URL") + path, {
    method,
    headers: {
      "content-type": "application/json",
      "x-ms-client-principal": Buffer.from(JSON.stringify(principal)).toString("base64"),
    },
    body: body && JSON.stringify(body),
  });
  const text = await reply.text();
  return { status: reply.status, body: text ? JSON.parse(text) : undefined };
}

// issue asks for one hostname and waits for the end of its instance.
export async function issue(hostname) {
  const started = await api("POST", "/api/AddCertificateFunctions_HttpStart", { hostnames: [{ hostname }] });
  if (started.status !== 202) throw new Error(`start: ${started.status} ${JSON.stringify(started.body)}`);
  const status = new URL(started.body.statusQueryGetUri);
  for (;;) {
    const look = await api("GET", status.pathname + status.search);
    if (look.status !== 202) return look.body;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export async function all(pages) {
  const found = [];
  for await (const item of pages) found.push(item);
  return found;
}
