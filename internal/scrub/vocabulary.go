package scrub

// vocabulary is the words that may stay in texts: what the rules look for and what
// error messages of Atlassian products are made of, sorted, with a blank between.
const vocabulary = "" +
	"aa aaccountid abc abcdef aborted about above absent accel accelerator accept acceptance acceptances " +
	"accepted accepts access accesses accessible accessing accessmode accesstoken accord accordance account " +
	"accountid accounts accounttype acd ack acmeatlassian act action activate active activity actor acts add " +
	"added adding additional addon addons address addresses adds adfs adg adjust admin administer " +
	"administration administrator administrators adminjiraserver advance advertisement advises aeimquycgk " +
	"aeimquycgkosw aes aesgcm affected affinity after afterwards again against age agent agents agile " +
	"agilecraft ago agree agreed agw ahead ahungry ai aiohttp ajax ajs akam akamai akamaighost al aladdin alb " +
	"alert alertlogic alertmanager alerts alfred alg algorithm alias align alike alive all allow allowed " +
	"allowlist allowlists allows almost alone along alpha alphabet alphabets alpn already alroe also alt " +
	"altered alternate alternative alternatives although altname alto always am amazon amazonaws " +
	"amazoncloudfront among amritghimire amz an analysed analysis analytics analyze analyzed ancestors and " +
	"android anew ankitpokhrel announce announced announces anodeid anonymous anonymously another answer " +
	"answered answering answers any anybody anything anywhere ap apache apart api apigee apikey apis apitoken " +
	"apm app appending applewebkit application applications applinks approval approve approved approver apps " +
	"apptunnels arch archive archived are area areq arequest arequestid argument arguments ari around arpa arr " +
	"arrived arrives article articles artifactory as asc ascending ascii asciiencoding asen asessionid ask " +
	"asked asking asks aspnet asserted assertion assets assignee async at atatt atbb atctt ati atl atlantis " +
	"atlasian atlassian atlassianedge atlassianproxy atlassianps atlassiantoken atomic atstt atta attachment " +
	"attachments attachmentzip attack attackers attempt attempts attention aud audience audit auditing august " +
	"aui ausername aut auth authcache authconfig authenticate authenticated authenticating authentication " +
	"authenticator authorisation authorised authoritative authority authorization authorize authorized " +
	"authtoken authtype autocomplete autonomous available avatar avivsinai avoid aw await away aws awsalb " +
	"awsalbcors awselb ax axios axiscommunications azp azure azuredevops ba back backend background backlot " +
	"backslash backslashes backstage backticks backup bad badly baerer baisc balancer bamboo banned banner bar " +
	"bare barer barracuda basc base based baseurl basic basicauth basicscheme basik batch bb bba bbdc bbkb be " +
	"beaer bear beare bearear bearer bears became because becomes been before begin begins behind being " +
	"believes belong belonged belongs below berer berlin beside best beta better between big bigip bigipasm " +
	"billing bitbucket bitbucketcustom bitbucketdatacenter bitbucketserver bitbucketsessionid bitness bits " +
	"blackhole blank blob block blocked blocks blog blue bluecoat board bodies body bogus bom boost both bound " +
	"boundary br braces bracket brackets branch brave break breaks brekkylab brings british broke broken " +
	"brought brownout browse browser browsers bsic bucket buffers bufio build building buildnumber builds " +
	"built bulk bullets burp burst bust buster busy but button by bypass byte bytebucket bytes ca cache caches " +
	"caddy call callback called caller callers calling calls calm came can cannot capabilities capital " +
	"capitals captcha capture captured captures card carried carries carry case cases cat catch category cause " +
	"causes cdata cdn cdns censored center central cert certain certainly certificate certificates cf cg ch " +
	"chacha chain chained challenge chance change changed changelog changeme changes char character characters " +
	"charles charset chat chauth check checked checkip checks checksum child chl choose chooses chose chosen " +
	"chrome chromedevtools chromium chunked ci cid cipher ciphers circle cisco citrix claim claims class " +
	"classic clean cleaned cleans clear cli click client clienthello clientkey clientmust clients clock clocks " +
	"clone close closed cloud cloudflare cloudflareaccess cloudfront cloudid clr cluster cmd cmo cmp coat code " +
	"codes coding collapse colleague collect collectors collision colon color column columnid columns com come " +
	"comes comhttps coming comm comma command commas comment commented comments commit committed common " +
	"commons community companies company compare compared compares comparing comparison compatible complete " +
	"completefaq comply component components compress compressed compression comrest con concerned concluded " +
	"condition conditions conf config configuration configure configured confkb conflict conflr confluence " +
	"confluenceapi confluenceservice confusion connect connected connection connections connector connects " +
	"consent consented consents consequence consist console const constraint consult consumer contact contain " +
	"container containers contains content contentbody contenttype context contextpath continue control " +
	"controls convert cookie cookiejar cookies copied copy core corp corr correct corrected cors could count " +
	"counted country counts coveralls coyote cp cpo cql crc create created createdat creates creator cred " +
	"credential credentials cristibaluta crlf cross crossed crowd crowdtoken crypto cryptography cscript csrf " +
	"css ct cty curl current currentjql currently currenttimemillis currentuser cursor custom customer " +
	"customers customfield customised cut cuts cypher cypress cyrillic damage damaged danshumaker dapplo dash " +
	"dashboard dashboards dashes data date dates datreeio day days dc ddemo ddos deactivated dead debug " +
	"debugger december decides decode decoded decodes decodeuricomponent decoding decorator decrypt decrypted " +
	"deep def default defaults defect defects deflate delete deleted deletes deloittedigitaluk demand demo " +
	"denied deny depend depends deploy deploymenttype deprecated deprecation depth desc descending description " +
	"descriptor design desk dest destination detail details detected detectors dev developer developerguide " +
	"developers development device devlake devops devtools dfdf dhe dhttp dhttps dialog did diff differ " +
	"difference differences different differently differs dify digest digits direct direction directions " +
	"directly directories directory disabled disabling display displayname disposition div divide djava dm dns " +
	"dnsname dnsnamelist dnt do doc docker docs doctype document documentation documented documents doe does " +
	"doing dologin domain domains done dorack dot dotnet dots double doubled down download downloads dpr dqo " +
	"draft drop dropped drops drupal dry dst dtd dtjz due duedate duo duosecurity duplicated dur during dvcs " +
	"dx dynamic each eai earlier early easily ec ecdhe ecdsa echo econnaborted econnrefused econnreset " +
	"ecosystem eddsa edge edit editable edited editor edits effect effective egg ehostunreach eid either elb " +
	"element elliptic else elsewhere email emailaddress embed embedded empty emulate en enable enabled " +
	"enablesecurity enc encode encoded encoder encoders encodes encoding encountered encrypt encrypted " +
	"encryption end ended ending endpoint endpoints ends enetunreach enforced enhance enotfound enough " +
	"enterprise entity entries entry env environment envoy epam epic epics epipe equal equals equiv err error " +
	"errormessages errors es escape escaped escapes eset esi estimate estimates etag etimedout etl eu europe " +
	"eval even event events ever every everybody everything everywhere ewv ex exact exactly example exceeds " +
	"exception exchange exchanged exchanges exclude exe exempt exempted exist exists exp expand expect expects " +
	"experimental expiration expire expired expires expiringat expiry explain explanations explicit export " +
	"expose expression ext extension extensions external extra extraheader extranet ey eyj facets fail failed " +
	"failing fails failure failures fall fallback falls false far fastly fatal fault faults favourite " +
	"favourites fb fbf fd feature features fedcba feed fetch fetched fetches few fewer fexpand ffields fiddler " +
	"field fields file filename files fill filled filling fillrate fills filter filtered filtering filters " +
	"final find finding findings finds fine fingerprint fingerprints firefox firewall firewalls first fit fits " +
	"five fix fixed fjql flag flaw flawed flawless flaws floor floralvikings flow flush flushdns fmcorz fmt " +
	"fold follow followed following follows for forbid forbidden force forcepoint foreach foreign forerunners " +
	"forge forgiven forgotten form format formed formerly forms fortigate fortiguard fortinet fortiweb forty " +
	"forums forward forwarded forwards found four fra fraction fragment frame framework freds frequent fresh " +
	"freshly from frombase front frontend fuchs full further future gadget gadgets gajira gateway gateways " +
	"gave gcm gecko gei general generate generated geniekey genrsa geo get getbytes getelementbyid getencoding " +
	"getredash gets getsentry getstream getstring getsupport getting gettoken gh gif gildas gioboa git github " +
	"gitlab gitleaks give given gives global globalurl gmbh gmt gnu gnustavo go goes going golang gone good " +
	"goog google googlebot googlesource goskope got gov grant granted grants granular graphql greenhopper grep " +
	"group groupname groups gsingers gt guard guest guide guideline guilhemmarchand gzip h1 h2 h3 had half " +
	"hand handed handle handler handles handling handshake handshakes happened happens haproxy har harbour " +
	"hardly hargeneratorplugin harm harmless hars has hash have havepermission hawk hcaptcha head header " +
	"headers healthcheck healthy height help helpers helps helptips here hex hidden hide hides hierarchy " +
	"highlighting hint hints histories history hit hits hl hmac hold holds home host hosted hostname hosts " +
	"hour hours how however hr href hs hsts html http httpclient httpheaders httponly https httptrace " +
	"httpurlconnection httpx hung hunyadi hwi hwioauthbundle hyphen iat icann ico icon iconv id identity idle " +
	"idp ids idtoken idx ie ietf if iframe ifs ignore ignored ignores iinfo iis illegal image img " +
	"impersonation imperva import importers improving in inactive inadequate inappropriate inbox inc incap " +
	"incapsula incident include included includesubdomains incoming incomplete incorrect increase incubator " +
	"index indication inf info information initial initiator inline inlinecomments inlinetasks inm inner " +
	"innocent input insecure insensitive inside insight insights insist insomnia inspecting inspection install " +
	"installation installed instance instead insufficient int integration intel inter intercept interface " +
	"interfaces intermediate intermittent intermittently internal internet interop interrupt interval into " +
	"intra intranet intro invalid invisible inviteuser inviting invoke involved io ip ipconfig ipv is islast " +
	"iso isomorphic iss issue issued issuenav issuer issuers issues issuetype issuetypes issuing istio it item " +
	"items its itself jakb jan java javaee javascript javase jenkins jenkinsci jersey jetbrains jetty jfrog " +
	"jira jiraalign jirabar jiralert jiralicious jirametrics jiraps jirarest jirasoapservice jirastopwatch " +
	"jiratest jiratotfs jiratui jirauser jit jo job jobs jodoe join joined joins jpg jpo jql jracloud " +
	"jraserver js jsessionid jsm json jsonp jsp jspa jsw jti judged judges july june just jwbron jwt kandev " +
	"kantega kaspersky kb kd kdlbs keep keeps kept kerberos key keyboardshortcuts keyid keylog keylogfile keys " +
	"khtml kib kid kilskyreman kind kinds kinit know known knows kona kong konqueror kovetskiy kubernetes " +
	"label labels lack lacks lan lang langgenius language large larger last late later latest latter layer " +
	"layout lb lc ldap le lead leading leads leaf learn lease least leave leaves led lee left legacy legal " +
	"lemurheavy length lengths less lesstif let lets letter letters level lf lfs libraries library libwww lic " +
	"licen licence license licensed life lifetime lift lifted lighthouse lighttpd like likelier likely likes " +
	"likewise limit limited limiting limits lin line lines link linkerd links linux list listed listen listens " +
	"lists literal literally little live lived lives llama lo load loaded loading loc local localdomain locale " +
	"localhost locally localnet location lock locked locks log logged logging logic login logincount logininfo " +
	"loginreason logins logout logs lone long longer longtask look looked looking looks loop loose lose lost " +
	"lotus lout lower ls luck lwp mac machine macintosh made mail mailto main make makes making malformed " +
	"manage management mandatory mangled manifest manpages many map maphash march mark markdown marketplace " +
	"marks markup martian martinspielmann masked master masterdetail match math matter mattermost maven max " +
	"maxage maxhttpheadersize maximum maxresults may mcafee mcp md mdk me mean means meant meantime meanwhile " +
	"measured media member members memory mend mended mends mention mentions menu menubar merely merge message " +
	"messages meta method methods metrics microsoft microsoftdocs microsoftonline middle midway migrate " +
	"migration migrator mikebowler milliseconds mime mimetype min mind mindsdb mindshub minor minute minutes " +
	"mirror mirroring misdirected misleading mismatch misnamed miss missing misspelt mistaken mistyped " +
	"mistypes misused mitigated mitm mitmproxy mixed mlee mno mobile mod mode model modern modified " +
	"modsecurity module moment mon monitorjbl more most mostly move moved moves mozilla mrrefactoring ms msie " +
	"msnbot mtls much multi multipart multiple must mutual my mypermissions myself mywork name named names nan " +
	"nango nativemobile nature nav navigate navigation nbconflux nbf nc ncg ncontent ndata near nearlimit " +
	"nearly need needed needs negate negotiate negotiation neither nel net netconnection netip netrc netscaler " +
	"netscape netskope network networkaddress networking networks never nevertheless new newer newest newline " +
	"next nextpagetoken nexus nginx ngx nightly nil no nobody nocache nocheck node nodes non nonce none " +
	"nonprinting nonproxyhosts nor normal normally noseyparker noshade nosniff not notafter notbefore note " +
	"noted notes nothing notice notification notifications notify notwithstanding now npmjs npowershell ns " +
	"nslookup ntlm ntp nul null number numbers nuxeo nxdomain oauth obfuscated object objects obot obs " +
	"obsolete obss obtain occur occurred ocm octet oddities of off offer offered offers official offline offs " +
	"offset often oidc ok okhttp okta oktapreview old older on once one onelogin ones online only op opaque " +
	"open opendns opened opener openid opening openresty opens openssl opera operation operations ops opsawg " +
	"opsgenie opt option optional options or oracle orca order orderby ordering ordinary org organisation " +
	"organization orgkey orgs orig origin original origins os other others otherwise out outage outcome " +
	"outgoing output outside over overflow overlap overloaded override overrideable overrides oversize " +
	"overview overwrite own owner paas pack package packages packet packets pad padding page pageid pagelen " +
	"pages pair palashkulsh palo paloalto panel panels parabol parabolinc param parameter parameters params " +
	"parent parse part partnerdirectory parts pass passed passes passw passwd password passwords past pasted " +
	"pat patch path paths patrickroumanoff payload pcap pchuri pem pending people per percent perfectly " +
	"perform performing perhaps perl permanent permission permissions permissionscheme permit permitted person " +
	"personal pfx pfxcertificate phone php pi picker pictures piece pieces piled pin ping pingidentity pingone " +
	"pipeline pipeshub pkce pkg pkix pkt pktmon place placeholder placeholders plain plainer plaintext plan " +
	"platform played playwright please plug plugin plugins plus png point points policies policy pool pop port " +
	"ports portswigger possibilities possibility possible possibly post posted postman postmanlabs posts " +
	"powered powershell praetorian pragma praqma pre predicate preemptive preemptively prefer preference " +
	"preferences preferipv prefetch prefix preflight preflights preload present preserve pretend prevents " +
	"preview previous previouslogintime print printf prints priority private privilege privileges problem " +
	"process processed processes processor processors produce product productivity products profile program " +
	"programs project projects prometheus promises prompt proof proper properties property protected " +
	"protection proto protocol protocols prototype prove proven proves provider providers provisional " +
	"provisioning prow proxies proxy proxyhost proxyname proxyport ps public publish pubout pull pullrequest " +
	"purpose push pushed put puts pwd px py pycontribs pytest python qaq qsh quarters queries query question " +
	"questions queue queued quickedit quickreload quite quot quota quotation quote quoted quotes qx qytera " +
	"rack raise ran rand random range ranges rank rapid rare rate ratelimit ratelimiting raven raw ray raycast " +
	"re reach reached reaches react read readable readonly reads readthedocs real really realm realms reason " +
	"reasons reauth recaptcha receive receiving recent recognise recognised recognising recommend record " +
	"recorded records recoverable redact redacted redirect redirected redirection redirects reduce ref " +
	"reference references referer referrer refresh refs refusal refusals refuse refused refuses refusing " +
	"regard regenerate regenerated region register registered registry rejected rejects rel related relation " +
	"relay relaystate release released releases relevant remaining remark remember remembered rememberme " +
	"remembers remote remotecertificate remove removed removes renamed render rendered renew renewed renews " +
	"repair repeat repeated repeating repeats replace replaced replaces replica replies reply repo report " +
	"reported reporter reporting reports repos repositories repository repositoryhandler reproduce request " +
	"requestconfluence requested requestheader requestid requestjira requests required requires resembles " +
	"reserved reset resets resilientsession resolution resolve resolvectl resolved resolver resource resources " +
	"response rest restart restarted restmethod restrict restricted restriction restricts restsharp result " +
	"results resume retired retries retry retrying return returned returns returnto returnurl reused " +
	"revalidate reverse reviewers revision revocation revoked revokes rewrite rfc right risk roadiehq roadmap " +
	"robot robots roe role roles root rotate rotated round route router routing row rp rpc rs rsa rst ruby " +
	"rule rules run runatlantis runner runs runtime rx safari safe said same sameorigin samesite saml " +
	"samlconsumer samlrequest samlresponse samlsso samltoken sample samples sanitized satisfied satisfies save " +
	"saved saves saw say saying says sc schedule scheme schemes scim scimkey scm scope scoped scopes scp " +
	"screen script scriptrunner scripts scrubbed sdk search sec second seconds secrets section sections secure " +
	"security securityhub securityprotocol sed see seems seen sees segment seldom select selected self " +
	"semicolon send sender sending sends sensitive sent sentence sentry september seq sequence seraph serve " +
	"served server serverhello serverid serverinfo servername servers servertitle serves servfail service " +
	"serviceaccount servicedesk servicedeskapi servicemanagement servicenow services servlet sesame session " +
	"sessioncookiename sessionid sessions sessiontoken set sets setting settings settle several severity sh " +
	"sha shall shape share shared sharedkey shares sharing shell shibboleth short shorter should show shown " +
	"shows si sid side sidebar sided sides sig sign signature signatures signed signin signing signout signs " +
	"sigs silence silent silently similar simple since single sink sinkhole site sites sits size sizes skew " +
	"skip skleinei skvo skyhigh sl sla slack slash slashes slice slices slip slow slug small smaller smart " +
	"snap snapshot sni sniff snippet so sockets socks soft software softwareishard solidify solve some " +
	"somebody something sometimes sonicwall soon sooperset sophos sorry sort sorted sorter source spa space " +
	"spacedirectory spaces span speak speaks spec special specific specified specify specs spelling spelt " +
	"spent spnego spoken spread sprint sprints squat squid squidfaq src ss ssh ssl sslkeylogfile sslstream " +
	"sslv sso stability stablyai staci stack stackless stacktrace staging stale stand standard stands stars " +
	"start startat started starting starts stash stashnotifier state stateid static status statuscode " +
	"statuspage statustext stay stays step steps sticky still stnoonan stood stop stopped stops storage store " +
	"stored storm story stranger stray strconv stream strict string strings strips strong strongdm structure " +
	"stuck studio stumbles style sub subcode subject subscription subtask subtasks succeed succeeded succeeds " +
	"success successful such sucuri sudo suggest suit suite suites suits sum summary sumoheavy sunset super " +
	"superseded support supported supports sure surely surrogate surround survives sv svc svg swap swapped " +
	"switch switched switches swoodford symantec symbol symbols syn sync synchrony syns syntax syscall system " +
	"systems ta tab table tag tags take taken takes taking tape target task tasks tbody tcp tcpclient tcpdump " +
	"te team teams technical tell tells temp template templates tempo temporarily temporary ten tenable tenant " +
	"tenantid tenth terminal test tests text textcontent texts than that the their theirs them theme " +
	"themselves then there therefore these they thing things think third this those thousands three throttle " +
	"through throw ticket tid tied time timed timeout timer times timesheets timestamp timestamps timezone " +
	"timing timings tinymce tis title tls tlsciphersuite tlsv tm to tobase today together token tokenkey " +
	"tokens told tomcat too took tool toolkit tools top total touniversaltime toward tr trace traceid tracker " +
	"tracking traefik traffic trailer trailing transaction transfer transferred transform transition " +
	"transitional transitions translate translated transparency transport travelled travels treats tree trello " +
	"trellocdn trial trident tried tries triggers trim trimmed trip trouble troubleshooting true trufflehog " +
	"trufflesecurity truncated trust trusted truth try ts tsv ttl tulleuchen tunnel tunnels turn turned turns " +
	"twelve twenty twice two txt tyk typ type typed types typo typographic tz ua ufeff ui uid umbrella umlauts " +
	"unable unauthenticated unauthorized unavailable unbroken unchanged undecryptable undefined under " +
	"understand understanding undici undid undo undoes undone unencrypted unexpected unexplained unicode " +
	"unique unit university unknown unless unlicensed unlike unnoticed unpadded unreachable unread " +
	"unrecognized unreliably unresolved unscoped unset unsupported until untrusted unusual up update updated " +
	"upgrade upgrades upload uploadlimit uploads upper ups upstream uri url urlencoded urllib urls urn us " +
	"usable usage usd use used useless user useragent userbrowser useremail userid userinfo usermanagement " +
	"username users uses using usr usual usually utf utils utm uuid uuids valid validate validated validation " +
	"validator validity value values variable variant varnish vary vendor ver verb verification verifier " +
	"verify verifying version versionnumbers versions very via view viewed viewer viewing viewpage viewport " +
	"views violation visibility visible visid visitor visitors vom vote vouches vpn vs vz waf wafw wait waited " +
	"waiting waits want wanted wants warning warnings was watch watcher watchers watchguard way ways wc we " +
	"weak weaker web webcrawler webhook webhooks webrequest webresources websense website websocket websudo " +
	"webtrigger well went were wget what whatever whatwg when whenever where wherever whether which whichever " +
	"while whitelist who whoami whoever whole whom whose why whyisdifficult wider width wiki wikitraccs " +
	"wildcard will windows windowspowershell wire with withdrawn withdraws within without woff word words work " +
	"worked worker workflow workflows working worklog works workspace would wow wrap wrapped write writer " +
	"writes written wrm wrong wrongly wrote ws wss www wxyz xdg xdm xe xffgf xffgn xframe xhr xml xnode xom " +
	"xpermitted xray xrequest xsrf xsrfresourcefilter xss xx xxx xz yaml year years yes yet yml you your yours " +
	"yourself youtrack zapi zdu zereight zero zone zscaler zscalergov zscalerone zscalerthree zscalertwo " +
	"zscloud zstd"
