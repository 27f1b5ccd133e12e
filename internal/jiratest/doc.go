// Package jiratest is a Jira Cloud, a Jira and a Confluence Data Center, a
// Bitbucket Cloud, the API gateway and a Jira Align that refuse requests in the
// way that the real ones are documented to, for tests and for the live
// demonstration. Where products contradict their documentation, the captures of
// real ones count.
//
// Everything runs in this process, on loopback addresses, under the names that
// the real products have; [Site.Connect] says where each name really lives.
// Names, people and secrets are made up, and each secret holds the word CANARY,
// in a personal access token only after base64.
//
// A [Scenario] is a failure that can be had, as the calls that lead to it and the
// rule that must be named. It can be played by [Site.Play] or by any HTTP client.
package jiratest
