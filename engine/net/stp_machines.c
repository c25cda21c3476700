/* The state machines of a port: IEEE 802.1D-2004 17.23 to 17.31. Each function is one
 * machine; it does at most one transition and says whether it did. States that only
 * lead on to the next have no name here. */
#include "engine/net/stp_priv.h"

enum { PPM_CHECKING_RSTP, PPM_SELECTING_STP, PPM_SENSING };
enum { TCM_INACTIVE, TCM_LEARNING, TCM_ACTIVE };

/* ---- 17.20, 17.21: conditions and procedures ---- */

static bool rstp_version(const struct stp *t)
{
	return t->config.mode == STP_RSTP;
}

static uint8_t forward_delay(const struct stp_port *p)
{
	return p->send_rstp ? p->designated_times.hello : p->designated_times.forward_delay;
}

static bool all_synced(const struct stp *t)
{
	for (unsigned n = 0; n < t->count; n++) {
		const struct stp_port *p = &t->port[n];

		if (!p->selected || p->role != p->selected_role || !(p->role == STP_ROOT || p->synced))
			return false;
	}
	return true;
}

static bool re_rooted(const struct stp *t, const struct stp_port *self)
{
	for (unsigned n = 0; n < t->count; n++)
		if (&t->port[n] != self && t->port[n].rr_while)
			return false;
	return true;
}

static void set_sync_tree(struct stp *t)
{
	for (unsigned n = 0; n < t->count; n++)
		t->port[n].sync = 1;
}

static void set_re_root_tree(struct stp *t)
{
	for (unsigned n = 0; n < t->count; n++)
		t->port[n].re_root = 1;
}

static void set_tc_prop_tree(struct stp *t, const struct stp_port *self)
{
	for (unsigned n = 0; n < t->count; n++)
		if (&t->port[n] != self)
			t->port[n].tc_prop = 1;
}

static void new_tc_while(const struct stp *t, struct stp_port *p)
{
	if (p->tc_while)
		return;
	if (p->send_rstp) {
		p->tc_while = (uint8_t)(p->designated_times.hello + 1);
		p->new_info = 1;
	} else {
		p->tc_while = (uint8_t)(t->root_times.max_age + t->root_times.forward_delay);
	}
}

static void flush(struct stp *t, struct stp_port *p)
{
	t->ops->flush(t->opaque, (unsigned)(p - t->port));
}

/* The port's priority vector is that of a designated port of its segment; is the one
 * that counts now as good, by `whose` information? (17.21.1) */
static bool better_or_same(const struct stp_port *p, enum info_is whose)
{
	if (p->info_is != whose)
		return false;
	return stp_compare(whose == INFO_RECEIVED ? &p->message : &p->designated, &p->priority) <= 0;
}

/* ---- 17.24 Port Protocol Migration ---- */

static void checking_rstp(const struct stp *t, struct stp_port *p)
{
	p->ppm = PPM_CHECKING_RSTP;
	p->send_rstp = rstp_version(t);
	p->mdelay_while = STP_MIGRATE_TIME;
}

static bool run_ppm(struct stp *t, struct stp_port *p)
{
	switch (p->ppm) {
	case PPM_CHECKING_RSTP:
		if (p->mdelay_while != STP_MIGRATE_TIME && !p->enabled)
			checking_rstp(t, p);
		else if (!p->mdelay_while) {
			p->ppm = PPM_SENSING;
			p->rcvd_rstp = p->rcvd_stp = 0;
		} else
			return false;
		return true;
	case PPM_SELECTING_STP:
		if (p->mdelay_while && p->enabled)
			return false;
		p->ppm = PPM_SENSING;
		p->rcvd_rstp = p->rcvd_stp = 0;
		return true;
	default:
		if (!p->enabled || (rstp_version(t) && !p->send_rstp && p->rcvd_rstp)) {
			checking_rstp(t, p);
			return true;
		}
		if (!p->send_rstp || !p->rcvd_stp)
			return false;
		p->ppm = PPM_SELECTING_STP;
		p->send_rstp = 0;
		p->mdelay_while = STP_MIGRATE_TIME;
		return true;
	}
}

