package packet

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// unlikeTshark are public captures of which another count than tshark's is right,
// or explained in docs/packets.md.
var unlikeTshark = map[string]string{
	"arkime/http-100-continue.pcap":             "interim answers are no exchange",
	"arkime/http2-nghttp2.pcap":                 "interim and pushed answers are no exchange",
	"scapy/http2_h2c.pcap":                      "interim and pushed answers are no exchange",
	"arkime/http-tcp-seq-issue.pcap":            "segments out of order",
	"zeek/http-content-range-gap.pcap":          "an answer with a gap is still an answer",
	"zeek/http-entity_gap.pcap":                 "an answer with a gap is still an answer",
	"zeek/http-entity_gap2.pcap":                "an answer with a gap is still an answer",
	"pcap2har/missing_response.pcap":            "lost segments",
	"wireshark/http2_follow_multistream.pcapng": "lost segments",
	"scapy/tls_nss_example.pcap":                "decrypted to the end here",
	"pcap2har-go/insecure.pcap":                 "SSDP is no HTTP",
	"postman/simple_http_two_with_noise.pcap":   "SSDP is no HTTP",
	"zeek/vxlan-overlapping-http-get.pcap":      "three networks with the same addresses",
	"nDPI/http_starting_with_reply.pcapng":      "answers without a request",
	"suricata/http-async-srv.pcap":              "answers without a request",
	"scapy/http_compressed.pcap":                "answers without a request",
	"zeek/http-http-11-request-then-cruft.pcap": "answers without a request",
	"zeek/http-variant-10-multi_value_te.pcap":  "a body whose end nobody knows",
	"lekensteyn/tls-null.pcapng":                "NULL ciphers",
	"wireshark/rsasnakeoil2.pcap":               "private keys of servers",
}

// A tally is what is counted of a capture.
type tally struct{ asked, answered, asked2, answered2, authorized int }

// ours counts what this package reads.
func ours(t *testing.T, file, keys string) (n tally) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	k := &Keys{}
	if keys != "" {
		log, err := os.ReadFile(keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.ReadKeys(bytes.NewReader(log)); err != nil {
			t.Fatal(err)
		}
	}
	for x := range Read(&exchange.Capture{Name: "x"}, bytes.NewReader(b), Options{Keys: k}) {
		if x == nil || x.Request.Method == "" {
			continue
		}
		asked, answered := &n.asked, &n.answered
		if x.Request.Proto == "h2" {
			asked, answered = &n.asked2, &n.answered2
		}
		*asked++
		if x.Response != nil {
			*answered++
		}
		n.authorized += len(x.Request.Header.All("Authorization"))
	}
	return n
}

// theirs counts what tshark reads; its default gives up on segments that are out
// of order.
func theirs(t *testing.T, tshark, file, keys string) (n tally) {
	t.Helper()
	args := []string{"-n", "-r", file, "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "http or http2", "-T", "fields", "-E", "separator=|"}
	if keys != "" {
		args = append(args, "-o", "tls.keylog_file:"+keys)
	}
	fields := []string{"http.request.method", "http.response.code", "http2.headers.method", "http2.headers.status", "http.authorization", "http2.headers.authorization"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(tshark, args...).Output()
	if err != nil && len(out) == 0 && !strings.Contains(fmt.Sprint(err), "exit status") {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		for i, v := range strings.Split(strings.TrimRight(line, "\n"), "|") {
			if v == "" || i >= len(fields) {
				continue
			}
			count := []*int{&n.asked, &n.answered, &n.asked2, &n.answered2, &n.authorized, &n.authorized}[i]
			if i >= 4 { // its value may hold commas
				*count++
				continue
			}
			*count += strings.Count(v, ",") + 1
		}
	}
	return n
}

// TestAgainstTshark counts requests, answers and credentials of public captures as
// tshark does. They are not part of the repository.
func TestAgainstTshark(t *testing.T) {
	root := os.Getenv("WHY401_SAMPLES")
	if root == "" || testing.Short() {
		t.Skip("WHY401_SAMPLES is not set, or the test is to be short")
	}
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("tshark is missing")
		}
		t.Skip("tshark is not installed")
	}
	root = filepath.Join(root, "packets")
	keys := map[string]string{}
	list, err := os.ReadFile(filepath.Join(root, "SOURCES.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		f := strings.Split(line, "\t")
		if len(f) > 5 && f[5] != "" {
			if k := filepath.Join(root, filepath.Dir(f[0]), f[5]); strings.HasSuffix(k, ".keys") || strings.HasSuffix(k, ".log") || strings.HasSuffix(k, ".txt") {
				keys[f[0]] = k
			}
		}
	}
	var files []string
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(filepath.Ext(path), ".pcap") {
			files = append(files, path)
		}
		return nil
	})
	slices.Sort(files)
	if len(files) < 50 {
		t.Fatalf("only %d captures", len(files))
	}
	differ := 0
	for _, file := range files {
		name, _ := filepath.Rel(root, file)
		k := keys[name]
		if _, err := os.Stat(k); err != nil {
			k = ""
		}
		got, want := ours(t, file, k), theirs(t, tshark, file, k)
		if got == want {
			continue
		}
		differ++
		if unlikeTshark[name] == "" {
			t.Errorf("%s: %+v, tshark has %+v", name, got, want)
		}
	}
	t.Logf("%d captures, %d of them explained", len(files), differ)
}
