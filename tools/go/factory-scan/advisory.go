package main

import (
	"fmt"
	"strings"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
	"github.com/anchore/grype/grype/db/v6/name"
	"github.com/anchore/grype/grype/version"
	syftPkg "github.com/anchore/syft/syft/pkg"
)

// advisory is a record in the OSV format (https://ossf.github.io/osv-schema/), as far as it is used.
type advisory struct {
	ID        string     `json:"id"`
	Modified  *time.Time `json:"modified"`
	Published *time.Time `json:"published"`
	Withdrawn *time.Time `json:"withdrawn"`
	Aliases   []string   `json:"aliases"`
	// Upstream holds what a distribution's record is about: the CVE.
	Upstream         []string        `json:"upstream"`
	Summary          string          `json:"summary"`
	Details          string          `json:"details"`
	Severity         []severity      `json:"severity"`
	Affected         []affected      `json:"affected"`
	References       []reference     `json:"references"`
	DatabaseSpecific severityInWords `json:"database_specific"`
}

type severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type severityInWords struct {
	Severity string `json:"severity"`
	Urgency  string `json:"urgency"`
}

type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Ranges            []affectedRange `json:"ranges"`
	Versions          []string        `json:"versions"`
	Severity          []severity      `json:"severity"`
	EcosystemSpecific severityInWords `json:"ecosystem_specific"`
}

type affectedRange struct {
	Type   string `json:"type"`
	Events []struct {
		Introduced   string `json:"introduced"`
		Fixed        string `json:"fixed"`
		LastAffected string `json:"last_affected"`
	} `json:"events"`
}

type reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// ecosystem is what grype calls the packages and versions of an OSV ecosystem.
type ecosystem struct {
	packages syftPkg.Type
	versions version.Format
	// distribution is grype's name of an operating system, whose release stands behind the colon.
	distribution string
}

var ecosystems = map[string]ecosystem{
	"Alpine":    {syftPkg.ApkPkg, version.ApkFormat, "alpine"},
	"Debian":    {syftPkg.DebPkg, version.DebFormat, "debian"},
	"Ubuntu":    {syftPkg.DebPkg, version.DebFormat, "ubuntu"},
	"Go":        {syftPkg.GoModulePkg, version.GolangFormat, ""},
	"Maven":     {syftPkg.JavaPkg, version.MavenFormat, ""},
	"NuGet":     {syftPkg.DotnetPkg, version.SemanticFormat, ""},
	"Packagist": {syftPkg.PhpComposerPkg, version.SemanticFormat, ""},
	"PyPI":      {syftPkg.PythonPkg, version.PythonFormat, ""},
	"RubyGems":  {syftPkg.GemPkg, version.GemFormat, ""},
	"crates.io": {syftPkg.RustPkg, version.SemanticFormat, ""},
	"npm":       {syftPkg.NpmPkg, version.SemanticFormat, ""},
}

// handles are what is written for an advisory: the vulnerability and a package for each affected entry. skipped are
// ecosystems that grype's packages have no name for.
func (a advisory) handles(provider *v6.Provider) (*v6.VulnerabilityHandle, []*v6.AffectedPackageHandle, []string, error) {
	if a.ID == "" {
		return nil, nil, nil, fmt.Errorf("it has no id: this is no advisory in OSV format")
	}
	var packages []*v6.AffectedPackageHandle
	var skipped []string
	for _, entry := range a.Affected {
		family, release, _ := strings.Cut(entry.Package.Ecosystem, ":")
		kind, known := ecosystems[family]
		if !known {
			skipped = append(skipped, family)
			continue
		}
		ranges, err := entry.toRanges(kind.versions)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%s in %s: %w", entry.Package.Name, entry.Package.Ecosystem, err)
		}
		packages = append(packages, &v6.AffectedPackageHandle{
			OperatingSystem: operatingSystem(kind.distribution, release),
			Package:         &v6.Package{Ecosystem: string(kind.packages), Name: name.Normalize(entry.Package.Name, kind.packages)},
			BlobValue:       &v6.PackageBlob{CVEs: a.otherNames(), Ranges: ranges},
		})
	}
	return &v6.VulnerabilityHandle{
		Name:          a.ID,
		Status:        v6.VulnerabilityActive,
		PublishedDate: a.Published,
		ModifiedDate:  a.Modified,
		ProviderID:    provider.ID,
		Provider:      provider,
		BlobValue: &v6.VulnerabilityBlob{
			ID:          a.ID,
			Description: firstOf(a.Summary, a.Details),
			References:  a.references(),
			Aliases:     a.otherNames(),
			Severities:  a.severities(),
		},
	}, packages, skipped, nil
}