/* ---- 17.25 Bridge Detection ---- */

static bool run_bdm(struct stp_port *p)
{
	bool edge = p->oper_edge;

	if (!p->enabled)
		edge = p->admin_edge;
	else if (!edge && !p->edge_delay_while && p->send_rstp && p->proposing)
		edge = true;
	if (edge == p->oper_edge)
		return false;
	p->oper_edge = edge;
	return true;
}

/* ---- 17.27 Port Information ---- */

enum received { OTHER, SUPERIOR, REPEATED, INFERIOR, NOT_DESIGNATED };

static bool same_as_held(const struct stp_port *p)
{
	return !stp_compare(&p->message, &p->priority) && p->message_times.message_age == p->times.message_age &&
	       p->message_times.max_age == p->times.max_age && p->message_times.hello == p->times.hello &&
	       p->message_times.forward_delay == p->times.forward_delay;
}

static bool superior(const struct stp_port *p)
{
	return stp_compare(&p->message, &p->priority) < 0 ||
	       (((p->message.bridge ^ p->priority.bridge) & 0xffffffffffff) == 0 &&
		((p->message.port ^ p->priority.port) & 0xfff) == 0);
}

/* rcvInfo() */
static enum received classify(struct stp_port *p)
{
	if (p->msg_type == BPDU_TCN) {
		p->rcvd_tcn = 1;
		return OTHER;
	}
	if (p->msg_role == ROLE_DESIGNATED) {
		if (same_as_held(p) && p->info_is == INFO_RECEIVED)
			return REPEATED;
		return superior(p) ? SUPERIOR : INFERIOR;
	}
	if (p->msg_role != ROLE_UNKNOWN && stp_compare(&p->message, &p->priority) >= 0)
		return NOT_DESIGNATED;
	return OTHER;
}

static void set_tc_flags(struct stp_port *p)
{
	p->rcvd_tc |= (p->msg_flags & FLAG_TC) != 0;
	p->rcvd_tc_ack |= p->msg_type == BPDU_CONFIG && (p->msg_flags & FLAG_TC_ACK);
}

static void record_proposal(struct stp_port *p)
{
	if (p->msg_type == BPDU_RST && (p->msg_flags & FLAG_PROPOSAL))
		p->proposed = 1;
}

static void update_info_while(struct stp_port *p)
{
	p->rcvd_info_while = p->times.message_age + 1 <= p->times.max_age ? (uint8_t)(3 * p->times.hello) : 0;
}

static void take_superior(struct stp_port *p)
{
	p->agreed = p->proposing = 0;
	record_proposal(p);
	set_tc_flags(p);
	p->agree = p->agree && better_or_same(p, INFO_RECEIVED);
	p->priority = p->message;
	p->times = p->message_times;
	update_info_while(p);
	p->info_is = INFO_RECEIVED;
	p->reselect = 1;
	p->selected = 0;
}

static void take_agreement(const struct stp *t, struct stp_port *p)
{
	p->agreed = rstp_version(t) && p->msg_type == BPDU_RST && (p->msg_flags & FLAG_AGREEMENT);
	if (p->agreed)
		p->proposing = 0;
	set_tc_flags(p);
}

static void take_message(const struct stp *t, struct stp_port *p)
{
	p->rcvd_msg = 0;
	switch (classify(p)) {
	case SUPERIOR: take_superior(p); break;
	case REPEATED:
		record_proposal(p);
		set_tc_flags(p);
		update_info_while(p);
		break;
	case INFERIOR: /* a bridge that does not hear us, and forwards */
		if (p->msg_type == BPDU_RST && (p->msg_flags & FLAG_LEARNING)) {
			p->disputed = 1;
			p->agreed = 0;
		}
		break;
	case NOT_DESIGNATED: take_agreement(t, p); break;
	case OTHER: break;
	}
}

