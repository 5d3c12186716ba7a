// What is sent to whoever keeps the DNS of hostnames; loaded when it is asked for.
import { copy } from "./clipboard.js";
import { caaRecord, check } from "./findings.js";

// copyMessage puts it into the clipboard.
export const copyMessage = (reports, say) => copy(message(reports), say, "The message is in the clipboard.");

// message is what to send to whoever keeps the DNS of hostnames that are not ready:
// the exact records, in words that need no knowledge of certgate.
/** @param {Api.HostnameReport[]} reports */
export function message(reports) {
  const parts = reports.map((report) => {
    const dns = check(report, "dns"), caa = check(report, "caa"), port80 = check(report, "port80");
    const lines = [report.hostname];
    if (dns && ["mend", "noAnswer"].includes(dns.state)) {
      lines.push(`  Today: ${dns.finding}`);
      if (report.dns?.advice?.length) {
        const alias = report.dns.advice.some((record) => record.type === "ALIAS");
        lines.push(alias ? "  Please create ALIAS (or ANAME), or else the A and AAAA records:" : "  Please create:");
        for (const record of report.dns.advice) lines.push(`    ${record.name}.  ${record.type}  ${record.value}`);
        lines.push("  and remove every other A, AAAA and CNAME record of this name.");
      }
    }
    const record = caaRecord(caa);
    if (record) lines.push("  A CAA record keeps our certificate authority from issuing. Please add:", `    ${record.name}.  CAA  ${record.value}`);
    else if (caa && caa.state !== "fine") lines.push(`  ${caa.finding}`);
    const proof = check(report, "dnsProof")?.record;
    if (proof) lines.push("  So that we can prove that we may have its certificate, please create, once and to stay:", `    ${proof.name}.  ${proof.type}  ${proof.value}`);
    if (port80?.state === "mend" && dns?.state === "fine") lines.push(`  ${port80.finding}`);
    return lines.join("\n");
  });
  return `Hello,\n\nto set up HTTPS for ${reports.length === 1 ? "this hostname" : "these hostnames"}, we need a change in ${reports.length === 1 ? "its" : "their"} DNS:\n\n${parts.join("\n\n")}\n\nPlease tell us when it is done; changes of DNS can take some minutes to be seen.\n`;
}
