// Package serverlog reads what Jira itself writes about requests: the access
// log of its Tomcat and atlassian-jira-security.log. Neither holds a credential,
// a cookie or a body. The security log says what became of a login, and both name
// the request id that the response carries as X-AREQUESTID, so that they can be
// put beside a capture of the same request.
//
// Sources: "Log format" (Administering Jira applications, page 940696477), "How to
// analyze the atlassian-jira-security.log file" (Jira knowledge base), Tomcat's
// documentation of AccessLogValve.
package serverlog