static void info_disabled(struct stp_port *p)
{
	p->rcvd_msg = p->proposing = p->proposed = p->agree = p->agreed = 0;
	p->rcvd_info_while = 0;
	p->info_is = INFO_DISABLED;
	p->reselect = 1;
	p->selected = 0;
}

static void info_aged(struct stp_port *p)
{
	p->info_is = INFO_AGED;
	p->reselect = 1;
	p->selected = 0;
}

static void info_update(struct stp_port *p)
{
	p->proposing = p->proposed = 0;
	p->agreed = p->agreed && better_or_same(p, INFO_MINE);
	p->synced = p->synced && p->agreed;
	p->priority = p->designated;
	p->times = p->designated_times;
	p->updt_info = 0;
	p->info_is = INFO_MINE;
	p->new_info = 1;
}

static bool run_pim(struct stp *t, struct stp_port *p)
{
	if (!p->enabled && p->info_is != INFO_DISABLED)
		info_disabled(p);
	else if (!p->enabled)
		return false;
	else if (p->info_is == INFO_DISABLED)
		info_aged(p);
	else if (p->selected && p->updt_info)
		info_update(p);
	else if (p->rcvd_msg && !p->updt_info && p->info_is != INFO_AGED)
		take_message(t, p);
	else if (p->info_is == INFO_RECEIVED && !p->rcvd_info_while && !p->updt_info && !p->rcvd_msg)
		info_aged(p);
	else
		return false;
	return true;
}

/* ---- 17.28 Port Role Selection ---- */

static bool run_prs(struct stp *t)
{
	bool wanted = false;

	for (unsigned n = 0; n < t->count; n++)
		wanted = wanted || t->port[n].reselect;
	if (wanted)
		stp_select_roles(t);
	return wanted;
}

/* ---- 17.29 Port Role Transitions ---- */

static bool disabled_port(struct stp *t, struct stp_port *p)
{
	if (p->role != STP_DISABLED) {
		p->role = STP_DISABLED;
		p->learn = p->forward = 0;
		return true;
	}
	if (p->learning || p->forwarding || (p->fd_while == t->config.max_age && !p->sync && !p->re_root && p->synced))
		return false;
	p->fd_while = t->config.max_age;
	p->synced = 1;
	p->rr_while = 0;
	p->sync = p->re_root = 0;
	return true;
}

static bool root_moves(struct stp *t, struct stp_port *p)
{
	bool ready = !p->fd_while || (re_rooted(t, p) && !p->rb_while && rstp_version(t));

	if (ready && !p->learn) {
		p->fd_while = forward_delay(p);
		p->learn = 1;
	} else if (ready && !p->forward) {
		p->fd_while = 0;
		p->forward = 1;
	} else
		return false;
	return true;
}

static bool root_port(struct stp *t, struct stp_port *p)
{
	if (p->role != STP_ROOT) {
		p->role = STP_ROOT;
	} else if (p->proposed && !p->agree) {
		set_sync_tree(t);
		p->proposed = 0;
	} else if ((all_synced(t) && !p->agree) || (p->proposed && p->agree)) {
		p->proposed = p->sync = 0;
		p->agree = 1;
		p->new_info = 1;
	} else if ((p->agreed && !p->synced) || (p->sync && p->synced)) {
		p->synced = 1;
		p->sync = 0;
	} else if (!p->forward && !p->re_root) {
		set_re_root_tree(t);
	} else if (p->re_root && p->forward) {
		p->re_root = 0;
	} else if (p->rr_while == p->designated_times.forward_delay) {
		return root_moves(t, p);
	}
	p->rr_while = p->designated_times.forward_delay;
	return true;
}

static bool designated_moves(struct stp_port *p)
{
	bool ready = (!p->fd_while || p->agreed || p->oper_edge) && (!p->rr_while || !p->re_root) && !p->sync;

	if (((p->sync && !p->synced) || (p->re_root && p->rr_while) || p->disputed) && !p->oper_edge &&
	    (p->learn || p->forward)) {
		p->learn = p->forward = p->disputed = 0;
		p->fd_while = forward_delay(p);
	} else if (ready && !p->learn) {
		p->learn = 1;
		p->fd_while = forward_delay(p);
	} else if (ready && !p->forward) {
		p->forward = 1;
		p->fd_while = 0;
		p->agreed = p->send_rstp;
	} else
		return false;
	return true;
}

