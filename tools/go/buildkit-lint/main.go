// Applies BuildKit's own checks to Dockerfiles, without a daemon and without network.
//
// Reads a list of builds from standard input and writes a list of findings to standard output, both as JSON. Paths of
// Dockerfiles are relative to the working directory. A build of the list can stand on another one of it: its name is that
// of an image, so that variables and the working directory of the base are known.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
)

// One image variant.
type build struct {
	// Name by which other Dockerfiles refer to it, with the host.
	Image      string            `json:"image"`
	Dockerfile string            `json:"dockerfile"`
	Target     string            `json:"target"`
	Args       map[string]string `json:"args"`
}

// Rule is empty where the Dockerfile cannot be built at all.
type finding struct {
	File    string `json:"file"`
	Line    int32  `json:"line,omitempty"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
	URL     string `json:"url,omitempty"`
}

func main() {
	log.SetFlags(0)
	var builds []build
	if err := json.NewDecoder(os.Stdin).Decode(&builds); err != nil {
		log.Fatalf("standard input: %v", err)
	}
	findings := []finding{}
	for _, b := range builds {
		found, err := lint(b, builds)
		if err != nil {
			log.Fatal(err)
		}
		findings = append(findings, found...)
	}
	if err := json.NewEncoder(os.Stdout).Encode(findings); err != nil {
		log.Fatal(err)
	}
}

func lint(b build, builds []build) ([]finding, error) {
	text, err := os.ReadFile(b.Dockerfile)
	if err != nil {
		return nil, err
	}
	images := &images{builds: builds}
	options := convertOptions(b, text, images)
	// All stages, not only those that the target reaches.
	options.Target = ""
	results, err := dockerfile2llb.DockerfileLint(context.Background(), text, options)
	if err != nil {
		return nil, err
	}
	findings := []finding{}
	for _, warning := range results.Warnings {
		if images.unknown && dependsOnBase[warning.RuleName] {
			continue
		}
		findings = append(findings, finding{b.Dockerfile, lineOf(warning.Location), warning.RuleName, warning.Detail, warning.URL})
	}
	if results.Error != nil {
		findings = append(findings, finding{File: b.Dockerfile, Line: lineOf(&results.Error.Location), Message: results.Error.Message})
	}
	return findings, nil
}

func convertOptions(b build, text []byte, images *images) dockerfile2llb.ConvertOpt {
	// Nothing that is checked differs between platforms; one of our own would make findings differ between machines.
	platform := platforms.MustParse("linux/amd64")
	sourceMap := llb.NewSourceMap(nil, b.Dockerfile, "Dockerfile", text)
	// Linting dereferences it.
	sourceMap.Definition = &llb.Definition{}
	return dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildArgs: b.Args, Target: b.Target},
		SourceMap:      sourceMap,
		TargetPlatform: &platform,
		MetaResolver:   images,
	}
}

// Zero where there is none.
func lineOf(location *pb.Location) int32 {
	if location == nil || len(location.Ranges) == 0 {
		return 0
	}
	return location.Ranges[0].Start.Line
}
