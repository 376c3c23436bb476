package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/anchore/clio"
	"github.com/anchore/fangs"
	"github.com/anchore/grype/cmd/grype/cli/options"
	"github.com/anchore/grype/grype"
	v6 "github.com/anchore/grype/grype/db/v6"
	"github.com/anchore/grype/grype/db/v6/installation"
	"github.com/anchore/grype/grype/vulnerability"
	"github.com/spf13/afero"
	"github.com/spf13/cobra"
)

// identification is grype's: documents and requests name the scanner, not this program.
func identification() clio.Identification {
	return clio.Identification{Name: "grype", Version: versionOf("github.com/anchore/grype")}
}

// versionOf is the version of a module that this program is built with.
func versionOf(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, it := range info.Deps {
		if it.Path == module {
			return strings.TrimPrefix(it.Version, "v")
		}
	}
	return "unknown"
}

type openedDatabase struct {
	provider vulnerability.Provider
	status   *vulnerability.ProviderStatus
	// checksum of the archive (sha256:...), or of the database that a listing gave (xxh64:...).
	checksum string
}

func (d openedDatabase) close() {
	_ = d.provider.Close()
}

var errDamaged = errors.New("the database is damaged")

func databaseExitCode(err error) int {
	if errors.Is(err, errDamaged) {
		return exitDatabaseDamaged
	}
	return exitDatabaseMissing
}

// openDatabase opens an archive of ours, unpacked once for each content below cache, or the database that a listing
// names, below cache; update brings that up to date as grype does it. The environment variables GRYPE_DB_* hold for the latter.
func openDatabase(archive, listing, cache string, update bool) (openedDatabase, error) {
	opts, err := databaseOptions(listing, cache)
	if err != nil {
		return openedDatabase{}, err
	}
	if archive == "" {
		opts.DB.AutoUpdate = opts.DB.AutoUpdate && update
		return openListed(opts)
	}
	return openArchive(opts, archive, cache)
}

func openArchive(opts *options.DatabaseCommand, archive, cache string) (openedDatabase, error) {
	hash, err := hashFile(archive)
	if err != nil {
		return openedDatabase{}, err
	}
	opts.DB.AutoUpdate = false
	opts.DB.Dir = filepath.Join(cache, hash)
	if err := unpackOnce(archive, opts.DB.Dir); err != nil {
		return openedDatabase{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	opened, err := load(opts)
	if err != nil {
		// What was unpacked has been damaged since: the archive is still there.
		if err := errors.Join(os.RemoveAll(opts.DB.Dir), unpackOnce(archive, opts.DB.Dir)); err != nil {
			return openedDatabase{}, err
		}
		if opened, err = load(opts); err != nil {
			return openedDatabase{}, fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	opened.checksum = "sha256:" + hash
	return opened, nil
}

func openListed(opts *options.DatabaseCommand) (openedDatabase, error) {
	opened, err := load(opts)
	if err != nil {
		if _, missing := os.Stat(opts.ToCuratorConfig().DBFilePath()); missing != nil {
			return openedDatabase{}, err
		}
		return openedDatabase{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	metadata, err := v6.ReadImportMetadata(afero.NewOsFs(), filepath.Dir(opened.status.Path))
	if err != nil {
		return openedDatabase{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	opened.checksum = metadata.Digest
	return opened, nil
}

func load(opts *options.DatabaseCommand) (openedDatabase, error) {
	provider, status, err := grype.LoadVulnerabilityDB(opts.ToClientConfig(), opts.ToCuratorConfig(), opts.DB.AutoUpdate)
	return openedDatabase{provider: provider, status: status}, err
}

// databaseOptions are grype's own defaults, with its environment variables over them. The caller judges the age.
func databaseOptions(listing, cache string) (*options.DatabaseCommand, error) {
	opts := &options.DatabaseCommand{DB: options.DefaultDatabase(identification())}
	opts.DB.Dir = filepath.Join(cache, "grype")
	opts.DB.UpdateAvailableTimeout = 10 * time.Second
	config := fangs.NewConfig("grype")
	// No configuration file: one of a person would change what is found.
	config.Finders = []fangs.Finder{func(fangs.Config) []string { return nil }}
	if err := fangs.Load(config, &cobra.Command{}, opts); err != nil {
		return nil, err
	}
	if listing != "" {
		opts.DB.UpdateURL = listing
		sum := sha256.Sum256([]byte(listing))
		opts.DB.Dir = filepath.Join(cache, hex.EncodeToString(sum[:]))
	}
	opts.DB.ValidateAge = false
	return opts, nil
}

// unpackOnce makes the folder of an archive's database, whole or not at all.
func unpackOnce(archive, folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(folder), "unpacking-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	curator, err := installation.NewCurator(installation.Config{DBRootDir: temporary, ValidateChecksum: true}, nil)
	if err != nil {
		return err
	}
	if err := curator.Import(archive); err != nil {
		return err
	}
	if err := curator.Status().Error; err != nil {
		return err
	}
	// Somebody else may have unpacked the same meanwhile: theirs is as good.
	if err := os.Rename(temporary, folder); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
