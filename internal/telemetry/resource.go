package telemetry

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

// The attributes are those of OpenTelemetry's conventions for resources.
const (
	serviceName     = attribute.Key("service.name")
	serviceVersion  = attribute.Key("service.version")
	serviceInstance = attribute.Key("service.instance.id")
	cloudProvider   = attribute.Key("cloud.provider")
	cloudPlatform   = attribute.Key("cloud.platform")
	cloudRegion     = attribute.Key("cloud.region")
	appName         = attribute.Key("faas.name")
	appInstance     = attribute.Key("faas.instance")
)

// NewResource says who sends: the service, this process of it, and where it runs.
// App Service tells that in the environment, which lookup reads;
// OTEL_RESOURCE_ATTRIBUTES adds to it.
func NewResource(ctx context.Context, service, version string, lookup func(string) string) (*resource.Resource, error) {
	about := []attribute.KeyValue{serviceName.String(service), serviceInstance.String(uuid.NewString())}
	if version != "" {
		about = append(about, serviceVersion.String(version))
	}
	if site := lookup("WEBSITE_SITE_NAME"); site != "" {
		about = append(about, cloudProvider.String("azure"), cloudPlatform.String("azure.functions"), appName.String(site))
		for name, key := range map[string]attribute.Key{"REGION_NAME": cloudRegion, "WEBSITE_INSTANCE_ID": appInstance} {
			if value := lookup(name); value != "" {
				about = append(about, key.String(value))
			}
		}
	}
	r, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithAttributes(about...))
	if err != nil {
		return nil, fmt.Errorf("describe this process: %w", err)
	}
	return r, nil
}
