// Writes into expected.jsonl, one case a line, what BuildKit's own parser makes of the Dockerfiles, image names and words in it.
// To run it after a new version of BuildKit, or with new cases (a text alone is enough), in tools/go/buildkit:
//
//	go run ../../../test/dockerfile/buildkit-parser/main.go ../../../test/dockerfile/buildkit-parser/expected.jsonl
package main

import (
	"bytes"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

var variables = []string{"X=abcabc", "EMPTY=", "Y=a*b"}

type heredoc struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

type instruction struct {
	Line     int       `json:"line"`
	Keyword  string    `json:"keyword"`
	Flags    []string  `json:"flags"`
	Text     string    `json:"text"`
	Heredocs []heredoc `json:"heredocs"`
}

type file struct {
	Text         string        `json:"text"`
	Refused      bool          `json:"refused"`
	Syntax       string        `json:"syntax"`
	Escape       string        `json:"escape"`
	Instructions []instruction `json:"instructions"`
}

type name struct {
	Written  string `json:"written"`
	Refused  bool   `json:"refused"`
	Full     string `json:"full"`
	Familiar string `json:"familiar"`
}

type word struct {
	Written string `json:"written"`
	Escape  string `json:"escape"`
	Refused bool   `json:"refused"`
	Value   string `json:"value"`
}

// One of the three.
type testCase struct {
	File *file `json:"file,omitempty"`
	Name *name `json:"name,omitempty"`
	Word *word `json:"word,omitempty"`
}

func main() {
	path := os.Args[1]
	content, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for line := range bytes.Lines(content) {
		var each testCase
		if err := json.Unmarshal(line, &each); err != nil {
			log.Fatal(err)
		}
		switch {
		case each.File != nil:
			*each.File = readFile(each.File.Text)
		case each.Name != nil:
			*each.Name = readName(each.Name.Written)
		case each.Word != nil:
			*each.Word = readWord(each.Word.Written, each.Word.Escape)
		}
		if err := encoder.Encode(each); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

func readFile(text string) file {
	result := file{Text: text, Instructions: []instruction{}}
	result.Syntax, _, _, _ = parser.DetectSyntax([]byte(text))
	parsed, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		result.Refused = true
		return result
	}
	result.Escape = string(parsed.EscapeToken)
	for _, node := range parsed.AST.Children {
		read := instruction{
			Line:     node.StartLine,
			Keyword:  strings.ToUpper(node.Value),
			Flags:    append([]string{}, node.Flags...),
			Text:     node.Original,
			Heredocs: []heredoc{},
		}
		for _, each := range node.Heredocs {
			read.Heredocs = append(read.Heredocs, heredoc{each.Name, each.Content})
		}
		result.Instructions = append(result.Instructions, read)
	}
	return result
}

// As the frontend looks named contexts up: with a tag, and the familiar form without ":latest".
func readName(written string) name {
	named, err := reference.ParseNormalizedNamed(written)
	if err != nil {
		return name{Written: written, Refused: true}
	}
	named = reference.TagNameOnly(named)
	familiar := strings.TrimSuffix(reference.FamiliarString(named), ":latest")
	return name{Written: written, Full: named.String(), Familiar: familiar}
}

func readWord(written, escape string) word {
	value, _, err := shell.NewLex([]rune(escape)[0]).ProcessWord(written, shell.EnvsFromSlice(variables))
	if err != nil {
		return word{Written: written, Escape: escape, Refused: true}
	}
	return word{Written: written, Escape: escape, Value: value}
}
