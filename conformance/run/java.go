package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// java is what the oracle in Java needs: the folder with its classes and the
// libraries that it calls, or why there is none.
type java struct{ classpath, missing string }

// mavenCopy is the goal that fetches the libraries, with its version.
const mavenCopy = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"

// prepareJava fetches the libraries, looks whether they are those that are
// pinned, and compiles the oracle. A machine without Java is no error: its
// oracle is skipped, and says why.
func (p *proof) prepareJava(ctx context.Context) error {
	for _, program := range []string{"java", "javac", "mvn"} {
		if _, err := exec.LookPath(program); err != nil {
			p.java.missing = program + " is not installed; the oracle in Java needs a JDK of version 17 or later, and Maven"
			return nil
		}
	}
	source, libraries, classes := filepath.Join(p.oracles, "java"), p.path("java", "lib"), p.path("java", "classes")
	err := p.fetch(ctx, "mvn", "--batch-mode", "--quiet", "--file", filepath.Join(source, "pom.xml"),
		mavenCopy, "-DincludeScope=runtime", "-DoutputDirectory="+libraries)
	if err != nil {
		return fmt.Errorf("libraries of the oracle in Java: %w", err)
	}
	if err := pinned(filepath.Join(source, "checksums.txt"), libraries); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(source, "*.java"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s has no sources: %w", source, err)
	}
	all := filepath.Join(libraries, "*")
	p.java.classpath = classes + string(os.PathListSeparator) + all
	return p.call(ctx, "javac", append([]string{"-d", classes, "-cp", all}, files...)...)
}

// pinned compares the files of a folder with a list that sha256sum(1) wrote.
func pinned(list, folder string) error {
	want, err := os.ReadFile(list)
	if err != nil {
		return fmt.Errorf("read the checksums: %w", err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read the libraries: %w", err)
	}
	var got bytes.Buffer
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			return fmt.Errorf("read a library: %w", err)
		}
		sum := sha256.Sum256(content)
		fmt.Fprintf(&got, "%s  %s\n", hex.EncodeToString(sum[:]), file.Name())
	}
	if fault := firstOdd(string(want), got.String()); fault != "" {
		return errors.New("libraries of the oracle in Java: " + fault)
	}
	return nil
}

// firstOdd returns what is only in one of two lists of lines.
func firstOdd(want, got string) string {
	for line := range strings.Lines(want) {
		if !strings.Contains(got, line) {
			return "is not there as it should be: " + strings.TrimSpace(line)
		}
	}
	for line := range strings.Lines(got) {
		if !strings.Contains(want, line) {
			return "is not pinned: " + strings.TrimSpace(line)
		}
	}
	return ""
}
