/* What stands behind a user network on the host; see user_services.h. */
#include "engine/uplink/user_services.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/bytes.h"

#define SMBD "/usr/sbin/smbd"

/* ---- Samba ---- */

/* Each of the folders must be named, or Samba uses the system's, which only root may
 * write. Writing needs `force user`. */
static char *smb_config(const struct user_config *c, const char *folder, const char *user)
{
	return g_strdup_printf("[global]\n"
			       "private dir=%1$s\nlock directory=%1$s\nstate directory=%1$s\ncache directory=%1$s\n"
			       "pid directory=%1$s\nncalrpc dir=%1$s/ncalrpc\nlog file=%1$s/log.smbd\n"
			       "smb passwd file=%1$s/smbpasswd\ninterfaces=127.0.0.1\nbind interfaces only=yes\n"
			       "security=user\nmap to guest=Bad User\nload printers=no\nprinting=bsd\n"
			       "disable spoolss=yes\nusershare max shares=0\n"
			       "[qemu]\npath=%2$s\nread only=no\nguest ok=yes\nforce user=%3$s\n",
			       folder, c->smb_folder, user);
}

static bool smb_possible(GError **error)
{
	if (!geteuid()) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
				    "smb: a share is not served as root, who could write everywhere: run lanyard as "
				    "an ordinary user");
		return false;
	}
	if (!access(SMBD, X_OK))
		return true;
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "smb: " SMBD " is not there: install Debian's package samba");
	return false;
}

static char *smb_command(const struct user_config *c, struct spawner_side *side, GError **error)
{
	const char *folder = spawner_folder(side, error);
	const struct passwd *who = getpwuid(geteuid());
	g_autofree char *dir = folder ? g_strdup_printf("%s/smb", folder) : NULL;
	g_autofree char *file = folder ? g_build_filename(dir, "smb.conf", NULL) : NULL;
	g_autofree char *text = folder ? smb_config(c, dir, who ? who->pw_name : "nobody") : NULL;

	if (!folder || !smb_possible(error))
		return NULL;
	mkdir(dir, 0700);
	if (!g_file_set_contents(file, text, -1, error))
		return NULL;
	return g_strdup_printf(SMBD " -l %s -s %s", dir, file);
}

/* ---- all of them ---- */

static char *serve_guest(const struct guest_forward *g, struct spawner_side *side, GError **error)
{
	return g->command ? spawner_serve(side, g->command, error) : spawner_relay(side, g->to, error);
}

bool user_serve_guests(const struct user_config *c, struct spawner_side *side, char **path, GError **error)
{
	g_autofree char *smb = NULL;

	for (unsigned n = 0; n < c->guests; n++) {
		path[n] = serve_guest(&c->guest[n], side, error);
		if (!path[n])
			return false;
	}
	if (!c->smb)
		return true;
	smb = smb_command(c, side, error);
	if (!smb)
		return false;
	path[c->guests] = spawner_serve(side, smb, error);
	path[c->guests + 1] = path[c->guests] ? g_strdup(path[c->guests]) : NULL;
	return path[c->guests] != NULL;
}

/* ---- ports ---- */

bool user_free_port(struct forward *f)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr *a = f->host.family == 6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t size = f->host.family == 6 ? sizeof(six) : sizeof(four);
	int fd = socket(a->sa_family, (f->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	bool ok;

	memcpy(&six.sin6_addr, f->host.bytes, 16);
	memcpy(&four.sin_addr, f->host.bytes, 4);
	ok = fd >= 0 && !bind(fd, a, size) && !getsockname(fd, a, &size);
	if (ok)
		f->host_port = ntohs(a->sa_family == AF_INET6 ? six.sin6_port : four.sin_port);
	if (fd >= 0)
		close(fd);
	return ok;
}
