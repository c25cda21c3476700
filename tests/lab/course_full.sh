#!/bin/bash
# The other labs of a beginners' course (see course.sh).
# suite: full
# limit: 1200
# modes: rel
. "$(dirname "$0")/course/course.sh"
course hub-or-switch dhcp dhcp-options dhcp-twenty frr-files ospf-ring two-bgp slaac slow-link many-pcs arp-spoofing wireguard \
	unnumbered files tools
