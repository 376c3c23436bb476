package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Pool images hold files only: nothing is set by them.
const pools = "factory.invalid/pool/"

// Rules that judge a Dockerfile by what its base sets.
var dependsOnBase = map[string]bool{"UndefinedVar": true, "WorkdirRelativePath": true}

// Answers what a registry would be asked: the configuration of base images, made from their Dockerfiles.
type images struct {
	builds []build
	// Images whose configuration is being made: a cycle ends there.
	pending []string
	// Whether an image was asked for that nothing is known of.
	unknown bool
}

func (it *images) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, err := it.config(ctx, ref)
	if err != nil {
		return "", "", nil, err
	}
	config.Platform = *opt.ImageOpt.Platform
	// An image without layers is taken for scratch.
	config.RootFS = ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromString(ref)}}
	text, err := json.Marshal(config)
	return ref, "", text, err
}

// An empty configuration for images that are not built here.
func (it *images) config(ctx context.Context, ref string) (dockerspec.DockerOCIImage, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return dockerspec.DockerOCIImage{}, err
	}
	name := named.Name()
	index := slices.IndexFunc(it.builds, func(b build) bool { return b.Image == name })
	if index < 0 || slices.Contains(it.pending, name) {
		it.unknown = it.unknown || !strings.HasPrefix(name, pools)
		return dockerspec.DockerOCIImage{}, nil
	}
	b := it.builds[index]
	text, err := os.ReadFile(b.Dockerfile)
	if err != nil {
		return dockerspec.DockerOCIImage{}, err
	}
	nested := &images{builds: it.builds, pending: append(slices.Clone(it.pending), name)}
	result, err := dockerfile2llb.Dockerfile2LLB(ctx, text, convertOptions(b, text, nested))
	it.unknown = it.unknown || nested.unknown || err != nil
	if err != nil {
		// Reported where that Dockerfile itself is checked.
		return dockerspec.DockerOCIImage{}, nil
	}
	return *result.Image, nil
}
