package deploy

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/run/v1"
	"sigs.k8s.io/yaml"
)

// TestSystemd: systemd reads the unit without complaint and finds it well shut in.
func TestSystemd(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze to check the unit with")
	}
	// It looks for the program, which is not installed here.
	here, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "lectern.service")
	text := strings.ReplaceAll(read(t, "systemd/lectern.service"), "/usr/local/bin/lectern", here)
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "--man=no", unit},
		{"security", "--offline=true", "--threshold=15", unit}, // of 100, which is no shelter at all
	} {
		output, err := exec.Command(analyze, args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(output) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, output)
		}
	}
}

// TestStopsAreWaitedFor: systemd and Docker wait longer than a server takes to stop.
func TestStopsAreWaitedFor(t *testing.T) {
	setting := regexp.MustCompile("\\| `--drain-(delay|grace) DURATION` \\|[^|]*\\| `?([0-9a-z]+)`? \\|")
	takes := lastWords
	defaults := setting.FindAllStringSubmatch(read(t, "../docs/cli.md"), -1)
	if len(defaults) != 2 {
		t.Fatalf("docs/cli.md has the defaults %v", defaults)
	}
	for _, found := range defaults {
		d, err := time.ParseDuration(found[2])
		if err != nil {
			t.Fatal(err)
		}
		takes += d
	}
	for file, pattern := range map[string]string{
		"systemd/lectern.service":   `(?m)^TimeoutStopSec=(\d+)$`,
		"compose.yaml":              `stop_grace_period: (\d+)s`,
		"../docs/deploy/docker.md":  `--stop-timeout (\d+)`,
		"../docs/deploy/systemd.md": `(\d+) seconds after SIGTERM`,
	} {
		found := regexp.MustCompile(pattern).FindStringSubmatch(read(t, file))
		if found == nil {
			t.Errorf("%s says nothing", file)
			continue
		}
		if patience, _ := time.ParseDuration(found[1] + "s"); patience <= takes {
			t.Errorf("%s: killed after %v, and it may take %v", file, patience, takes)
		}
	}
}

// TestCloudRun decodes the service into Cloud Run's own type, without a field that it does not have.
func TestCloudRun(t *testing.T) {
	asJSON, err := yaml.YAMLToJSONStrict([]byte(read(t, "cloudrun/service.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(asJSON))
	decoder.DisallowUnknownFields()
	var service run.Service
	if err := decoder.Decode(&service); err != nil {
		t.Fatal(err)
	}
	c := service.Spec.Template.Spec.Containers[0]
	if c.StartupProbe.HttpGet.Path != "/api/ready" || c.LivenessProbe.HttpGet.Path != "/api/health" {
		t.Errorf("the probes are %+v and %+v", c.StartupProbe, c.LivenessProbe)
	}
	const patience = 10 * time.Second // of Cloud Run, after SIGTERM
	if grace := flagOf(t, c.Args, "--drain-grace"); grace+lastWords >= patience {
		t.Errorf("killed after %v, and it may take %v", patience, grace+lastWords)
	}
	if c.Resources.Limits["memory"] == "" || c.Resources.Limits["cpu"] == "" {
		t.Errorf("the limits are %v", c.Resources.Limits)
	}
	for _, e := range c.Env {
		secret := regexp.MustCompile(`DATABASE_URL|_KEY$`).MatchString(e.Name)
		if fromSecret := e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil; fromSecret != secret {
			t.Errorf("%s: from a secret: %v, want %v", e.Name, fromSecret, secret)
		}
	}
}

// TestSettings: every variable that a deployment sets is a setting of Lectern.
func TestSettings(t *testing.T) {
	known := read(t, "../docs/cli.md")
	variable := regexp.MustCompile(`LECTERN_[A-Z0-9_]*[A-Z0-9]`)
	texts := map[string]string{}
	for _, file := range []string{"compose.yaml", "cloudrun/service.yaml", "systemd/lectern.service", "docker/Dockerfile"} {
		texts[file] = read(t, file)
	}
	eachValues(t, func(t *testing.T, file string) {
		rendered, err := render(t, values(t, file))
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range rendered {
			texts[name+" with "+file] = text
		}
	})
	for name, text := range texts {
		for _, found := range variable.FindAllString(text, -1) {
			if setting := strings.TrimSuffix(found, "_FILE"); !strings.Contains(known, "`"+setting+"`") {
				t.Errorf("%s: %s is no setting", name, found)
			}
		}
	}
}
