package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/anchore/grype/cmd/grype/cli/options"
	"github.com/anchore/grype/grype"
	"github.com/anchore/grype/grype/match"
	"github.com/anchore/grype/grype/matcher"
	"github.com/anchore/grype/grype/matcher/dotnet"
	"github.com/anchore/grype/grype/matcher/dpkg"
	"github.com/anchore/grype/grype/matcher/golang"
	"github.com/anchore/grype/grype/matcher/hex"
	"github.com/anchore/grype/grype/matcher/java"
	"github.com/anchore/grype/grype/matcher/javascript"
	"github.com/anchore/grype/grype/matcher/python"
	"github.com/anchore/grype/grype/matcher/rpm"
	"github.com/anchore/grype/grype/matcher/ruby"
	"github.com/anchore/grype/grype/matcher/stock"
	"github.com/anchore/grype/grype/pkg"
	"github.com/anchore/grype/grype/presenter/models"
	"github.com/anchore/syft/syft"
	"github.com/anchore/syft/syft/cataloging"
	syftPkg "github.com/anchore/syft/syft/pkg"
)

// header is the first line of a scan's output.
type header struct {
	Version  string `json:"version"`
	Database struct {
		Schema   string `json:"schema"`
		Built    string `json:"built"`
		Checksum string `json:"checksum"`
	} `json:"database"`
}

// result is one line for each SBOM, in the order of the arguments.
type result struct {
	Sbom string `json:"sbom"`
	// Matches as in grype's own JSON.
	Matches []models.Match `json:"matches"`
}

// scanAll writes a header and then a line for each SBOM.
func scanAll(database openedDatabase, sboms []string, output io.Writer) error {
	first := header{Version: identification().Version}
	first.Database.Schema = database.status.SchemaVersion
	first.Database.Built = database.status.Built.UTC().Format("2006-01-02T15:04:05Z")
	first.Database.Checksum = database.checksum
	writeJSON(output, first)
	opts := options.DefaultGrype(identification())
	for _, sbom := range sboms {
		matches, err := scan(database, opts, sbom)
		if err != nil {
			return fmt.Errorf("%s: %w", sbom, err)
		}
		writeJSON(output, result{Sbom: sbom, Matches: matches})
	}
	return nil
}

// scan does what grype's root command does with its default options.
func scan(database openedDatabase, opts *options.Grype, sbom string) ([]models.Match, error) {
	packages, pkgContext, _, err := pkg.Provide("sbom:"+sbom, providerConfig())
	if err != nil {
		return nil, err
	}
	vulnerabilityMatcher := grype.VulnerabilityMatcher{
		VulnerabilityProvider: database.provider,
		IgnoreRules:           linuxKernelHeaders,
		Matchers:              matcher.NewDefaultMatchers(matcherConfig(opts)),
	}
	remaining, ignored, err := vulnerabilityMatcher.FindMatchesContext(context.Background(), packages, pkgContext)
	if err != nil {
		return nil, err
	}
	document, err := models.NewDocument(identification(), packages, pkgContext, *remaining, ignored, database.provider,
		nil, nil, models.SortStrategy(opts.SortBy.Criteria), false, nil)
	return document.Matches, err
}

func providerConfig() pkg.ProviderConfig {
	config := syft.DefaultCreateSBOMConfig()
	config.Compliance.MissingVersion = cataloging.ComplianceActionDrop
	return pkg.ProviderConfig{SyftProviderConfig: pkg.SyftProviderConfig{SBOMOptions: config}}
}

// linuxKernelHeaders are ignored by grype: what is found is the kernel's, which is not there.
var linuxKernelHeaders = []match.IgnoreRule{
	{Package: match.IgnoreRulePackage{Name: "kernel-headers", UpstreamName: "kernel", Type: string(syftPkg.RpmPkg)}, MatchType: match.ExactIndirectMatch},
	{Package: match.IgnoreRulePackage{Name: "linux(-.*)?-headers-.*", UpstreamName: "linux.*", Type: string(syftPkg.DebPkg)}, MatchType: match.ExactIndirectMatch},
	{Package: match.IgnoreRulePackage{Name: "linux-libc-dev", UpstreamName: "linux", Type: string(syftPkg.DebPkg)}, MatchType: match.ExactIndirectMatch},
}

func matcherConfig(opts *options.Grype) matcher.Config {
	return matcher.Config{
		Java: java.MatcherConfig{
			ExternalSearchConfig: opts.ExternalSources.ToJavaMatcherConfig(),
			UseCPEs:              opts.Match.Java.UseCPEs,
		},
		Ruby:       ruby.MatcherConfig(opts.Match.Ruby),
		Python:     python.MatcherConfig(opts.Match.Python),
		Dotnet:     dotnet.MatcherConfig(opts.Match.Dotnet),
		Javascript: javascript.MatcherConfig(opts.Match.Javascript),
		Golang: golang.MatcherConfig{
			UseCPEs:                                opts.Match.Golang.UseCPEs,
			AlwaysUseCPEForStdlib:                  opts.Match.Golang.AlwaysUseCPEForStdlib,
			AllowMainModulePseudoVersionComparison: opts.Match.Golang.AllowMainModulePseudoVersionComparison,
		},
		Hex:   hex.MatcherConfig(opts.Match.Hex),
		Stock: stock.MatcherConfig(opts.Match.Stock),
		Dpkg: dpkg.MatcherConfig{
			MissingEpochStrategy: opts.Match.Dpkg.MissingEpochStrategy,
			UseCPEsForEOL:        opts.Match.Dpkg.UseCPEsForEOL,
		},
		Rpm: rpm.MatcherConfig{
			MissingEpochStrategy: opts.Match.Rpm.MissingEpochStrategy,
			UseCPEsForEOL:        opts.Match.Rpm.UseCPEsForEOL,
		},
	}
}

func writeJSON(output io.Writer, value any) {
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fail(1, err)
	}
}