static bool designated_port(struct stp_port *p)
{
	if (p->role != STP_DESIGNATED) {
		p->role = STP_DESIGNATED;
	} else if (!p->forward && !p->agreed && !p->proposing && !p->oper_edge) {
		p->proposing = 1;
		p->edge_delay_while = STP_MIGRATE_TIME;
		p->new_info = 1;
	} else if ((!p->learning && !p->forwarding && !p->synced) || (p->agreed && !p->synced) ||
		   (p->oper_edge && !p->synced) || (p->sync && p->synced)) {
		p->rr_while = 0;
		p->synced = 1;
		p->sync = 0;
	} else if (!p->rr_while && p->re_root) {
		p->re_root = 0;
	} else
		return designated_moves(p);
	return true;
}

static bool blocked_port(struct stp *t, struct stp_port *p)
{
	if (p->role != p->selected_role) {
		p->role = p->selected_role;
		p->learn = p->forward = 0;
	} else if (p->learning || p->forwarding) {
		return false;
	} else if (p->proposed && !p->agree) {
		set_sync_tree(t);
		p->proposed = 0;
	} else if ((all_synced(t) && !p->agree) || (p->proposed && p->agree)) {
		p->proposed = 0;
		p->agree = 1;
		p->new_info = 1;
	} else if (p->fd_while != forward_delay(p) || p->sync || p->re_root || !p->synced) {
		p->fd_while = forward_delay(p);
		p->synced = 1;
		p->rr_while = 0;
		p->sync = p->re_root = 0;
	} else if (p->role == STP_BACKUP && p->rb_while != 2 * p->designated_times.hello) {
		p->rb_while = (uint8_t)(2 * p->designated_times.hello);
	} else
		return false;
	return true;
}

static bool run_prt(struct stp *t, struct stp_port *p)
{
	if (!p->selected || p->updt_info)
		return false;
	switch ((enum stp_role)p->selected_role) {
	case STP_DISABLED: return disabled_port(t, p);
	case STP_ROOT: return root_port(t, p);
	case STP_DESIGNATED: return designated_port(p);
	default: return blocked_port(t, p);
	}
}

/* ---- 17.30 Port State Transition ---- */

static bool run_pst(struct stp_port *p)
{
	uint8_t learning = p->learn, forwarding = p->learn && p->forward;

	if (p->learning == learning && p->forwarding == forwarding)
		return false;
	p->learning = learning;
	p->forwarding = forwarding;
	return true;
}

/* ---- 17.31 Topology Change ---- */

static bool in_tree(const struct stp_port *p)
{
	return p->role == STP_ROOT || p->role == STP_DESIGNATED;
}

static bool told(const struct stp_port *p)
{
	return p->rcvd_tc || p->rcvd_tcn || p->rcvd_tc_ack || p->tc_prop;
}

static void forget_told(struct stp_port *p)
{
	p->rcvd_tc = p->rcvd_tcn = p->rcvd_tc_ack = p->tc_prop = 0;
}

static bool tcm_learning(struct stp *t, struct stp_port *p)
{
	if (in_tree(p) && p->forward && !p->oper_edge) { /* DETECTED */
		p->tcm = TCM_ACTIVE;
		new_tc_while(t, p);
		set_tc_prop_tree(t, p);
		p->new_info = 1;
		t->changes++;
	} else if (told(p)) {
		forget_told(p);
	} else if (!in_tree(p) && !p->learn && !p->learning) {
		p->tcm = TCM_INACTIVE;
		flush(t, p);
		p->tc_while = 0;
		p->tc_ack = 0;
	} else
		return false;
	return true;
}

