// factory-scan is syft and grype as libraries: it makes the SBOM of an image, scans many SBOMs with one opened database,
// and builds a database from advisories.
//
//	factory-scan sbom [--insecure] REPOSITORY@DIGEST
//	factory-scan scan [--database ARCHIVE | --listing URL] [--update] --cache DIR SBOM...
//	factory-scan advisories --input DIR --output ARCHIVE --built TIME
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

// Exit codes that the caller tells apart; 1 is any other failure.
const (
	exitUsage           = 2
	exitDatabaseMissing = 10
	exitDatabaseDamaged = 11
)

const commands = "sbom, scan, advisories"

func main() {
	if len(os.Args) < 2 {
		fail(exitUsage, errors.New("name a command: "+commands))
	}
	switch os.Args[1] {
	case "sbom":
		sbomCommand(os.Args[2:])
	case "scan":
		scanCommand(os.Args[2:])
	case "advisories":
		advisoriesCommand(os.Args[2:])
	default:
		fail(exitUsage, fmt.Errorf("unknown command %q: %s", os.Args[1], commands))
	}
}

func sbomCommand(args []string) {
	flags := flag.NewFlagSet("sbom", flag.ExitOnError)
	insecure := flags.Bool("insecure", false, "speak plain HTTP to the registry")
	_ = flags.Parse(args)
	if err := takeInventory(flags.Arg(0), *insecure, os.Stdout); err != nil {
		fail(1, err)
	}
}

func scanCommand(args []string) {
	flags := flag.NewFlagSet("scan", flag.ExitOnError)
	database := flags.String("database", "", "archive of a database; default: grype's own, kept up to date")
	listing := flags.String("listing", "", "address of a listing (latest.json) to keep the database up to date from")
	update := flags.Bool("update", false, "look for a newer database first")
	cache := flags.String("cache", "", "folder of unpacked databases")
	_ = flags.Parse(args)
	opened, err := openDatabase(*database, *listing, *cache, *update)
	if err != nil {
		fail(databaseExitCode(err), err)
	}
	defer opened.close()
	if err := scanAll(opened, flags.Args(), os.Stdout); err != nil {
		fail(1, err)
	}
}

func advisoriesCommand(args []string) {
	flags := flag.NewFlagSet("advisories", flag.ExitOnError)
	input := flags.String("input", "", "folder of advisories in OSV format (*.json)")
	output := flags.String("output", "", "archive to write; latest.json is written beside it")
	built := flags.String("built", "", "build time of the database (RFC 3339)")
	_ = flags.Parse(args)
	summary, err := buildDatabase(*input, *output, *built)
	if err != nil {
		fail(1, err)
	}
	writeJSON(os.Stdout, summary)
}

func fail(code int, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(code)
}
