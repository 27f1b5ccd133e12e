package jiratest

import (
	"fmt"
	"slices"
	"strings"
)

// A store is the issues of one product. The mutex of the site guards it.
type store struct {
	project string
	next    int // id of the next issue
	serial  int // number of the next issue
	issues  []*issue
	waiting []file // uploaded for requests, and not yet tied to one
}

type issue struct {
	id       int
	key      string
	summary  string
	hidden   bool // only administrators see it
	desk     bool // a request of Jira Service Management, as well
	comments []comment
	files    []file
}

type file struct {
	id     int
	name   string
	size   int64
	sum    string // SHA-256 in hexadecimal
	public bool   // on a request: its customer sees it
}

type comment struct {
	text     string // as sent: wiki markup, or the Atlassian Document Format as JSON
	internal bool
}

func newStore(project string, first int) store {
	s := store{project: project, next: first, serial: 1}
	s.create("Example").files = []file{{id: 10001, name: "a.txt", size: 6}}
	s.issues = append(s.issues, &issue{id: first + 100_000, key: "SEC-1", summary: "Not for everybody", hidden: true},
		&issue{id: first + 200_000, key: "HELP-1", summary: "It does not work", desk: true})
	return s
}

func (s *store) create(summary string) *issue {
	i := &issue{id: s.next, key: fmt.Sprintf("%s-%d", s.project, s.serial), summary: summary}
	s.next++
	s.serial++
	if len(s.issues) >= maxIssues {
		s.issues = slices.Delete(s.issues, 3, 4) // the oldest but the three that are always there
	}
	s.issues = append(s.issues, i)
	return i
}

// find returns an issue by key or id.
func (s *store) find(key string) *issue {
	for _, i := range s.issues {
		if strings.EqualFold(i.key, key) || fmt.Sprint(i.id) == key {
			return i
		}
	}
	return nil
}