static bool tcm_active(struct stp *t, struct stp_port *p)
{
	if (!in_tree(p) || p->oper_edge) {
		p->tcm = TCM_LEARNING;
		forget_told(p);
	} else if (p->rcvd_tcn || p->rcvd_tc) {
		if (p->rcvd_tcn)
			new_tc_while(t, p);
		if (p->rcvd_tcn && p->role == STP_DESIGNATED)
			p->tc_ack = 1;
		p->rcvd_tcn = p->rcvd_tc = 0;
		set_tc_prop_tree(t, p);
	} else if (p->tc_prop) {
		new_tc_while(t, p);
		flush(t, p);
		p->tc_prop = 0;
	} else if (p->rcvd_tc_ack) {
		p->tc_while = 0;
		p->rcvd_tc_ack = 0;
	} else
		return false;
	return true;
}

static bool run_tcm(struct stp *t, struct stp_port *p)
{
	switch (p->tcm) {
	case TCM_INACTIVE:
		if (!p->learn)
			return false;
		p->tcm = TCM_LEARNING;
		forget_told(p);
		return true;
	case TCM_LEARNING: return tcm_learning(t, p);
	default: return tcm_active(t, p);
	}
}

/* ---- 17.26 Port Transmit ---- */

static void transmit(struct stp *t, struct stp_port *p)
{
	unsigned n = (unsigned)(p - t->port);

	p->new_info = 0;
	p->tx_count++;
	if (p->send_rstp)
		stp_send_rst(t, n);
	else if (p->role == STP_DESIGNATED)
		stp_send_config(t, n);
	else
		stp_send_tcn(t, n);
	if (p->send_rstp || p->role == STP_DESIGNATED)
		p->tc_ack = 0;
}

static bool run_ptx(struct stp *t, struct stp_port *p)
{
	bool may = p->send_rstp || p->role == STP_DESIGNATED || p->role == STP_ROOT;

	if (!p->enabled) {
		bool fresh = p->new_info && !p->tx_count;

		p->new_info = 1;
		p->tx_count = 0;
		return !fresh;
	}
	if (!p->selected || p->updt_info)
		return false;
	if (!p->hello_when) {
		p->hello_when = p->designated_times.hello;
		p->new_info |= p->role == STP_DESIGNATED || (p->role == STP_ROOT && p->tc_while);
		return true;
	}
	if (!p->new_info || !may || p->role == STP_DISABLED || p->tx_count >= STP_TX_HOLD)
		return false;
	transmit(t, p);
	p->hello_when = p->designated_times.hello;
	return true;
}

/* ---- all of them ---- */

static bool run_port(struct stp *t, struct stp_port *p)
{
	bool moved = run_ppm(t, p);

	moved |= run_bdm(p);
	moved |= run_pim(t, p);
	return moved;
}

static bool run_roles(struct stp *t, struct stp_port *p)
{
	bool moved = run_prt(t, p);

	moved |= run_pst(p);
	moved |= run_tcm(t, p);
	return moved;
}

void stp_run(struct stp *t)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (unsigned n = 0; n < t->count; n++)
			moved |= run_port(t, &t->port[n]);
		moved |= run_prs(t);
		for (unsigned n = 0; n < t->count; n++)
			moved |= run_roles(t, &t->port[n]);
		/* What is sent is what all others have settled on. */
		for (unsigned n = 0; n < t->count && !moved; n++)
			moved |= run_ptx(t, &t->port[n]);
	}
}

/* BEGIN */
void stp_port_init(struct stp *t, struct stp_port *p)
{
	checking_rstp(t, p);
	p->oper_edge = p->admin_edge;
	p->info_is = INFO_DISABLED;
	p->role = p->selected_role = STP_DISABLED;
	p->fd_while = t->config.max_age;
	p->rr_while = t->config.forward_delay;
	p->sync = p->re_root = 1;
	p->new_info = 1;
	p->edge_delay_while = STP_MIGRATE_TIME;
	p->reselect = 1;
	p->designated_times = (struct stp_times){0, t->config.max_age, t->config.hello, t->config.forward_delay};
}
