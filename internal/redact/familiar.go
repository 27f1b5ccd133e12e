package redact

import "strings"

// words is what the names of header fields, query parameters and cookies are
// made of, in HTTP and in Atlassian products. A name made of anything else may
// be a secret in the wrong place, and is not shown.
var words = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
		aaccountid accept access accesstoken account action active activity actor add addon addons address adg adjust
		affected after age agent ajax alg algorithm all allow alt alternate alternative amz ancestors and anodeid
		anonymous any api apikey apitoken app application approval approver apptunnels archived areq arequestid
		arguments asc ascending asserted assertion assignee at atl atlassian atlassiantoken attachment attempt attempts
		ausername auth authenticate authenticated authenticating authentication authorisation authority authorization
		authorized authtoken authtype autocomplete avatar avoid awsalb awsalbcors awselb backend bar base basic batch
		bearer before bitbucket bitbucketdatacenter bitbucketsessionid board body boost branch browser build bulk bust
		buster by byte bytes cache callback captcha case category cdata cdn cdns cf ch chained challenge change
		changelog changes check class client close cloud cloudid cluster code collapse collect color columnid columns
		comment comments committed comparison component components condition config configuration confluence connect
		connection consent consumer content contenttype context contextpath control cookie cookies copy cors count
		country cp cpo cql created credentials cross crowd crowdtoken csrf current currentjql cursor custom customer
		customfield dashboard data date dc debug decorator deep default delete denied depth desc descending description
		descriptor dest destination detail details device dialog diff direct direction directory disposition dnt do
		domain done download dpr draft dry duedate early edge editable effective element email embed embedded enable
		enabled encoding encrypt end endpoint entity env epic error errors estimate estimates etag event events exclude
		exists expand expect expire expires expiry explicit export expose ext extension external facets failure fallback
		false favourite favourites fetch field fields file filename filter filtering filters first fix flag follow for
		force form format forward forwarded fragment frame from front full gadget generate generated get gitlab global
		go grant group groupname groups handler hash head header headers height hidden hierarchy history hl host hosts
		hsts html http https id identity idp ids idx if ifs image import in inactive include increase index info initial
		inline inm insecure insensitive instance int inter ip is issue issues issuetype issuetypes it item items jira
		join jql jsessionid jsm json jsonp jwt kb keep kerberos key keyid keys kind label labels lang language last
		latest layout legacy length level lic limit limiting line link links list load loc local locale location locked
		login loginreason logout long mail management map markup match max maxage maximum me media member members memory
		merge meta method migration mime min minor miss mitigated mobile mode modified module more move ms multi my name
		names nav navigation needed negate nel new next no node nonce none nosniff not note notify ntlm null number
		oauth object offset on once one online only op open openid operation ops opsgenie opt option optional options or
		order orderby ordering org organization orig origin original origins os out output override overrideable
		overview owner page pagelen pages panel panels parameter params parent parse passed passwd password path pending
		people permanent permission permissions permit permitted person pi picker pin pkce platform plugin policy port
		posted posts pragma predicate prefer preference prefix preview previous priority private product profile project
		projects prompt proof properties property protection proto protocol provider proxy public pull push pwd qsh
		queries query queue queued range rank rapid rate ratelimit raw ray read real realm reason reauth recent recommend
		redirect redirection reduce ref referer referrer refresh region register related relay relaystate release
		released remaining remember rememberme remote render rendered replace replica repo report reporter repository
		request requested requestid requests required reserved reset resolution resource resources response rest results
		resume retries retry return returned returnto returnurl revalidate reverse revision rewrite rfc role roles root
		route routing row rules run same samesite saml samlrequest samlresponse samltoken saved sc scheme schemes scm
		scope scopes screen script search sec second seconds secret section security select selected sensitive seq
		sequence seraph server serverid service servlet session sessionid sessiontoken set sets setting settings sha
		share shared sharing show sid sidebar sig sign signature signed signin signout since sink site size skew skip
		sla snippet sort sorter source spa space spaces span spec sprint sprints src ssl sso stack staging stale
		standard start started state stateid static status statustext step storage store story strict string studio
		style sub subject subscription subtask subtasks success suggest sudo sum summary support surrogate svc swap switch
		sync system tab table tag tags target task tasks te team teams temp template tempo tenant tenantid test text
		theme ticket time timeout timestamp timestamps timezone timing title to today token tokenkey tokens top total
		trace traceid tracking trailer transaction transfer transition transitions transport tree trello trim true
		trusted turn type typed types tz ua ui unavailable undo unique unit unknown unless unread until untrusted up
		update updated upgrade upload uploads upstream uri url usage usd use user userid username users usr utm uuid
		valid validate validated validation validator value values vary vendor verb verifier verify verifying version
		versions via view viewer viewing viewport views visibility visible vote wait warning watch watcher watchers web
		webhook websocket websudo when whoami width wiki wildcard will with without workflow workflows worklog workspace
		write writes www xdm xframe xhr xml xpermitted xrequest xsrf xss year yes you zone
		`) {
		m[w] = true
	}
	return m
}()

// familiar reports whether a name consists of known words, whatever joins them:
// X-Forwarded-For, startAt, os_username, cloud.session.token. One letter may
// stand before the words, and two digits after a word.
func familiar(name string) bool {
	if name == "" || len(name) > 60 {
		return false
	}
	if rest, ok := strings.CutPrefix(name, "customfield_"); ok {
		return len(rest) <= 6 && digits(rest)
	}
	last := 0 // length of the word before
	for i := 0; i < len(name); {
		start := i
		switch c := name[i]; {
		case c >= '0' && c <= '9':
			for i < len(name) && name[i] >= '0' && name[i] <= '9' {
				i++
			}
			if i-start > 2 || last < 3 || i < len(name) && alnum(name[i]) {
				return false
			}
			last = 0
			continue
		case c == '-' || c == '_' || c == '.' || c == ':':
			i++
			continue
		case !alnum(c):
			return false
		}
		for i < len(name) && name[i] >= 'A' && name[i] <= 'Z' {
			i++
		}
		if i < len(name) && name[i] >= 'a' && name[i] <= 'z' {
			if i-start > 2 && known(name[start:i-1]) { // HTTPStatus
				last = i - 1 - start
				i--
				continue
			}
			for i < len(name) && name[i] >= 'a' && name[i] <= 'z' {
				i++
			}
		}
		last = i - start
		if last == 1 && start == 0 && (len(name) == 1 || !alnum(name[1])) {
			continue // X-Powered-By, q
		}
		if !known(name[start:i]) {
			return false
		}
	}
	return name[len(name)-1] != '-'
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func known(w string) bool {
	var low [20]byte
	if len(w) > len(low) {
		return false
	}
	for i := 0; i < len(w); i++ {
		low[i] = w[i] | 0x20
	}
	return words[string(low[:len(w)])]
}

// nearly reports whether a and b differ by at most two letters, one of which
// may be missing.
func nearly(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 2 || len(b) > 30 {
		return false
	}
	var row [32]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)] <= 2
}
