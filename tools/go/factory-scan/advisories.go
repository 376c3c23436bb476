package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
	"github.com/anchore/grype/grype/db/v6/distribution"
	"gorm.io/gorm"
)

// summary tells what a built database holds.
type summary struct {
	Advisories int `json:"advisories"`
	Packages   int `json:"packages"`
	// Skipped counts affected entries of ecosystems that grype's packages have no name for.
	Skipped map[string]int `json:"skipped"`
	// Withdrawn counts advisories that their publisher took back.
	Withdrawn int    `json:"withdrawn"`
	Built     string `json:"built"`
	Archive   string `json:"archive"`
	// Checksum of the archive: sha256:...
	Checksum string `json:"checksum"`
}

// buildDatabase writes an archive that grype imports, and the listing that makes a web server of its folder a source
// of updates. Equal advisories and time give equal bytes.
func buildDatabase(input, output, builtText string) (summary, error) {
	built, err := time.Parse(time.RFC3339, builtText)
	if err != nil {
		return summary{}, err
	}
	built = built.UTC().Truncate(time.Second)
	files, err := advisoryFiles(input)
	if err != nil {
		return summary{}, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(output), ".advisories-")
	if err != nil {
		return summary{}, err
	}
	defer os.RemoveAll(folder)
	result, err := writeDatabase(folder, files, built)
	if err != nil {
		return summary{}, err
	}
	archive := filepath.Join(folder, "archive.tar.gz")
	if err := writeArchive(archive, filepath.Join(folder, v6.VulnerabilityDBFileName), built); err != nil {
		return summary{}, err
	}
	described, err := distribution.NewArchive(archive, built, v6.ModelVersion, v6.Revision, v6.Addition)
	if err != nil {
		return summary{}, err
	}
	described.Path = filepath.Base(output)
	listing, err := os.Create(filepath.Join(folder, distribution.LatestFileName))
	if err != nil {
		return summary{}, err
	}
	if err := errors.Join(distribution.NewLatestDocument(*described).Write(listing), listing.Close()); err != nil {
		return summary{}, err
	}
	result.Built, result.Archive, result.Checksum = built.Format(time.RFC3339), output, described.Checksum
	// The listing comes last: whoever reads it finds the archive.
	return result, errors.Join(
		os.Rename(archive, output),
		os.Rename(listing.Name(), filepath.Join(filepath.Dir(output), distribution.LatestFileName)),
	)
}

// advisoryFiles are sorted by path.
func advisoryFiles(input string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(input, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".json") {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no advisories (*.json)", input)
	}
	return files, err
}

func writeDatabase(folder string, files []string, built time.Time) (summary, error) {
	result := summary{Skipped: map[string]int{}}
	digest, advisories, err := readAdvisories(files)
	if err != nil {
		return result, err
	}
	store, err := v6.NewWriter(v6.Config{DBDirPath: folder})
	if err != nil {
		return result, err
	}
	provider := &v6.Provider{ID: "osv", Version: "1", Processor: "image-factory", DateCaptured: &built, InputDigest: digest}
	for index, it := range advisories {
		if it.Withdrawn != nil {
			result.Withdrawn++
			continue
		}
		vulnerability, packages, skipped, err := it.handles(provider)
		if err != nil {
			return result, fmt.Errorf("%s: %w", files[index], err)
		}
		for _, name := range skipped {
			result.Skipped[name]++
		}
		if err := store.AddVulnerabilities(vulnerability); err != nil {
			return result, fmt.Errorf("%s: %w", files[index], err)
		}
		for _, affected := range packages {
			affected.VulnerabilityID = vulnerability.ID
			if err := store.AddAffectedPackages(affected); err != nil {
				return result, fmt.Errorf("%s: %w", files[index], err)
			}
		}
		result.Advisories++
		result.Packages += len(packages)
	}
	if err := makeReproducible(store, built); err != nil {
		return result, err
	}
	if err := store.Close(); err != nil {
		return result, err
	}
	return result, resetChangeCounter(filepath.Join(folder, v6.VulnerabilityDBFileName))
}

// readAdvisories reads one advisory from each file, and the sha256 over all of them.
func readAdvisories(files []string) (string, []advisory, error) {
	hash := sha256.New()
	advisories := make([]advisory, len(files))
	for index, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", nil, err
		}
		hash.Write(text)
		if err := json.Unmarshal(text, &advisories[index]); err != nil {
			return "", nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), advisories, nil
}

// makeReproducible takes out of a store what differs from run to run.
func makeReproducible(store v6.Writer, built time.Time) error {
	held, ok := store.(interface{ GetDB() *gorm.DB })
	if !ok {
		return errors.New("grype's store does not hand out its database")
	}
	return held.GetDB().Connection(func(database *gorm.DB) error {
		// The store has written its own clock's time.
		if err := database.Model(&v6.DBMetadata{}).Where("true").Update("build_timestamp", built).Error; err != nil {
			return err
		}
		return sortSchema(database)
	})
}

// sortSchema sorts the tables, and the foreign keys in their definitions: gorm writes both in the order of Go maps.
// Closing the store makes the tables anew from these rows.
func sortSchema(database *gorm.DB) error {
	var tables []struct{ Name, SQL string }
	if err := database.Raw("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").Scan(&tables).Error; err != nil {
		return err
	}
	if err := database.Exec("PRAGMA writable_schema = ON").Error; err != nil {
		return err
	}
	const constraint = ",CONSTRAINT "
	const behindAll = 1 << 20
	for index, table := range tables {
		parts := strings.Split(strings.TrimSuffix(table.SQL, ")"), constraint)
		slices.Sort(parts[1:])
		sorted := strings.Join(parts, constraint) + ")"
		update := "UPDATE sqlite_schema SET rowid = ?, sql = ? WHERE type = 'table' AND name = ?"
		if err := database.Exec(update, behindAll+index, sorted, table.Name).Error; err != nil {
			return err
		}
	}
	return database.Exec("PRAGMA writable_schema = OFF").Error
}

// resetChangeCounter sets how often SQLite has changed the file, which depends on the order of Go's maps too. The number
// stands twice in the header (https://www.sqlite.org/fileformat2.html#file_change_counter).
func resetChangeCounter(database string) error {
	file, err := os.OpenFile(database, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	one := []byte{0, 0, 0, 1}
	_, changed := file.WriteAt(one, 24)
	_, valid := file.WriteAt(one, 92)
	return errors.Join(changed, valid, file.Close())
}

func writeArchive(path, database string, built time.Time) error {
	content, err := os.Open(database)
	if err != nil {
		return err
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	compressed := gzip.NewWriter(file)
	archive := tar.NewWriter(compressed)
	header := &tar.Header{Name: v6.VulnerabilityDBFileName, Mode: 0o644, Size: info.Size(), ModTime: built}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	if _, err := io.Copy(archive, content); err != nil {
		return err
	}
	return errors.Join(archive.Close(), compressed.Close(), file.Close())
}
