package main

import (
	"encoding/json"
	"os"
	"strings"
)

// Spec is what is to be tested, as `provider/tests` writes it.
type Spec struct {
	// Nonce comes back in the result: one of another run is not taken for this one's.
	Nonce    string      `json:"nonce"`
	Platform string      `json:"platform"`
	Image    ImageConfig `json:"image"`
	Suite    Suite       `json:"suite"`
	// Groups of command tests by index; each runs in a container of its own, the first with the smoke test.
	Groups [][]int `json:"groups"`
	Limits Limits  `json:"limits"`
}

// ImageConfig is an image's configuration (OCI image specification 1.1).
type ImageConfig struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
	Config       struct {
		User         string
		Env          []string
		Entrypoint   []string
		Cmd          []string
		Labels       map[string]string
		ExposedPorts map[string]struct{}
		Volumes      map[string]struct{}
		WorkingDir   string
	} `json:"config"`
}

// Suite is `TestSuite` of domain/tests, as far as it is needed here.
type Suite struct {
	GlobalEnvVars      []Variable          `json:"globalEnvVars"`
	CommandTests       []CommandTest       `json:"commandTests"`
	FileExistenceTests []FileExistenceTest `json:"fileExistenceTests"`
	FileContentTests   []FileContentTest   `json:"fileContentTests"`
	MetadataTest       *MetadataTest       `json:"metadataTest"`
	Smoke              *Smoke              `json:"smoke"`
}

type Variable struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
}

type CommandTest struct {
	Setup          [][]string `json:"setup"`
	EnvVars        []Variable `json:"envVars"`
	Command        string     `json:"command"`
	Args           []string   `json:"args"`
	ExitCode       int        `json:"exitCode"`
	ExpectedOutput []string   `json:"expectedOutput"`
	ExcludedOutput []string   `json:"excludedOutput"`
	ExpectedError  []string   `json:"expectedError"`
	ExcludedError  []string   `json:"excludedError"`
}

type FileExistenceTest struct {
	Path           string `json:"path"`
	ShouldExist    bool   `json:"shouldExist"`
	Permissions    string `json:"permissions"`
	UID            *int   `json:"uid"`
	GID            *int   `json:"gid"`
	IsExecutableBy string `json:"isExecutableBy"`
}

type FileContentTest struct {
	Path             string   `json:"path"`
	ExpectedContents []string `json:"expectedContents"`
	ExcludedContents []string `json:"excludedContents"`
}

type MetadataTest struct {
	EnvVars          []Variable `json:"envVars"`
	UnboundEnvVars   []Variable `json:"unboundEnvVars"`
	Labels           []Variable `json:"labels"`
	Entrypoint       *[]string  `json:"entrypoint"`
	Cmd              *[]string  `json:"cmd"`
	ExposedPorts     []string   `json:"exposedPorts"`
	UnexposedPorts   []string   `json:"unexposedPorts"`
	Volumes          []string   `json:"volumes"`
	UnmountedVolumes []string   `json:"unmountedVolumes"`
	Workdir          string     `json:"workdir"`
	User             string     `json:"user"`
}

type Smoke struct {
	Port   int    `json:"port"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	// Timeout is in milliseconds.
	Timeout int64 `json:"timeout"`
}

func readSpec(file string) (Spec, error) {
	var spec Spec
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &spec)
	}
	return spec, err
}

// environment of the image, by name.
func (spec Spec) environment() map[string]string {
	environment := map[string]string{}
	for _, entry := range spec.Image.Config.Env {
		key, value, _ := strings.Cut(entry, "=")
		environment[key] = value
	}
	return environment
}
