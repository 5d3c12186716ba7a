package manifest

// bring are the objects that bring the certificate into a Secret.
func (o Options) bring(w Wanted) []part {
	switch o.From {
	case CSI:
		return o.csi(w)
	case Akv2k8s:
		return o.akv2k8s(w)
	}
	return nil // the add-on does it by itself, for the Ingress or the Gateway
}

// csi: the object's type is secret, because the certificate alone has neither key nor
// chain. The provider puts the chain into order if it links up, whatever the vault's
// order is. All parameters are texts, and objects is YAML within a text.
func (o Options) csi(w Wanted) []part {
	secret := o.secret(w)
	parameters := map[string]string{
		"usePodIdentity": "false", "keyvaultName": w.vaultName(), "tenantID": w.TenantID,
		"objects": "array:\n  - |\n    objectName: " + w.Certificate + "\n    objectType: secret\n",
	}
	if w.TenantID == "" {
		parameters["tenantID"] = "PUT-THE-TENANT-ID-HERE" // certgate's setting TenantId has none
	}
	account := ""
	var parts []part
	if o.Workload {
		account = secret + "-sync"
		parameters["clientID"] = o.ClientID
		identity := o.meta(account)
		identity.Annotations = map[string]string{"azure.workload.identity/client-id": o.ClientID}
		parts = append(parts, part{
			note:   "The identity needs a federated credential for this service account, and the role Key Vault Secrets User.",
			object: object{APIVersion: "v1", Kind: "ServiceAccount", Metadata: identity},
		})
	} else {
		parameters["useVMManagedIdentity"], parameters["userAssignedIdentityID"] = "true", o.ClientID
	}
	parts = append(parts, part{
		note: "Needs the Secrets Store CSI driver with syncSecret.enabled and with rotation (--enable-secret-rotation; " +
			"az aks addon update --enable-secret-rotation): without it a renewal never arrives. " +
			"The identity needs the role Key Vault Secrets User.",
		object: object{APIVersion: "secrets-store.csi.x-k8s.io/v1", Kind: "SecretProviderClass", Metadata: o.meta(secret), Spec: providerClass{
			Provider: "azure", Parameters: parameters,
			SecretObjects: []secretObject{{SecretName: secret, Type: "kubernetes.io/tls", Data: []secretData{{w.Certificate, "tls.key"}, {w.Certificate, "tls.crt"}}}},
		}},
	})
	return append(parts, o.holder(secret, account))
}

// holder is a pod that does nothing but mount the class.
func (o Options) holder(secret, account string) part {
	labels := map[string]string{"app": secret + "-sync"}
	d := deployment{Replicas: 1, Selector: selector{MatchLabels: labels}}
	d.Template.Metadata.Labels = map[string]string{"app": secret + "-sync"}
	if account != "" {
		d.Template.Metadata.Labels["azure.workload.identity/use"] = "true"
	}
	d.Template.Spec = pod{
		ServiceAccountName: account,
		Containers:         []container{{Name: "sync", Image: "registry.k8s.io/pause:3.10", VolumeMounts: []mount{{Name: "certificate", MountPath: "/certificate", ReadOnly: true}}}},
		Volumes:            []volume{{Name: "certificate", CSI: csi{Driver: "secrets-store.csi.k8s.io", ReadOnly: true, VolumeAttributes: map[string]string{"secretProviderClass": secret}}}},
	}
	return part{
		note:   "The Secret is there only while a pod mounts the class. This one does nothing else; leave it out if the application mounts it.",
		object: object{APIVersion: "apps/v1", Kind: "Deployment", Metadata: o.meta(secret + "-sync"), Spec: d},
	}
}

// akv2k8s serves what the vault hands out in its order, and ensureserverfirst moves the
// last certificate to the front without looking for the leaf. A vault that was given the
// leaf first hands the root out first, so there the last one is the leaf; given the root
// first, it hands out the leaf first, and the option would put another one before it.
func (o Options) akv2k8s(w Wanted) []part {
	var spec vaultSecret
	spec.Vault.Name = w.vaultName()
	spec.Vault.Object.Name, spec.Vault.Object.Type = w.Certificate, "certificate"
	spec.Output.Secret.Name, spec.Output.Secret.Type = o.secret(w), "kubernetes.io/tls"
	note := "Needs the akv2k8s controller, whose identity may read the certificate and its secret: Key Vault Certificate User and Key Vault Secrets User. "
	switch {
	case w.Imported:
		note += "The certificate was uploaded, in an order that is not known here: if certgate says that it is not served, or that the chain is out of order, set spec.output.secret.chainOrder to ensureserverfirst."
	case w.RootFirst:
		note += "No chainOrder: with CertificateChainOrder=root-first the vault hands out the leaf first already."
	default:
		spec.Output.Secret.ChainOrder = "ensureserverfirst"
		note += "chainOrder is right for CertificateChainOrder=leaf-first and a chain with one intermediate. With more of them akv2k8s serves the others in the wrong order; set root-first then, and leave chainOrder out."
	}
	return []part{{note: note, object: object{APIVersion: "spv.no/v2beta1", Kind: "AzureKeyVaultSecret", Metadata: o.meta(w.object()), Spec: spec}}}
}
