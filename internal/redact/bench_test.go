package redact

import "testing"

func BenchmarkURL(b *testing.B) {
	for _, c := range []struct{ name, url string }{
		{"cloud", "https://acme.atlassian.net/rest/api/3/issue/PROJ-123?expand=renderedFields&fields=summary"},
		{"resource", "https://jira.example.com/s/d41d8cd98f00b204e9800998ecf8427e-CDN/-x8k2mn/813004/1dlckms/cb32da195e0e7dd9a5bf3b9c0e7cb9a5/_/download/contextbatch/css/_super/batch.css?locale=en-US"},
		{"secret", "https://fred:hunter2@jira.example.com/rest/x/ATATT3xFfGF0abcdefghijklmnopqrstuvwxyz?os_password=x"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				URL(c.url)
			}
		})
	}
}

func BenchmarkHost(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Host("acme.atlassian.net")
	}
}

func BenchmarkMethod(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Method("GET")
	}
}

func BenchmarkLooksSecret(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		LooksSecret("/rest/greenhopper/1.0/xboard/work/allData.json")
	}
}
