package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var numericUser = regexp.MustCompile(`^0*[1-9][0-9]*(:[0-9]+)?$`)

// checkUser is done for every image. A name would mean whatever the image's own /etc/passwd says, and Kubernetes'
// runAsNonRoot refuses it.
func checkUser(found *findings, image ImageConfig) string {
	if user := image.Config.User; user == "" {
		found.add("the configuration names no user, so the image runs as root.")
	} else if !numericUser.MatchString(user) {
		found.add("the configuration's user is %q; a number other than 0 is needed.", user)
	}
	return ""
}

// checkPlatform is done for every image.
func checkPlatform(found *findings, spec Spec) string {
	platform := spec.Image.OS + "/" + spec.Image.Architecture
	// arm64's only variant, v8, is what plain arm64 means.
	if spec.Image.Variant != "" && spec.Image.Architecture != "arm64" {
		platform += "/" + spec.Image.Variant
	}
	if platform != spec.Platform {
		found.add("the index says %s, the configuration %s.", spec.Platform, platform)
	}
	return ""
}

func checkMetadata(found *findings, test MetadataTest, spec Spec) string {
	config := spec.Image.Config
	environment := spec.environment()
	found.variables("variable", environment, test.EnvVars)
	for _, variable := range test.UnboundEnvVars {
		if value, set := environment[variable.Key]; set {
			found.add("variable %s is set to %q, and should not be.", variable.Key, value)
		}
	}
	found.variables("label", config.Labels, test.Labels)
	found.words("entrypoint", config.Entrypoint, test.Entrypoint)
	found.words("cmd", config.Cmd, test.Cmd)
	if test.Workdir != "" && test.Workdir != config.WorkingDir {
		found.add("workdir is %q, not %q.", config.WorkingDir, test.Workdir)
	}
	if test.User != "" && test.User != config.User {
		found.add("user is %q, not %q.", config.User, test.User)
	}
	found.members("port", config.ExposedPorts, test.ExposedPorts, test.UnexposedPorts, samePort)
	found.members("volume", config.Volumes, test.Volumes, test.UnmountedVolumes, func(found, wanted string) bool {
		return found == wanted
	})
	return ""
}

func (found *findings) variables(what string, values map[string]string, expected []Variable) {
	for _, want := range expected {
		value, set := values[want.Key]
		if !set {
			found.add("%s %s is not set.", what, want.Key)
		} else if want.IsRegex {
			found.match(fmt.Sprintf("%s %s", what, want.Key), value, []string{want.Value}, nil)
		} else if value != want.Value {
			found.add("%s %s is %q, not %q.", what, want.Key, value, want.Value)
		}
	}
}

func (found *findings) words(what string, words []string, expected *[]string) {
	if expected != nil && !slices.Equal(words, *expected) {
		found.add("%s is %q, not %q.", what, words, *expected)
	}
}

func (found *findings) members(
	what string,
	declared map[string]struct{},
	expected, excluded []string,
	same func(declared, wanted string) bool,
) {
	has := func(wanted string) bool {
		for member := range declared {
			if same(member, wanted) {
				return true
			}
		}
		return false
	}
	for _, wanted := range expected {
		if !has(wanted) {
			found.add("%s %s is not declared.", what, wanted)
		}
	}
	for _, unwanted := range excluded {
		if has(unwanted) {
			found.add("%s %s is declared, and should not be.", what, unwanted)
		}
	}
}

// A port without protocol stands for all of its protocols.
func samePort(declared, wanted string) bool {
	if strings.Contains(wanted, "/") {
		return declared == wanted
	}
	port, _, _ := strings.Cut(declared, "/")
	return port == wanted
}
