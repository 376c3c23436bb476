# Pulumi.<stack>.yaml, in the project's root.
package stack

import rego.v1

# A build's secrets in a committed file.
deny contains problem if {
	some key, value in input.config
	startswith(key, "secret:")
	not value.secure
	problem := {
		"msg": sprintf("%s is not encrypted", [key]),
		"path": ["config", key],
		"remedy": sprintf("Take it out and change the secret, which is known now; then: npm run -s pulumi -- config set --secret %s VALUE", [key]),
	}
}

deny contains problem if {
	input.config["factory:insecureRegistry"] == true
	registry := input.config["factory:registry"]
	not regex.match(`^(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)`, registry)
	problem := {
		"msg": sprintf("registry %s is not this machine, and would be spoken to without TLS", [registry]),
		"path": ["config", "factory:insecureRegistry"],
		"remedy": "Remove the line.",
	}
}

# Where everybody can publish.
public_registries := {"docker.io", "ghcr.io", "quay.io", "gcr.io", "public.ecr.aws", "registry.gitlab.com", "mcr.microsoft.com"}

deny contains problem if {
	some index, registry in input.config["factory:allowedRegistries"]
	registry in public_registries
	problem := {
		"msg": sprintf("all of %s is allowed, where everybody can publish", [registry]),
		"path": ["config", "factory:allowedRegistries", index],
		"remedy": sprintf("Name the part of it that is trusted, e.g. %s/library.", [registry]),
	}
}
