package manifest

// The objects have the members that are used here, in the order of Kubernetes' own
// examples. That they are what the real types take, tools/manifests holds them to.

type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   meta   `yaml:"metadata"`
	Spec       any    `yaml:"spec,omitempty"`
}

type meta struct {
	Name        string            `yaml:"name,omitempty"`
	Namespace   string            `yaml:"namespace,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

type providerClass struct {
	Provider      string            `yaml:"provider"`
	Parameters    map[string]string `yaml:"parameters"`
	SecretObjects []secretObject    `yaml:"secretObjects"`
}

type secretObject struct {
	SecretName string       `yaml:"secretName"`
	Type       string       `yaml:"type"`
	Data       []secretData `yaml:"data"`
}

type secretData struct {
	ObjectName string `yaml:"objectName"`
	Key        string `yaml:"key"`
}

type vaultSecret struct {
	Vault struct {
		Name   string `yaml:"name"`
		Object struct {
			Name string `yaml:"name"`
			Type string `yaml:"type"`
		} `yaml:"object"`
	} `yaml:"vault"`
	Output struct {
		Secret struct {
			Name       string `yaml:"name"`
			Type       string `yaml:"type"`
			ChainOrder string `yaml:"chainOrder,omitempty"`
		} `yaml:"secret"`
	} `yaml:"output"`
}

type deployment struct {
	Replicas int      `yaml:"replicas"`
	Selector selector `yaml:"selector"`
	Template struct {
		Metadata meta `yaml:"metadata"`
		Spec     pod  `yaml:"spec"`
	} `yaml:"template"`
}

type selector struct {
	MatchLabels map[string]string `yaml:"matchLabels"`
}

type pod struct {
	ServiceAccountName string      `yaml:"serviceAccountName,omitempty"`
	Containers         []container `yaml:"containers"`
	Volumes            []volume    `yaml:"volumes"`
}

type container struct {
	Name         string  `yaml:"name"`
	Image        string  `yaml:"image"`
	VolumeMounts []mount `yaml:"volumeMounts"`
}

type mount struct {
	Name      string `yaml:"name"`
	MountPath string `yaml:"mountPath"`
	ReadOnly  bool   `yaml:"readOnly"`
}

type volume struct {
	Name string `yaml:"name"`
	CSI  csi    `yaml:"csi"`
}

type csi struct {
	Driver           string            `yaml:"driver"`
	ReadOnly         bool              `yaml:"readOnly"`
	VolumeAttributes map[string]string `yaml:"volumeAttributes"`
}

type ingress struct {
	IngressClassName string        `yaml:"ingressClassName,omitempty"`
	TLS              []ingressTLS  `yaml:"tls"`
	Rules            []ingressRule `yaml:"rules"`
}

type ingressTLS struct {
	Hosts      []string `yaml:"hosts"`
	SecretName string   `yaml:"secretName"`
}

type ingressRule struct {
	Host string `yaml:"host"`
	HTTP struct {
		Paths []ingressPath `yaml:"paths"`
	} `yaml:"http"`
}

type ingressPath struct {
	Path     string `yaml:"path"`
	PathType string `yaml:"pathType"`
	Backend  struct {
		Service struct {
			Name string `yaml:"name"`
			Port struct {
				Number int `yaml:"number"`
			} `yaml:"port"`
		} `yaml:"service"`
	} `yaml:"backend"`
}

type gateway struct {
	GatewayClassName string     `yaml:"gatewayClassName"`
	Listeners        []listener `yaml:"listeners"`
}

type listener struct {
	Name     string       `yaml:"name"`
	Hostname string       `yaml:"hostname"`
	Port     int          `yaml:"port"`
	Protocol string       `yaml:"protocol"`
	TLS      *listenerTLS `yaml:"tls,omitempty"`
}

type listenerTLS struct {
	Mode            string            `yaml:"mode"`
	CertificateRefs []reference       `yaml:"certificateRefs,omitempty"`
	Options         map[string]string `yaml:"options,omitempty"`
}

type reference struct {
	Name        string `yaml:"name"`
	SectionName string `yaml:"sectionName,omitempty"`
	Port        int    `yaml:"port,omitempty"`
}

type httpRoute struct {
	ParentRefs []reference `yaml:"parentRefs"`
	Hostnames  []string    `yaml:"hostnames"`
	Rules      []routeRule `yaml:"rules"`
}

type routeRule struct {
	Matches     []routeMatch  `yaml:"matches,omitempty"`
	Filters     []routeFilter `yaml:"filters,omitempty"`
	BackendRefs []reference   `yaml:"backendRefs,omitempty"`
}

type routeMatch struct {
	Path pathMatch `yaml:"path"`
}

type pathMatch struct {
	Type  string `yaml:"type"`
	Value string `yaml:"value"`
}

type routeFilter struct {
	Type            string   `yaml:"type"`
	RequestRedirect redirect `yaml:"requestRedirect"`
}

type redirect struct {
	Scheme     string      `yaml:"scheme"`
	Hostname   string      `yaml:"hostname,omitempty"`
	Path       *pathChange `yaml:"path,omitempty"`
	StatusCode int         `yaml:"statusCode"`
}

type pathChange struct {
	Type               string `yaml:"type"`
	ReplacePrefixMatch string `yaml:"replacePrefixMatch"`
}
