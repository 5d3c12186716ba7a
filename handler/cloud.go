package main

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"

	"certgate/internal/settings"
)

// cloudOf is the SDK's description of a cloud: where tokens come from, where
// Resource Manager is and what its tokens are for. Vault and storage are known by
// their URLs, and name the audience of their tokens themselves.
func cloudOf(name string) cloud.Configuration {
	switch name {
	case settings.GovernmentCloud:
		return cloud.AzureGovernment
	case settings.ChinaCloud:
		return cloud.AzureChina
	}
	return cloud.AzurePublic
}
