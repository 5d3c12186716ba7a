// The API's shapes by name, for the site's comments, and what the DOM library types
// more narrowly than the site's own pages are.
import type { components } from "./api";

type Schemas = components["schemas"];

declare global {
  namespace Api {
    type Certificate = Schemas["Certificate"];
    type CertificateDetail = Schemas["CertificateDetail"];
    type Instance = Schemas["Instance"];
    type Child = Schemas["Child"];
    type Finding = Schemas["Finding"];
    type HostnameReport = Schemas["HostnameReport"];
    type HostnamesReport = Schemas["HostnamesReport"];
    type HostnameView = Schemas["HostnameView"];
    type Health = Schemas["Health"];
    type Children = Schemas["Children"];
    type Issuer = Schemas["Issuer"];
    type Listener = Schemas["Listener"];
    type TakeOverVerdict = Schemas["TakeOverVerdict"];
  }
  interface ParentNode {
    querySelector(selectors: string): any;
    querySelectorAll(selectors: string): NodeListOf<any>;
  }
  interface Document { getElementById(id: string): any; }
}
