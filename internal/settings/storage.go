package settings

import (
	"encoding/base64"
	"errors"
	"strings"
)

// The emulator's account, the same on every machine and published with it.
const (
	emulatorAccount = "devstoreaccount1"
	emulatorKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// readConnectionString takes a storage connection string apart. The Go SDKs do
// not know the emulator's shorthand, so it is written out.
func readConnectionString(s *Settings, v string) error {
	fields, err := connectionFields(v)
	if err != nil {
		return err
	}
	if strings.EqualFold(fields["usedevelopmentstorage"], "true") {
		if fields["developmentstorageproxyuri"] != "" {
			return errors.New("has a DevelopmentStorageProxyUri, which is not supported; write out the emulator's endpoints")
		}
		v = emulatorConnection()
		if fields, err = connectionFields(v); err != nil {
			return err
		}
	}
	account, key, sas := fields["accountname"], fields["accountkey"], fields["sharedaccesssignature"]
	if (account == "" || key == "") && sas == "" {
		return errors.New("has neither AccountName with AccountKey nor SharedAccessSignature")
	}
	if _, err := base64.StdEncoding.DecodeString(key); err != nil {
		return errors.New("has an AccountKey that is not base64")
	}
	storage := Storage{ConnectionString: Secret(v), AccountName: account, AccountKey: Secret(key)}
	for service, place := range map[string]*string{"blob": &storage.BlobURL, "queue": &storage.QueueURL, "table": &storage.TableURL} {
		if *place, err = endpoint(service, fields); err != nil {
			return err
		}
		if *place == "" && service != "blob" {
			return errors.New("has neither AccountName nor an endpoint for the " + service + " service")
		}
	}
	storage.ClientID = s.Storage.ClientID
	s.Storage = storage
	return nil
}

// connectionFields reads "Name=value;Name=value" with names in lower case.
func connectionFields(v string) (map[string]string, error) {
	fields := map[string]string{}
	for part := range strings.SplitSeq(v, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errors.New("is not a connection string (Name=value pairs with semicolons between them)")
		}
		fields[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return fields, nil
}

// emulatorConnection is UseDevelopmentStorage=true, written out.
func emulatorConnection() string {
	const base = "http://127.0.0.1"
	return "DefaultEndpointsProtocol=http;AccountName=" + emulatorAccount + ";AccountKey=" + emulatorKey +
		";BlobEndpoint=" + base + ":10000/" + emulatorAccount +
		";QueueEndpoint=" + base + ":10001/" + emulatorAccount +
		";TableEndpoint=" + base + ":10002/" + emulatorAccount + ";"
}

// endpoint is the service's URL: its own, or made of account and suffix; "" if
// neither is there.
func endpoint(service string, fields map[string]string) (string, error) {
	own := strings.TrimSuffix(fields[service+"endpoint"], "/")
	if own == "" {
		if fields["accountname"] == "" {
			return "", nil
		}
		scheme, suffix := fields["defaultendpointsprotocol"], fields["endpointsuffix"]
		if scheme == "" {
			scheme = "https"
		}
		if suffix == "" {
			suffix = "core.windows.net"
		}
		own = scheme + "://" + fields["accountname"] + "." + service + "." + suffix
	}
	u, err := absolute(own)
	switch {
	case err != nil:
		return "", errors.New("has an endpoint for the " + service + " service that is not a URL")
	case u.Scheme == "http" && loopback(u.Hostname()), u.Scheme == "https":
		return own, nil
	}
	return "", errors.New("uses http for the " + service + " service on another machine; use https")
}

// finishStorage checks the group and fills in what follows from the account.
func (s *Settings) finishStorage(values map[string]string) (faults Faults) {
	storage := &s.Storage
	// __credential alone is the system-assigned identity, to the host and so to the
	// app, whatever identity the rest of the app has.
	if storage.ClientID == "" && values[storageName+"__credential"] == "" {
		storage.ClientID = s.ClientID
	}
	account := values[storageName+"__accountName"] != ""
	services := []struct {
		kind  string
		place *string
	}{{"blob", &storage.BlobURL}, {"queue", &storage.QueueURL}, {"table", &storage.TableURL}}
	var given, absent []string
	if account {
		given = append(given, storageName+"__accountName")
	}
	for _, service := range services {
		name := storageName + "__" + service.kind + "ServiceUri"
		if values[name] != "" {
			given = append(given, name)
		} else {
			absent = append(absent, name)
		}
	}
	switch byIdentity := len(given) > 0; {
	case values[storageName] != "" && byIdentity:
		return Faults{{Setting: storageName, Problem: "is set together with " + strings.Join(given, ", "),
			Fix: "Remove one of the two: the connection string, if the app runs in Azure."}}
	case values[storageName] != "":
		return nil
	case !byIdentity:
		return Faults{{Setting: storageName + "__accountName", Problem: "is missing, and so is " + storageName,
			Fix: "Set it to the name of the storage account, such as \"certgatestate\"; on the local stack set " + storageName + " to \"UseDevelopmentStorage=true\"."}}
	case account && storage.AccountName != "":
		for _, service := range services {
			if *service.place == "" {
				*service.place = "https://" + storage.AccountName + "." + service.kind + ".core.windows.net"
			}
		}
	case !account:
		for _, name := range absent {
			faults = append(faults, Fault{Setting: name, Problem: "is missing, but " + given[0] + " is set",
				Fix: "Set all three endpoints, or " + storageName + "__accountName in their place."})
		}
	}
	return faults
}
