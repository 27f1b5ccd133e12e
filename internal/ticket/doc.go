// Package ticket attaches reports of why401 to an issue of Jira Cloud or Data
// Center, or to a request of Jira Service Management.
//
// What it sends is what [Open] takes: reports, bundles and scrubbed captures,
// told by their content, in which nothing looks like a token. A credential comes
// from the environment or a file and goes to one origin, over TLS, and to no
// redirect. What is on the ticket already is not sent again.
//
// The exchanges of a [Client] are its own; when a call fails the program
// diagnoses them like any others.
package ticket