func (a advisory) otherNames() []string {
	return append(append([]string{}, a.Aliases...), a.Upstream...)
}

func (a advisory) references() []v6.Reference {
	var references []v6.Reference
	for _, it := range a.References {
		references = append(references, v6.Reference{URL: it.URL, Tags: []string{strings.ToLower(it.Type)}})
	}
	return references
}

// words are what databases write for a severity, and grype's word for it. Debian's "unimportant" needs no fix.
var words = map[string]string{
	"critical": "critical", "high": "high", "important": "high", "medium": "medium", "moderate": "medium",
	"low": "low", "negligible": "negligible", "unimportant": "negligible",
}

// severities puts a database's own word before computed scores: grype counts the first.
func (a advisory) severities() []v6.Severity {
	var inWords, scores []v6.Severity
	take := func(word string) {
		if known, ok := words[strings.ToLower(word)]; ok {
			inWords = append(inWords, v6.Severity{Scheme: v6.SeveritySchemeCHMLN, Value: known, Rank: 1})
		}
	}
	takeScores := func(found []severity) {
		for _, it := range found {
			if version, _, ok := strings.Cut(strings.TrimPrefix(it.Score, "CVSS:"), "/"); ok && strings.HasPrefix(it.Score, "CVSS:") {
				scores = append(scores, v6.Severity{Scheme: v6.SeveritySchemeCVSS, Value: v6.CVSSSeverity{Vector: it.Score, Version: version}, Rank: 2})
			} else {
				take(it.Score)
			}
		}
	}
	take(a.DatabaseSpecific.Severity)
	takeScores(a.Severity)
	for _, entry := range a.Affected {
		take(firstOf(entry.EcosystemSpecific.Severity, entry.EcosystemSpecific.Urgency))
		takeScores(entry.Severity)
	}
	return append(inWords, scores...)
}

// toRanges turns events into constraints; without any it takes the listed versions, each for itself.
func (a affected) toRanges(format version.Format) ([]v6.Range, error) {
	var ranges []v6.Range
	add := func(constraint, fixed string) error {
		if _, err := version.GetConstraint(constraint, format); err != nil {
			return err
		}
		fix := &v6.Fix{State: v6.NotFixedStatus}
		if fixed != "" {
			fix = &v6.Fix{State: v6.FixedStatus, Version: fixed}
		}
		ranges = append(ranges, v6.Range{Version: v6.Version{Type: format.String(), Constraint: constraint}, Fix: fix})
		return nil
	}
	for _, it := range a.Ranges {
		if it.Type == "GIT" {
			continue
		}
		lower, open := "", false
		for _, event := range it.Events {
			var err error
			switch {
			case event.Introduced != "":
				lower, open = event.Introduced, true
			case event.Fixed != "":
				err, open = add(between(lower, "< "+event.Fixed), event.Fixed), false
			case event.LastAffected != "":
				err, open = add(between(lower, "<= "+event.LastAffected), ""), false
			}
			if err != nil {
				return nil, err
			}
		}
		if open {
			if err := add(between(lower, ""), ""); err != nil {
				return nil, err
			}
		}
	}
	if len(ranges) > 0 || len(a.Versions) == 0 {
		return ranges, nil
	}
	return ranges, add("= "+strings.Join(a.Versions, " || = "), "")
}

// between joins both ends of a range; 0 is OSV's word for the first version of all.
func between(lower, upper string) string {
	if lower == "" || lower == "0" {
		return upper
	}
	return strings.TrimSuffix(">= "+lower+", "+upper, ", ")
}

// codenames of releases, as VERSION_CODENAME of /etc/os-release has them. Where an image says one, grype finds nothing in a
// database without it. grype has this table, too, and keeps it to itself (grype/db/internal/codename).
var codenames = map[string]map[string]string{
	"debian": {
		"8": "jessie", "9": "stretch", "10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie",
	},
	"ubuntu": {
		"14.04": "trusty", "16.04": "xenial", "18.04": "bionic", "20.04": "focal", "22.04": "jammy", "22.10": "kinetic",
		"23.04": "lunar", "23.10": "mantic", "24.04": "noble", "24.10": "oracular", "25.04": "plucky", "25.10": "questing",
		"26.04": "resolute",
	},
}

// operatingSystem reads a release: 13, v3.20, 24.04:LTS. Without one a record holds for all of them.
func operatingSystem(distribution, release string) *v6.OperatingSystem {
	if distribution == "" || release == "" {
		return nil
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(release, "v"), ":")
	major, minor, _ := strings.Cut(number, ".")
	return &v6.OperatingSystem{
		Name:         distribution,
		ReleaseID:    distribution,
		MajorVersion: major,
		MinorVersion: minor,
		Codename:     codenames[distribution][number],
	}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
