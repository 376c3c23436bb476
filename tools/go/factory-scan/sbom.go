package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/anchore/stereoscope/pkg/image"
	"github.com/anchore/syft/syft"
	"github.com/anchore/syft/syft/artifact"
	"github.com/anchore/syft/syft/cataloging/filecataloging"
	"github.com/anchore/syft/syft/file"
	"github.com/anchore/syft/syft/format/spdxjson"
	syftPkg "github.com/anchore/syft/syft/pkg"
	"github.com/anchore/syft/syft/sbom"
	syftSource "github.com/anchore/syft/syft/source"
)

// inventory is what is written for an image.
type inventory struct {
	// Document is SPDX 2.3 as syft writes it, without files: packages are what is asked for, and files make it forty
	// times as large.
	Document json.RawMessage `json:"document"`
	// Created is the image's label of that name.
	Created string `json:"created,omitempty"`
	// Origins say more on packages than SPDX holds, by the id with which their SPDXID ends.
	Origins map[string]origin `json:"origins"`
}

// origin is what a package says of who supplies it, as it is written there.
type origin struct {
	// Author is the maintainer of a Debian package, the author of others.
	Author string `json:"author,omitempty"`
	// URL is the source repository that a package of npm names.
	URL string `json:"url,omitempty"`
	// Path of the file in the image that says so.
	Path string `json:"path"`
}

// takeInventory reads one platform's image, repository@digest, from its registry, with docker's credentials.
func takeInventory(reference string, insecure bool, output io.Writer) error {
	ctx := context.Background()
	config := syft.DefaultGetSourceConfig().
		WithSources("registry").
		WithRegistryOptions(&image.RegistryOptions{InsecureUseHTTP: insecure})
	source, err := syft.GetSource(ctx, reference, config)
	if err != nil {
		return err
	}
	defer source.Close()
	found, err := syft.CreateSBOM(ctx, source, syft.DefaultCreateSBOMConfig().
		WithTool("syft", versionOf("github.com/anchore/syft")).
		WithFilesConfig(filecataloging.DefaultConfig().WithSelection(file.NoFilesSelection)))
	if err != nil {
		return err
	}
	document, err := withoutFiles(*found)
	if err != nil {
		return err
	}
	result := inventory{Document: document, Origins: map[string]origin{}}
	if metadata, ok := found.Source.Metadata.(syftSource.ImageMetadata); ok {
		result.Created = metadata.Labels["org.opencontainers.image.created"]
	}
	for it := range found.Artifacts.Packages.Enumerate() {
		result.Origins[string(it.ID())] = originOf(it)
	}
	writeJSON(output, result)
	return nil
}

func withoutFiles(found sbom.SBOM) (json.RawMessage, error) {
	found.Artifacts = sbom.Artifacts{Packages: found.Artifacts.Packages, LinuxDistribution: found.Artifacts.LinuxDistribution}
	var between []artifact.Relationship
	for _, it := range found.Relationships {
		_, fromPackage := it.From.(syftPkg.Package)
		_, toPackage := it.To.(syftPkg.Package)
		if fromPackage && toPackage {
			between = append(between, it)
		}
	}
	found.Relationships = between
	encoder, err := spdxjson.NewFormatEncoderWithConfig(spdxjson.DefaultEncoderConfig())
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = encoder.Encode(&text, found)
	return text.Bytes(), err
}

func originOf(it syftPkg.Package) origin {
	var result origin
	if locations := it.Locations.ToSlice(); len(locations) > 0 {
		result.Path = locations[0].RealPath
	}
	switch metadata := it.Metadata.(type) {
	case syftPkg.DpkgDBEntry:
		result.Author = metadata.Maintainer
	case syftPkg.ApkDBEntry:
		result.Author = metadata.Maintainer
	case syftPkg.PythonPackage:
		result.Author = firstOf(metadata.Author, metadata.AuthorEmail)
		if metadata.Author != "" && metadata.AuthorEmail != "" {
			result.Author = fmt.Sprintf("%s <%s>", metadata.Author, metadata.AuthorEmail)
		}
	case syftPkg.NpmPackage:
		result.Author, result.URL = metadata.Author, firstOf(metadata.URL, metadata.Homepage)
	}
	return result
}
