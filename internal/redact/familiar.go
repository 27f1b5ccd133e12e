package redact

import "strings"

// words is what the names of header fields, query parameters and cookies are
// made of, in HTTP and in Atlassian products. A name made of anything else may
// be a secret in the wrong place, and is not shown. They are sorted; see [listed].
const words = "" +
	"aaccountid accel accelerator accept access accesstoken account action active activity actor add addon addons " +
	"address adfs adg adjust affected after age agent ajax akam akamai alb alg algorithm alive all allow alt " +
	"alternate alternative amz ancestors and anodeid anonymous any apache api apigee apikey apitoken app " +
	"application approval approver apptunnels arch archived areq arequestid arguments arr asc ascending " +
	"asessionid aspnet asserted assertion assignee at atl atlassian atlassiantoken attachment attempt attempts " +
	"ausername auth authenticate authenticated authenticating authentication authorisation authority " +
	"authorization authorized authtoken authtype autocomplete avatar avoid aws awsalb awsalbcors awselb azure " +
	"backend bar base basic batch bearer before bigip bitbucket bitbucketdatacenter bitbucketsessionid bitness " +
	"blob bluecoat board body boost branch browser build bulk bust buster by byte bytes cache callback captcha " +
	"case category cdata cdn cdns cf ch chained challenge change changelog changes check cid citrix class client " +
	"close cloud cloudid cluster code collapse collect color columnid columns comment comments committed " +
	"comparison compatible component components condition conditions config configuration confluence connect " +
	"connection consent consumer content contenttype context contextpath control cookie cookies copy cors count " +
	"country cp cpo cql created credentials cross crowd crowdtoken csrf ct current currentjql cursor custom " +
	"customer customfield dashboard data date dc debug decorator deep default delete denied depth desc descending " +
	"description descriptor dest destination detail details device devtools dialog diff digest direct direction " +
	"directory disposition dnt do domain done download dpr draft drupal dry duedate duo early edge editable " +
	"effective eid elb element email embed embedded emulate enable enabled encoding encrypt end endpoint entity " +
	"env envoy epic error errors esi estimate estimates etag event events exclude exists expand expect expire " +
	"expires expiry explicit export expose ext extension extensions external facets failure fallback false fastly " +
	"favourite favourites fb fd fetch field fields file filename filter filtering filters firefox first fix flag " +
	"follow for force forcepoint form format forward forwarded fragment frame from front full gadget generate " +
	"generated geo get github gitlab global go goog google grant group groupname groups handler hash head header " +
	"headers height hidden hierarchy history hit hits hl host hosts hsts html http https id identity idp ids idx " +
	"if ifs iinfo iis image imperva import in inactive incapsula include increase index info initial inline inm " +
	"insecure insensitive instance int inter ip is issue issues issuetype issuetypes istio it item items jetty " +
	"jira join jql jsessionid jsm json jsonp jwt kb keep kerberos key keyid keys kind kong label labels lang " +
	"language last latest layout lb lease legacy length level lic limit limiting line link linkerd links list " +
	"load loc local locale location locked login loginreason logout long mail management map markup match max " +
	"maxage maximum md me media member members memory merge meta method methods migration mime min minor miss " +
	"mitigated mobile mode model modified module more move ms multi my name names nav navigation needed negate " +
	"nel netscaler netskope network new next nginx no nocache node nonce none nosniff not note notify ntlm null " +
	"number oauth object offset okta on once one onelogin online only op open opener openid operation ops " +
	"opsgenie opt option optional options or order orderby ordering org organization orig origin original origins " +
	"os out output override overrideable overview owner pad page pagelen pages panel panels parameter params " +
	"parent parse passed passwd password path pending people permanent permission permissions permit permitted " +
	"person pi picker pin ping pkce platform plugin policies policy pop port posted posts powered pragma " +
	"predicate prefer preference prefetch prefix preview previous priority private product profile project " +
	"projects prompt proof properties property protection proto protocol provider proxy public pull push pushed " +
	"pwd qsh queries query queue queued rack rand range ranges rank rapid rate ratelimit raw ray read real realm " +
	"reason reauth recent recommend redirect redirection reduce ref referer referrer refresh region register " +
	"related relay relaystate release released remaining remember rememberme remote render rendered replace " +
	"replica repo report reporter repository request requested requestid requests required reserved reset " +
	"resolution resource resources response rest results resume retries retry return returned returnto returnurl " +
	"revalidate reverse revision rewrite rfc robots role roles root route routing row rp rules run runtime same " +
	"samesite saml samlrequest samlresponse samltoken saved sc scheme schemes scm scope scopes screen script " +
	"search sec second seconds secret section security select selected sensitive seq sequence seraph served " +
	"server serverid service servlet session sessionid sessiontoken set sets setting settings sha share shared " +
	"sharing shibboleth show sid sidebar sig sign signature signed signin signout since sink site size skew skip " +
	"sla snippet sort sorter source spa space spaces span spec sprint sprints squid src ssl sso stack staging " +
	"stale standard start started state stateid static status statustext step storage store story strict string " +
	"studio style sub subject subscription subtask subtasks success sucuri sudo suggest sum summary support " +
	"surrogate svc swap switch sync system tab table tag tags target task tasks te team teams temp template tempo " +
	"tenant tenantid test text theme throttle ticket tid time timeout timer timestamp timestamps timezone timing " +
	"title to today token tokenkey tokens tomcat top total trace traceid tracking traefik trailer transaction " +
	"transfer transition transitions transport tree trello trim true trusted ts turn tyk type typed types tz ua " +
	"ui uid unavailable undo unique unit unknown unless unread until untrusted up update updated upgrade upload " +
	"uploads upstream uri url usage usd use used user userid username users usr utm uuid valid validate validated " +
	"validation validator value values varnish vary vendor ver verb verifier verify verifying version versions " +
	"via view viewer viewing viewport views visibility visible vote wait warning watch watcher watchers web " +
	"webhook websocket websudo when whoami width wiki wildcard will with without worker workflow workflows " +
	"worklog workspace wow write writes www xdm xframe xhr xml xpermitted xrequest xsrf xss year yes you zone " +
	"zscaler"

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
			if i-start > 2 || last < 2 || i < len(name) && alnum(name[i]) {
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
	return listed(words, string(low[:len(w)]))
}

// listed reports whether w is one of the words of a sorted list with one blank
// between them. A map would have to be filled at every start of the program.
func listed(list, w string) bool {
	for list != "" {
		half := len(list) / 2
		from := strings.LastIndexByte(list[:half], ' ') + 1
		to := len(list)
		if i := strings.IndexByte(list[half:], ' '); i >= 0 {
			to = half + i
		}
		switch word := list[from:to]; {
		case w == word:
			return true
		case w < word:
			list = list[:max(from-1, 0)]
		default:
			list = list[min(to+1, len(list)):]
		}
	}
	return false
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
