/* Why frames are lost. port_drop() (port.h) is the only way to lose one, in cards
 * too: they name the reason, their PC's port counts it. */
#ifndef LANYARD_NET_DROP_H
#define LANYARD_NET_DROP_H

/* X(id, text shown to people) */
#define DROP_REASONS(X) \
	X(NO_CARRIER, "link down") \
	X(QUEUE_FULL, "queue full") \
	X(LOSS, "loss") \
	X(TOO_SHORT, "too short") \
	X(TOO_LONG, "too long") \
	X(VLAN, "VLAN not allowed on port") \
	X(NIC_FULL, "no receive buffer") \
	X(NIC_FILTER, "not for this card") \
	X(NIC_DOWN, "card not receiving") \
	X(NO_TARGET, "no other port") \
	X(PC_OFF, "PC is off") \
	X(UPLINK, "nobody outside takes it") \
	X(PAUSED, "paused") \
	X(RESERVED, "reserved address, not forwarded") \
	X(SOURCE, "source is no station's address") \
	X(QUEUE_OLD, "waited too long (CoDel)") \
	X(MTU, "longer than the link's MTU") \
	X(FCS, "damaged (bad FCS)") \
	X(BLOCKED, "port not forwarding (spanning tree)") \
	X(STORM, "it goes round (storm guard)") \
	X(SECURITY, "too many addresses at the port") \
	X(MIRROR, "a mirror port takes nothing")
enum drop_reason {
#define X(id, text) DROP_##id,
	DROP_REASONS(X)
#undef X
		DROP_COUNT
};
const char *drop_text(enum drop_reason reason);

#endif
