/* The words of packet filters, as lists; pcap-filter(7) explains the language.
 * Numbers: IANA's registries of service names, of protocol numbers and of
 * EtherTypes. */
#include "engine/net/filter_words.h"

#include <string.h>

static const char *const known[] = {
	/* qualifiers, operators */
	"and", "or", "not", "src", "dst", "host", "net", "mask", "port", "portrange", "proto", "protochain", "less",
	"greater", "byte", "broadcast", "multicast", "inbound", "outbound", "len", "link",
	/* protocols */
	"ether", "arp", "rarp", "ip", "ip6", "tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "igrp", "pim", "vrrp",
	"carp", "ah", "esp", "atalk", "aarp", "decnet", "lat", "sca", "moprc", "mopdl", "iso", "esis", "isis", "clnp",
	"stp", "ipx", "netbeui", "vlan", "mpls", "pppoed", "pppoes", "geneve", "llc", "es-is", "is-is", "l1", "l2",
	"iih", "lsp", "snp", "csnp", "psnp",
	/* offsets and values */
	"tcpflags", "tcp-fin", "tcp-syn", "tcp-rst", "tcp-push", "tcp-ack", "tcp-urg", "tcp-ece", "tcp-cwr", "icmptype",
	"icmpcode", "icmp-echoreply", "icmp-unreach", "icmp-sourcequench", "icmp-redirect", "icmp-echo",
	"icmp-routeradvert", "icmp-routersolicit", "icmp-timxceed", "icmp-paramprob", "icmp-tstamp", "icmp-tstampreply",
	"icmp-ireq", "icmp-ireqreply", "icmp-maskreq", "icmp-maskreply", "icmp6type", "icmp6code",
	"icmp6-destinationrunreach", "icmp6-packettoobig", "icmp6-timeexceeded", "icmp6-parameterproblem", "icmp6-echo",
	"icmp6-echoreply", "icmp6-multicastlistenerquery", "icmp6-multicastlistenerreportv1",
	"icmp6-multicastlistenerdone", "icmp6-routersolicit", "icmp6-routeradvert", "icmp6-neighborsolicit",
	"icmp6-neighboradvert", "icmp6-redirect", "icmp6-routerrenum", "icmp6-nodeinformationquery",
	"icmp6-nodeinformationresponse", "icmp6-ineighbordiscoverysolicit", "icmp6-ineighbordiscoveryadvert",
	"icmp6-multicastlistenerreportv2", "icmp6-homeagentdiscoveryrequest", "icmp6-homeagentdiscoveryreply",
	"icmp6-mobileprefixsolicit", "icmp6-mobileprefixadvert", "icmp6-certpathsolicit", "icmp6-certpathadvert",
	"icmp6-multicastrouteradvert", "icmp6-multicastroutersolicit", "icmp6-multicastroutertermination", NULL};

/* Of 802.11, token ring, FDDI, PPP, SLIP, ATM, SS7 and pf's log; `gateway` asks
 * /etc/ethers, `ifname` and its like a capture of several of the host's cards. */
static const char *const foreign[] = {
	"wlan",     "tr",      "fddi",       "ppp",     "slip",      "radio", "type",     "subtype",    "dir",
	"ra",       "ta",      "addr1",      "addr2",   "addr3",     "addr4", "address1", "address2",   "address3",
	"address4", "gateway", "ifname",     "ifindex", "on",        "rnr",   "rulenum",  "reason",     "rset",
	"ruleset",  "srnr",    "subrulenum", "action",  "direction", "lane",  "metac",    "bcc",        "oam",
	"oamf4",    "oamf4ec", "oamf4sc",    "sc",      "ilmic",     "vpi",   "vci",      "connectmsg", "metaconnect",
	"fisu",     "lssu",    "msu",        "sio",     "opc",       "dpc",   "sls",      "hfisu",      "hlssu",
	"hmsu",     "hsio",    "hopc",       "hdpc",    "hsls",      NULL};

struct name {
	const char *name;
	int number;
};

static const struct name ports[] = {{"echo", 7},
				    {"discard", 9},
				    {"daytime", 13},
				    {"chargen", 19},
				    {"ftp-data", 20},
				    {"ftp", 21},
				    {"ssh", 22},
				    {"telnet", 23},
				    {"smtp", 25},
				    {"time", 37},
				    {"domain", 53},
				    {"bootps", 67},
				    {"bootpc", 68},
				    {"tftp", 69},
				    {"http", 80},
				    {"kerberos", 88},
				    {"pop3", 110},
				    {"sunrpc", 111},
				    {"ntp", 123},
				    {"netbios-ns", 137},
				    {"netbios-dgm", 138},
				    {"netbios-ssn", 139},
				    {"imap", 143},
				    {"imap2", 143},
				    {"snmp", 161},
				    {"snmp-trap", 162},
				    {"snmptrap", 162},
				    {"bgp", 179},
				    {"ldap", 389},
				    {"https", 443},
				    {"microsoft-ds", 445},
				    {"isakmp", 500},
				    {"syslog", 514},
				    {"rip", 520},
				    {"route", 520},
				    {"ripng", 521},
				    {"dhcpv6-client", 546},
				    {"dhcpv6-server", 547},
				    {"submission", 587},
				    {"ldaps", 636},
				    {"ldp", 646},
				    {"imaps", 993},
				    {"pop3s", 995},
				    {"l2tp", 1701},
				    {"radius", 1812},
				    {"radius-acct", 1813},
				    {"nfs", 2049},
				    {"mysql", 3306},
				    {"postgresql", 5432},
				    {"sip", 5060},
				    {"mdns", 5353},
				    {"vxlan", 4789},
				    {"ipsec-nat-t", 4500},
				    {"http-alt", 8080},
				    {NULL, 0}};

static const struct name protocols[] = {{"icmp", 1},       {"igmp", 2},   {"ipencap", 4}, {"ipip", 4},  {"tcp", 6},
					{"egp", 8},        {"igp", 9},    {"udp", 17},    {"dccp", 33}, {"ipv6", 41},
					{"rsvp", 46},      {"gre", 47},   {"esp", 50},    {"ah", 51},   {"icmp6", 58},
					{"ipv6-icmp", 58}, {"eigrp", 88}, {"ospf", 89},   {"pim", 103}, {"vrrp", 112},
					{"carp", 112},     {"l2tp", 115}, {"sctp", 132},  {NULL, 0}};

static const struct name ether_protocols[] = {{"ip", 0x0800},     {"arp", 0x0806}, {"rarp", 0x8035},  {"atalk", 0x809b},
					      {"aarp", 0x80f3},   {"ip6", 0x86dd}, {"mopdl", 0x6001}, {"moprc", 0x6002},
					      {"decnet", 0x6003}, {"lat", 0x6004}, {"sca", 0x6007},   {"lldp", 0x88cc},
					      {NULL, 0}};

static bool listed(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

bool filter_word_known(const char *word)
{
	return listed(known, word);
}

bool filter_word_foreign(const char *word)
{
	return listed(foreign, word);
}

int filter_name_number(enum filter_name kind, const char *name)
{
	static const struct name *const tables[] = {
		[FILTER_HOST] = NULL,
		[FILTER_PORT] = ports,
		[FILTER_PROTO] = protocols,
		[FILTER_ETHER_PROTO] = ether_protocols,
	};

	for (const struct name *n = tables[kind]; n && n->name; n++)
		if (!strcmp(n->name, name))
			return n->number;
	return -1;
}
